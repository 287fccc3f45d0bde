"""The initial values from which automatic posteriors are trained: several modes."""
import modes
import numpy as np
import pytest
import scipy.linalg
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly

import zhusuan as zs
from zhusuan.variational import posteriors

OPTIONS = {"progress_bar": False, "jit_compile": False}
SEEDS = 1, 2, 3, 4, 5

# The mode at 5 has nearly all mass, and that at -1 attracts 7 of 10 starts: those below
# 0.75, where the densities of both components are equal. It has those with the highest
# densities, too.
WEIGHTS, MEANS, STDS = np.array([0.02, 0.98]), np.array([-1., 5.]), np.array([0.5, 1.])


def build_two_modes(dtype=tf.float64):
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.mixture_same_family(
            "z", tf.constant(np.log(WEIGHTS), dtype), zs.distributions.Normal(
                tf.constant(MEANS, dtype), std=tf.constant(STDS, dtype)))
        return bn

    return build()


def start_of(model, observed=None, **options):
    """The initial mean and standard deviations of a normal posterior."""
    dist = posteriors.MeanField(model, observed or {}, **options)._distribution()
    return dist.mean.numpy(), dist.std.numpy()


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_start_is_at_the_mode_with_the_most_mass(dtype):
    """A seed fails if all 11 starts are below 0.75: with a probability of 0.02."""
    with eagerly():
        for seed in SEEDS:
            mean, std = start_of(build_two_modes(dtype), seed=seed)
            np.testing.assert_allclose(mean, [5.], atol=0.01)
            np.testing.assert_allclose(std, [1.], rtol=0.01)


@pytest.mark.parametrize("is_session", [False, True])
def test_fit_finds_the_mode_with_the_most_mass(is_session):
    """The evidence is 1, so that the bound is the log of the mass of the mode."""
    with modes.session() if is_session else eagerly():
        fits = [zs.variational.fit(
            build_two_modes(), {}, "multivariate_normal", 100, seed=seed, **OPTIONS)
            for seed in (1, 1)]
        draws = [fit.draws(1000)["z"] for fit in fits]
    for fit, z in zip(fits, draws):
        assert abs(fit.log_evidence.value - np.log(WEIGHTS[1])) < 0.02
        assert np.mean(z > 0.75) > 0.99
    np.testing.assert_array_equal(*draws)  # of the same seed


def test_start_is_that_of_the_session():
    with eagerly():
        mean, std = start_of(build_two_modes(), seed=1)
    with modes.session() as session:
        dist = posteriors.MeanField(build_two_modes(), {}, seed=1)._distribution()
        session.run(tf.compat.v1.global_variables_initializer())
        np.testing.assert_allclose(session.run([dist.mean, dist.std]), [mean, std],
                                   rtol=1e-10)


def test_given_values_are_the_only_start():
    """The search from -1 ends at the minor mode, with the same numbers for all seeds.

    Of `init` with a first axis, the search is from all rows.
    """
    def log_joint(values):
        parts = [np.log(w / s) - 0.5 * tf.square((values["z"] - m) / s)
                 for w, m, s in zip(WEIGHTS, MEANS, STDS)]
        return tf.reduce_logsumexp(tf.stack(parts), axis=0)

    with eagerly():
        first = start_of(build_two_modes(), init={"z": -1.}, seed=1)
        np.testing.assert_allclose(first[0], [-1.], atol=0.01)
        for seed in SEEDS[1:]:
            np.testing.assert_array_equal(
                start_of(build_two_modes(), init={"z": -1.}, seed=seed), first)
        np.testing.assert_allclose(start_of(
            log_joint, latent={"z": np.float64(-1.)}, seed=2), first, rtol=1e-9)
        both = start_of(build_two_modes(), init={"z": [-1., 4.]}, seed=1)
    np.testing.assert_allclose(both[0], [5.], atol=0.01)


def test_other_latents_of_init_have_several_starts():
    """Those that `init` omits. A seed fails with a probability of 0.02, as above."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.normal("w", tf.zeros([2], tf.float64), std=1., group_ndims=1)
        bn.mixture_same_family(
            "z", tf.constant(np.log(WEIGHTS)), zs.distributions.Normal(
                tf.constant(MEANS), std=tf.constant(STDS)))
        return bn

    with eagerly():
        for seed in SEEDS[2:]:
            mean, _ = start_of(build(), init={"w": [5., 5.]}, seed=seed)
            np.testing.assert_allclose(mean, [0., 0., 5.], atol=0.01)


# -- Regions where the density explodes or is not finite -------------------------------

N_TIMES = 100
NOISE = np.random.RandomState(1).standard_normal(N_TIMES + 1)
SERIES = NOISE[1:] + 0.5 * NOISE[:-1]
# Row t has the values at t, t - 1, and so on.
EARLIER = scipy.linalg.toeplitz(SERIES, np.zeros(N_TIMES))


@zs.meta_bayesian_net()
def build_moving_average():
    """Residuals y[t] - theta * residual[t - 1] grow as theta^t where |theta| > 1."""
    bn = zs.BayesianNet()
    theta = bn.normal("theta", tf.zeros([], tf.float64), std=2.)
    sigma = bn.half_cauchy("sigma", tf.constant(2.5, tf.float64))
    powers = tf.math.cumprod(
        -theta[..., tf.newaxis] * tf.ones([N_TIMES], tf.float64), -1, exclusive=True)
    bn.normal("y", tf.linalg.matvec(EARLIER, powers), std=sigma[..., tf.newaxis],
              group_ndims=1)
    return bn


def grid_moments():
    """The moments of theta and log(sigma) by sums on a grid."""
    thetas, log_sigmas = np.linspace(-0.95, 0.95, 381), np.linspace(-1., 1., 201)
    residual, residuals = np.zeros_like(thetas), []
    for value in SERIES:
        residual = value - thetas * residual
        residuals.append(residual)
    sigmas = np.exp(log_sigmas)
    log_prob = (st.norm.logpdf(np.array(residuals)[:, :, np.newaxis], 0., sigmas).sum(0)
                + st.norm.logpdf(thetas, 0., 2.)[:, np.newaxis]
                + st.halfcauchy.logpdf(sigmas, 0., 2.5) + log_sigmas)
    weights = np.exp(log_prob - log_prob.max())
    weights /= weights.sum()
    moments = []
    for x, p in (thetas, weights.sum(1)), (log_sigmas, weights.sum(0)):
        mean = np.sum(p * x)
        moments.append((mean, np.sqrt(np.sum(p * (x - mean) ** 2))))
    return np.array(moments).T


def test_start_is_not_where_the_density_explodes():
    """Half of the starts are there: a seed fails with a probability of 2^-11."""
    mean, std = grid_moments()
    with eagerly():
        for seed in SEEDS:
            found = start_of(
                build_moving_average(), {"y": np.zeros(N_TIMES)}, seed=seed)
            assert np.all(np.abs(found[0] - mean) < 0.3 * std)
            np.testing.assert_allclose(found[1], std, rtol=0.2)


def test_start_of_many_dimensions_has_the_highest_density_of_several():
    """Beyond 200 dimensions: a seed fails if all 11 starts are explosive, 0.05 %."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([201], tf.float64), std=1., group_ndims=1)
        bn.normal("y", tf.exp(50. * z[..., 0]), std=1.)
        return bn

    with eagerly():
        for seed in SEEDS:
            mean, std = start_of(build(), {"y": 0.}, seed=seed)
            assert mean[0] < 0.1 and np.all(np.abs(mean) < 2.)
            np.testing.assert_allclose(std, 0.1 * np.ones(201))


def test_one_start_with_a_finite_density_suffices():
    """One of 100 is: 100 tries of all 11 have none with a probability of 2e-5."""
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.constant(0., tf.float64), std=1.)
        bn.normal("y", tf.math.log(0.02 - tf.abs(z - 1.)), std=1.)
        return bn

    with eagerly():
        for seed in SEEDS[:2]:
            mean, _ = start_of(build(), {"y": -5.}, seed=seed)
            assert abs(mean[0] - 1.) < 0.02


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [11, 12])
def test_as_many_numbers_as_starts_are_no_outer_product(n):
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        scale = bn.half_normal("scale", tf.ones([], tf.float64))
        x = bn.normal("x", tf.zeros([n], tf.float64), std=scale[..., tf.newaxis],
                      group_ndims=1)
        bn.normal("y", x, std=1., group_ndims=1)
        return bn

    with eagerly():
        posteriors.MeanField(build(), {"y": np.arange(n) - 5.}, seed=1)
