"""Stationary distributions of the samplers, compared with theory."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import linalg

import zhusuan as zs

N_CHAINS = 10000
# Four standard errors of a variance over N_CHAINS independent chains.
RTOL = 0.057


def normal(values):
    """One number per chain, N(0, 1), with the noise that is observed."""
    x = values["x"]
    return -0.5 * x ** 2 + values.get("noise", 0.) * x


def stationary(make_sampler, n_steps, log_joint=normal, start=1.):
    """The info after `n_steps`, with seeds 0, 1, ..."""
    def make():
        x = chains.variable("x", np.full(N_CHAINS, start))
        sampler = make_sampler()

        def step(seed):
            with zs.seeded(seed):
                op, info = sampler.sample(log_joint, {}, {"x": x})
            return op, info._asdict()

        return step

    step = modes.program("graph", make)
    for seed in range(n_steps):
        _, info = step(np.int64(seed))
    return info


@pytest.mark.parametrize("epsilon", [0.1, 1., 2.])
def test_the_bias_of_sgld_matches_its_formula(epsilon):
    # A start from the predicted variance would prove less.
    info = stationary(lambda: zs.SGLD(epsilon), int(10 / epsilon) + 5)
    np.testing.assert_allclose(
        info["q"]["x"].var(), 1. / (1. - epsilon / 4.), rtol=RTOL)


ETA, ALPHA = 0.25, 0.6


def linear_sghmc(second_order):
    """(x, v) <- m (x, v) + n xi on N(0, 1), in matrices."""
    if not second_order:
        push = np.array([[1, 0], [-ETA, 1 - ALPHA]])
        move = np.array([[1, 1], [0, 1]])
        return move @ push, move @ [[0], [np.sqrt(2 * ALPHA * ETA)]]
    half_a = np.array([[1, 0.5], [0, 1]])
    half_b = np.diag([1, np.exp(-ALPHA / 2)])
    pull = np.array([[1, 0], [-ETA, 1]])
    noise = np.array([[0], [np.sqrt(2 * ALPHA * ETA)]])
    return (half_a @ half_b @ pull @ half_b @ half_a, half_a @ half_b @ noise)


@pytest.mark.parametrize("second_order", [False, True])
def test_sghmc_has_the_variances_of_its_linear_map(second_order):
    m, n = linear_sghmc(second_order)
    wanted = np.diag(linalg.solve_discrete_lyapunov(m, n @ n.T))
    info = stationary(lambda: zs.SGHMC(
        ETA, ALPHA, n_iter_resample_v=None, second_order=second_order), 60)
    np.testing.assert_allclose(info["q"]["x"].var(), wanted[0], rtol=RTOL)
    np.testing.assert_allclose(info["mean_k"]["x"], wanted[1], rtol=RTOL)


@pytest.mark.parametrize("settings", [{}, {"n_iter_resample_v": 5},
                                      {"second_order": False}])
def test_the_temperature_of_sghmc_matches_its_target(settings):
    """A small step: v^2 is near the learning rate, x near its target."""
    info = stationary(lambda: zs.SGHMC(0.01, 0.05, **settings), 150)
    np.testing.assert_allclose(info["mean_k"]["x"], 0.01, rtol=RTOL)
    np.testing.assert_allclose(info["q"]["x"].var(), 1., rtol=RTOL)


def noisy(values):
    """A minibatch's gradient: the right one and noise of variance 4."""
    noise = zs.distributions.Normal(tf.zeros([N_CHAINS], values["x"].dtype), std=2.)
    return normal({"x": values["x"], "noise": noise.sample()})


@pytest.mark.parametrize("settings", [
    {}, {"use_vector_alpha": False}, {"second_order": False}])
def test_sgnht_takes_away_the_noise_of_minibatches(settings):
    """Its temperature is right without knowing the noise."""
    info = stationary(
        lambda: zs.SGNHT(0.01, 0.05, **settings), 400, log_joint=noisy)
    v_squared = info["mean_k"]["x"].mean()
    np.testing.assert_allclose(v_squared, 0.01, rtol=0.1)
    np.testing.assert_allclose(info["q"]["x"].var(), 1., rtol=0.1)


@pytest.mark.parametrize("estimate, wanted", [(0., 1.4), (0.02, 1.)])
def test_sghmc_needs_the_noise_of_minibatches(estimate, wanted):
    """It adds 4 eta^2 to the 2 alpha eta of each step; half of 4 eta is 0.02."""
    info = stationary(
        lambda: zs.SGHMC(0.01, 0.05, estimate, n_iter_resample_v=None), 200,
        log_joint=noisy)
    np.testing.assert_allclose(info["q"]["x"].var(), wanted, rtol=RTOL)


def test_chains_with_a_scalar_thermostat_are_independent():
    """Another start of the last chain leaves the others as they are."""
    def run(last):
        def make():
            x = chains.variable("x", np.array([[1., 2.], [3., 4.], [last, 0.]]))
            sampler = zs.SGNHT(0.1, 0.1, use_vector_alpha=False)

            def step(seed):
                with zs.seeded(seed):
                    info = sampler.sample(
                        lambda v: -tf.reduce_sum(v["x"] ** 4, -1), {}, {"x": x})[1]
                return info.q["x"], info.alpha["x"]

            return step

        step = modes.program("eager", make)
        for seed in range(5):
            q, alpha = step(np.int64(seed))
        return q, alpha

    (q, alpha), (other_q, other_alpha) = run(0.5), run(1.5)
    assert alpha.shape == (3,)
    np.testing.assert_array_equal(q[:2], other_q[:2])
    np.testing.assert_array_equal(alpha[:2], other_alpha[:2])
    assert alpha[2] != other_alpha[2]


def test_psgld_of_a_gaussian():
    """With an even curvature the preconditioner is nearly constant: the target
    is kept, to within the bias of the step and of its own noise."""
    def flat(values):
        return -0.5 * tf.reduce_sum(values["x"] ** 2)

    info = stationary(lambda: zs.PSGLD(0.02, preconditioner_hparams=(
        zs.PSGLD.RMSPreconditioner.HParams(0.999, 1.))), 800, log_joint=flat)
    np.testing.assert_allclose(info["q"]["x"].var(), 1., rtol=0.1)
