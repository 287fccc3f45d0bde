"""Mixtures: vectors, moments, cdf, shapes of weights and components, errors."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import integrate, special, stats

import zhusuan as zs

ds = zs.distributions
LOGITS = np.array([0.5, -1., 2.])
MEANS = np.array([[0., 1.], [3., -1.], [-2., 0.5]])
STDS = np.array([[1., 0.5], [0.3, 2.], [1., 1.]])
WEIGHTS = special.softmax(LOGITS)


def vectors():
    return ds.MixtureSameFamily(LOGITS, ds.MultivariateNormalDiag(MEANS, STDS))


@eagerly
def test_the_density_of_vectors_against_scipy():
    x = np.random.RandomState(0).normal(0., 3., [20, 2])
    logs = [stats.multivariate_normal(m, np.diag(s ** 2)).logpdf(x)
            for m, s in zip(MEANS, STDS)]
    want = special.logsumexp(np.stack(logs, -1) + np.log(WEIGHTS), axis=-1)
    np.testing.assert_allclose(vectors().log_prob(x), want, rtol=1e-12)
    assert vectors().get_value_shape().as_list() == [2]
    with pytest.raises(NotImplementedError, match="no cdf"):
        vectors().cdf(x)


def test_samples_of_vectors(mode):
    """Means within 6 standard errors: not so by chance for 1 seed in 1e8."""
    def draw():
        with zs.seeded(5):
            return vectors().sample(4000)
    x = modes.run(mode, draw)
    want = WEIGHTS @ MEANS
    variance = WEIGHTS @ (STDS ** 2 + (MEANS - want) ** 2)
    assert np.all(np.abs(np.mean(x, 0) - want) < 6. * np.sqrt(variance / 4000.))
    cross = WEIGHTS @ ((MEANS - want)[:, 0] * (MEANS - want)[:, 1])
    product = np.prod(x - want, axis=-1)
    assert abs(np.mean(product) - cross) < 6. * np.std(product) / np.sqrt(4000.)


@eagerly
def test_moments_and_cdf_against_quadrature():
    logits, loc, scale = np.array([1., 0.]), np.array([-1., 2.]), np.array([0.5, 2.])
    dist = ds.MixtureSameFamily(logits, ds.Normal(loc, std=scale))

    def density(x):
        return np.sum(special.softmax(logits) * stats.norm(loc, scale).pdf(x))

    def integral(f, high=np.inf):
        return integrate.quad(f, -20., min(high, 25.), points=[-1., 2.], limit=200)[0]

    mean = integral(lambda x: x * density(x))
    np.testing.assert_allclose(dist.mean, mean, rtol=1e-8)
    np.testing.assert_allclose(
        dist.variance, integral(lambda x: (x - mean) ** 2 * density(x)), rtol=1e-8)
    np.testing.assert_allclose(
        dist.cdf([0., 3.]), [integral(density, 0.), integral(density, 3.)], rtol=1e-8)


@eagerly
def test_moments_of_vectors_and_counts():
    mean = WEIGHTS @ MEANS
    np.testing.assert_allclose(vectors().mean, mean, rtol=1e-12)
    np.testing.assert_allclose(
        vectors().variance, WEIGHTS @ (STDS ** 2 + MEANS ** 2) - mean ** 2, rtol=1e-10)
    rate = np.array([1., 4., 9.])
    counts = ds.MixtureSameFamily(LOGITS, ds.Poisson(rate))
    np.testing.assert_allclose(counts.mean, WEIGHTS @ rate, rtol=1e-12)
    np.testing.assert_allclose(
        counts.variance, WEIGHTS @ (rate + rate ** 2) - (WEIGHTS @ rate) ** 2)
    np.testing.assert_allclose(
        counts.cdf(5), WEIGHTS @ stats.poisson(rate).cdf(5), rtol=1e-10)


@eagerly
def test_a_component_without_weight_is_ignored():
    dist = ds.MixtureSameFamily(
        [0., -np.inf], ds.Normal([0., 5.], std=[1., 0.1]))
    np.testing.assert_allclose(dist.log_prob(5.), stats.norm.logpdf(5.), rtol=1e-6)
    assert np.all(dist.sample(300).numpy() < 4.9)


@eagerly
def test_components_that_are_shared_are_drawn_for_each_weight():
    dist = ds.MixtureSameFamily(
        np.zeros([4, 3, 2]), ds.Normal(np.zeros([3, 2]), std=1.), group_ndims=1)
    x = dist.sample(5).numpy()
    assert x.shape == (5, 4, 3) and len(np.unique(x)) == x.size
    assert dist.log_prob(x).shape == (5, 4)
    shared_weights = ds.MixtureSameFamily(
        np.zeros([2]), ds.Normal(np.zeros([4, 3, 2]), std=1.))
    assert shared_weights.sample().shape == (4, 3)


def test_as_a_node_with_gradients(mode):
    def compute(logits, mean):
        with tf.GradientTape() as tape:
            tape.watch([logits, mean])
            bn = zs.BayesianNet({"x": tf.constant([0.5, -1.])})
            components = ds.Normal(mean + tf.zeros([2, 1]), std=1.)
            bn.mixture_same_family("x", logits, components, group_ndims=1)
            log_joint = bn.log_joint()
        return tape.gradient(log_joint, [logits, mean])

    logits, mean = np.array([0.3, 0.]), np.array([-1., 1.])
    got = modes.run(mode, compute, np.float32(logits), np.float32(mean))
    x = np.array([[0.5], [-1.]])
    share = special.softmax(logits + stats.norm(mean).logpdf(x), axis=-1)
    want = [np.sum(share - special.softmax(logits), 0), np.sum(share * (x - mean), 0)]
    np.testing.assert_allclose(got, want, rtol=1e-4)


@pytest.mark.parametrize("make, exception, words", [
    (lambda: ds.MixtureSameFamily([0.], 3.), TypeError, "`components` must be"),
    (lambda: ds.MixtureSameFamily([0.], ds.Normal([0.], std=1., group_ndims=1)),
     ValueError, "group_ndims=0"),
    (lambda: ds.MixtureSameFamily(0., ds.Normal([0.], std=1.)), ValueError, "rank"),
    (lambda: ds.MixtureSameFamily([0., 0.], ds.Normal(0., std=1.)), ValueError,
     "same K"),
    (lambda: ds.MixtureSameFamily([0.], ds.Normal([0., 0.], std=1.)), ValueError,
     "same K"),
    (lambda: ds.MixtureSameFamily(
        np.zeros([5, 2]), ds.Normal(np.zeros([1, 2]), std=1.)),
     ValueError, "without stretching"),
    (lambda: ds.MixtureSameFamily(tf.zeros([2]), ds.Normal(np.zeros([2]), std=1.)),
     TypeError, "same dtype"),
], ids=["type", "grouped", "scalar", "no K", "other K", "stretched", "dtype"])
@eagerly
def test_unsuitable_arguments_raise(make, exception, words):
    with pytest.raises(exception, match=words):
        make()


@pytest.mark.parametrize("mode", ["graph", "function"])
def test_shapes_are_checked_at_run_time(mode):
    def compute(logits, mean):
        return ds.MixtureSameFamily(logits, ds.Normal(mean, std=1.)).sample()
    with pytest.raises(tf.errors.InvalidArgumentError, match="same K"):
        modes.run(mode, compute, np.float32([0.]), np.float32([0., 0.]),
                  dynamic_shapes="rank")
