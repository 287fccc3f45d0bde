"""The samplers for which TensorFlow may lack a kernel, against scipy's laws.

Each test passes by chance with probability above 1 - 1e-6; the seeds are fixed.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics import samplers

N = 4000
P_VALUE = 1e-8


@pytest.fixture(params=["kernel", "loop"])
def kernels(request, monkeypatch, mode):
    """With TensorFlow's kernels, which XLA does not have, and without."""
    if mode == "xla" and request.param == "kernel":
        pytest.skip("XLA has no such kernels")
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 has no seeded samples, no RandomGammaGrad")
    if request.param == "loop":
        monkeypatch.setattr(random_numbers, "_has_kernels", lambda: False)


def draw(mode, sampler, *arguments):
    shape = [N, len(arguments[-1])]

    def seeded_draw(*arguments):
        with zs.seeded(3):
            return sampler(*arguments, shape=shape)

    return modes.run(mode, seeded_draw, *arguments)


def test_gamma_samples_follow_their_law(mode, kernels):
    alpha = np.array([0.2, 1., 1.5, 30., 1e4], "float32")
    log_samples = draw(mode, samplers.log_gamma_sample, alpha)
    for i, a in enumerate(alpha):
        law = stats.gamma(float(a))
        assert stats.kstest(np.exp(log_samples[:, i]), law.cdf).pvalue > P_VALUE


def test_logs_of_gamma_samples_do_not_underflow(mode, kernels):
    log_samples = draw(mode, samplers.log_gamma_sample, np.array([1e-3], "float32"))
    assert np.isfinite(log_samples).all() and len(np.unique(log_samples)) > 0.99 * N
    # log(G) alpha is nearly the log of a uniform number.
    assert stats.kstest(-log_samples[:, 0] * 1e-3, "expon").statistic < 0.05


def test_gamma_samples_have_the_implicit_gradient(mode, kernels):
    """d E[G] / d alpha = 1."""
    alpha = np.array([0.5, 3., 200.])

    def gradient(alpha):
        with tf.GradientTape() as tape:
            tape.watch(alpha)
            with zs.seeded(5):
                samples = tf.exp(samplers.log_gamma_sample(alpha, [N, 3]))
            mean = tf.reduce_sum(samples) / N
        return tape.gradient(mean, alpha)

    np.testing.assert_allclose(
        modes.run(mode, gradient, alpha), np.ones(3), rtol=0.15)


def chi_square_p_value(samples, law):
    low, high = law.ppf([1e-3, 1. - 1e-3])
    edges = np.unique(np.linspace(low, high, 20).round())
    cells = np.concatenate([[-np.inf], edges, [np.inf]])
    want = np.diff(law.cdf(cells)) * len(samples)
    got = np.histogram(samples, np.concatenate([[-1e300], edges + 0.5, [1e300]]))[0]
    keep = want > 1e-9
    assert not got[~keep].any()
    statistic = np.sum((got - want)[keep] ** 2 / want[keep])
    return stats.chi2.sf(statistic, max(keep.sum() - 1, 1))


def test_poisson_samples_follow_their_law(mode, kernels):
    rate = np.array([0., 0.1, 5., 9.99, 10., 40., 1e6])
    samples = draw(mode, samplers.poisson_sample, rate)
    np.testing.assert_array_equal(samples[:, 0], 0.)
    for i, r in enumerate(rate[1:], 1):
        assert chi_square_p_value(samples[:, i], stats.poisson(r)) > P_VALUE, r


def test_invalid_rates_give_nan(mode, kernels):
    samples = draw(mode, samplers.poisson_sample, np.array([np.nan, np.inf, -1.]))
    assert np.isnan(samples).all()


@pytest.mark.parametrize("n", [1., 15., 1000., 1e6])
def test_binomial_samples_follow_their_law(mode, kernels, n):
    logits = np.array([-800., -5., -1., 0., 0.3, 6., 800.])
    samples = draw(
        mode, lambda x, shape: samplers.binomial_sample(n, x, shape), logits)
    np.testing.assert_array_equal(samples[:, 0], 0.)
    np.testing.assert_array_equal(samples[:, -1], n)
    for i in range(1, 6):
        law = stats.binom(int(n), 1. / (1. + np.exp(-logits[i])))
        assert chi_square_p_value(samples[:, i], law) > P_VALUE, logits[i]


def test_a_scalar_batch(mode, kernels):
    samples = modes.run(mode, lambda x: [
        samplers.log_gamma_sample(x, [5]),
        samplers.poisson_sample(x, [5]), samplers.binomial_sample(3., x, [5])],
        np.float64(2.))
    assert [s.shape for s in samples] == [(5,)] * 3


def test_shapes_known_at_run_time_only(mode, kernels):
    if mode == "xla":
        pytest.skip("XLA compiles for shapes that it knows")

    def sample(alpha):
        shape = tf.concat([[5], tf.shape(alpha)], axis=0)
        return [samplers.log_gamma_sample(alpha, shape),
                samplers.poisson_sample(alpha, shape),
                samplers.binomial_sample(3., alpha, shape)]

    for samples in modes.run(mode, sample, np.ones([2, 3]), dynamic_shapes="rank"):
        assert samples.shape == (5, 2, 3)
