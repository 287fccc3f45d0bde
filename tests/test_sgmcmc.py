"""One step of each sampler: its numbers, its interface, its errors."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from chains import every_program

import zhusuan as zs

A = np.array([0.3, -1., 2.])
B = np.array([[0.1, 0.2], [-0.5, 1.], [1., -2.]])
Y, N_STEPS = 1.5, 3
ETA, ALPHA, MU, EXTRA = 0.04, 0.3, 0.7, 0.2


def gradient(x):
    """By latent, in numpy; x is (a, b)."""
    return chains.two_latents_gradient(*x, y=Y)


def sgld(steps):
    x = [A, B]
    for _ in range(steps):
        x = [q + ETA / 2 * g for q, g in zip(x, gradient(x))]
    return x, None, None


def psgld(steps):
    """The weights of the average of squared gradients, written out."""
    x, seen = [A, B], []
    for _ in range(steps):
        g = gradient(x)
        seen.append(g)
        weights = 0.8 ** np.arange(len(seen))[::-1]
        v = [np.average([g[k] ** 2 for g in seen], 0, weights) for k in (0, 1)]
        x = [q + ETA / 2 * d / (0.1 + np.sqrt(s)) for q, d, s in zip(x, g, v)]
    return x, None, None


def euler(steps, mu=0.):
    """SGHMC; with mu a thermostat for every number."""
    x, v = [A, B], [0 * A, 0 * B]
    alpha = [0 * A + ALPHA, 0 * B + ALPHA]
    for _ in range(steps):
        v = [(1 - a) * p + ETA * g for a, p, g in zip(alpha, v, gradient(x))]
        x = [q + p for q, p in zip(x, v)]
        alpha = [a + mu * (p ** 2 - ETA) for a, p in zip(alpha, v)]
    return x, [p ** 2 for p in v], alpha


def splitting(steps, mu=0., mean=lambda x: x, resample_every=100):
    """A B O B A of Chen, Ding and Carin (2015), one letter after another.

    Velocities that are drawn without noise are 0.
    """
    x, v = [A, B], [0 * A, 0 * B]
    alpha = [0 * A + ALPHA, 0 * B + ALPHA]

    def half_a():
        return ([q + p / 2 for q, p in zip(x, v)],
                [a + mu / 2 * (mean(p ** 2) - ETA) for a, p in zip(alpha, v)])

    for step in range(steps):
        v = [p * (step % resample_every > 0) for p in v]
        x, alpha = half_a()
        v = [np.exp(-a / 2) * p for a, p in zip(alpha, v)]
        v = [p + ETA * g for p, g in zip(v, gradient(x))]
        v = [np.exp(-a / 2) * p for a, p in zip(alpha, v)]
        x, alpha = half_a()
    return x, [mean(p ** 2) for p in v], alpha


def by_chain(square):
    """One number per chain, for all its data axes."""
    if square.ndim == 1:
        return square
    return np.repeat(square.mean(1, keepdims=True), 2, 1)


CASES = {
    "sgld": (lambda: zs.SGLD(ETA), sgld),
    "psgld": (lambda: zs.PSGLD(ETA, preconditioner_hparams=(
        zs.PSGLD.RMSPreconditioner.HParams(decay=0.8, epsilon=0.1))), psgld),
    "sghmc-1": (lambda: zs.SGHMC(
        ETA, ALPHA, 0.1, n_iter_resample_v=None, second_order=False), euler),
    "sghmc-2": (lambda: zs.SGHMC(ETA, ALPHA, 0.1, n_iter_resample_v=0), splitting),
    "sghmc-resampled": (lambda: zs.SGHMC(ETA, ALPHA, n_iter_resample_v=2),
                        lambda n: splitting(n, resample_every=2)),
    "sgnht-1": (lambda: zs.SGNHT(ETA, ALPHA, MU, second_order=False),
                lambda n: euler(n, MU)),
    "sgnht-2": (lambda: zs.SGNHT(ETA, ALPHA, MU), lambda n: splitting(n, MU)),
    "sgnht-scalar": (lambda: zs.SGNHT(ETA, ALPHA, MU, use_vector_alpha=False),
                     lambda n: splitting(n, MU, by_chain)),
}
every_case = pytest.mark.parametrize("case", CASES)


@pytest.fixture()
def no_noise(replace_draws):
    """All normal samples are zero, so velocities start there too."""
    replace_draws(normal=tf.zeros)


def program_of(case, dtype="float64"):
    def make():
        model = chains.two_latents(3, dtype)
        latent = {"a": chains.variable("a", A.astype(dtype)),
                  "b": chains.variable("b", B.astype(dtype))}
        sampler = CASES[case][0]()

        def step(y):
            op, info = sampler.sample(model, {"y": y}, latent)
            return op, info._asdict()

        return step
    return make


def check(info, wanted, rtol=1e-9):
    for field, values in zip(("q", "mean_k", "alpha"), wanted):
        if field not in info:
            continue
        for name, value in zip("ab", values):
            got = info[field][name]
            if field == "mean_k" and got.ndim == 0:
                value = value.mean()
            elif got.ndim < value.ndim:  # one for every chain
                value = value[:, 0]
            np.testing.assert_allclose(got, value, rtol=rtol)


@every_program
@every_case
def test_a_step_without_noise_matches_numpy(program, case, no_noise):
    step = chains.run(program, program_of(case))
    for _ in range(N_STEPS):
        _, info = step(np.float64(Y))
    check(info, CASES[case][1](N_STEPS))


@pytest.mark.parametrize("use_resource", [True, False])
@pytest.mark.parametrize("case", ["sgld", "psgld", "sghmc-2", "sgnht-scalar"])
def test_a_session_keeps_all_latents_in_step(case, use_resource, no_noise):
    """100 runs of a model in which each latent moves the other's gradient."""
    step = modes.program("graph", program_of(case), use_resource=use_resource)
    for _ in range(100):
        _, info = step(np.float64(Y))
    check(info, CASES[case][1](100), rtol=1e-7)


def test_float32_steps_match_numpy(no_noise):
    step = modes.program("function", program_of("sgnht-2", "float32"))
    for _ in range(N_STEPS):
        _, info = step(np.float32(Y))
    assert info["q"]["a"].dtype == "float32"
    check(info, CASES["sgnht-2"][1](N_STEPS), rtol=1e-4)


def test_the_learning_rate_may_be_fed():
    with modes.session() as sess:
        rate = v1.placeholder(tf.float32, [])
        x = v1.get_variable("x", initializer=np.ones([2, 1]))
        op, _ = zs.SGLD(rate).sample(
            lambda v: tf.reduce_sum(-v["x"], -1), {}, {"x": x})
        sess.run(v1.global_variables_initializer())
        sess.run(op, {rate: 0.})
        np.testing.assert_array_equal(sess.run(x), np.ones([2, 1]))
        sess.run(op, {rate: 1.})
        assert (sess.run(x) != 1.).all()


# -- Errors ---------------------------------------------------------------------

def test_the_base_class_raises():
    with pytest.raises(NotImplementedError, match="Use SGLD, PSGLD"):
        zs.SGMCMC().sample(lambda v: v["x"], {}, {"x": tf.Variable(0.)})


def test_unknown_preconditioners_raise():
    with pytest.raises(ValueError, match="must be \"rms\", but it is 'adam'"):
        zs.PSGLD(0.1, preconditioner="adam")


def test_a_latent_that_is_not_a_variable_raises():
    with pytest.raises(TypeError, match="'x' must be a tf.Variable"):
        zs.SGLD(0.1).sample(lambda v: v["x"], {}, {"x": tf.zeros([3])})


def test_a_wrong_rank_shows_all_shapes():
    with pytest.raises(ValueError, match=r"but it is \(3,\).*'x': \(4, 3\)"):
        zs.SGLD(0.1).sample(lambda v: tf.reduce_sum(v["x"], 0), {},
                            {"x": tf.Variable(tf.zeros([4, 3]))})
