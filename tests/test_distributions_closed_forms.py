"""Moments, modes, entropies, cdf and quantile against scipy and enumeration."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import special, stats

import zhusuan as zs

ds = zs.distributions


def sigmoid(x):
    return special.expit(x)


# A constructor, the law, and the statistics without a closed form.
CONTINUOUS = [
    (lambda: ds.Normal([0., -2.], std=[1., 3.]), stats.norm([0., -2.], [1., 3.]), ()),
    (lambda: ds.Normal(1., logstd=-1.), stats.norm(1., np.exp(-1.)), ()),
    (lambda: ds.Uniform([0., -2.], [1., 3.]), stats.uniform([0., -2.], [1., 5.]), ()),
    (lambda: ds.Laplace(1., [1., 3.]), stats.laplace(1., [1., 3.]), ()),
    (lambda: ds.Logistic(1., [1., 3.]), stats.logistic(1., [1., 3.]), ()),
    (lambda: ds.Gumbel(1., [1., 3.]), stats.gumbel_r(1., [1., 3.]), ()),
    (lambda: ds.Cauchy(1., [1., 3.]), stats.cauchy(1., [1., 3.]), ("mean", "variance")),
    (lambda: ds.StudentT([3., 8.], 1., 2.), stats.t([3., 8.], 1., 2.), ("quantile",)),
    (lambda: ds.TruncatedNormal(0., [1., 2.], -1., 4.),
     stats.truncnorm([-1., -0.5], [4., 2.], 0., [1., 2.]),
     ("mean", "variance", "entropy")),
    (lambda: ds.Exponential([1., 3.]), stats.expon(scale=[1., 1. / 3.]), ()),
    (lambda: ds.HalfNormal([1., 3.]), stats.halfnorm(scale=[1., 3.]), ()),
    (lambda: ds.HalfCauchy([1., 3.]), stats.halfcauchy(scale=[1., 3.]),
     ("mean", "variance")),
    (lambda: ds.LogNormal([0., 1.], 0.5),
     stats.lognorm(0.5, scale=np.exp([0., 1.])), ()),
    (lambda: ds.Gamma([0.5, 4.], 2.), stats.gamma([0.5, 4.], scale=0.5), ("quantile",)),
    (lambda: ds.InverseGamma([2.5, 4.], 2.), stats.invgamma([2.5, 4.], scale=2.),
     ("quantile",)),
    (lambda: ds.Beta([0.5, 4.], 2.), stats.beta([0.5, 4.], 2.), ("quantile",)),
    (lambda: ds.Weibull([0.7, 3.], 2.), stats.weibull_min([0.7, 3.], scale=2.), ()),
    (lambda: ds.Pareto([2.5, 9.], [0.1, 2.]), stats.pareto([2.5, 9.], scale=[0.1, 2.]),
     ()),
    (lambda: ds.AsymmetricLaplace(1., [1., 3.], [2., 0.4]),
     stats.laplace_asymmetric([2., 0.4], 1., [1., 3.]), ()),
]
DISCRETE = [
    (lambda: ds.Bernoulli([0.5, -2.]),
     stats.bernoulli(sigmoid(np.array([0.5, -2.]))), ()),
    (lambda: ds.Poisson([0.5, 20.5]),
     stats.poisson([0.5, 20.5]), ("entropy", "quantile")),
    (lambda: ds.Binomial([0.3, -2.], 9), stats.binom(9, sigmoid(np.array([0.3, -2.]))),
     ("entropy", "quantile")),
    (lambda: ds.Geometric([0.5, -2.]),
     stats.geom(sigmoid(np.array([0.5, -2.])), -1), ()),
    (lambda: ds.NegativeBinomial([2., 7.5], 0.5),
     stats.nbinom([2., 7.5], sigmoid(-0.5)),
     ("entropy", "quantile")),
    (lambda: ds.BetaBinomial([0.5, 3.], [2., 1.5], 9),
     stats.betabinom(9, [0.5, 3.], [2., 1.5]), ("entropy", "cdf", "quantile")),
]
PROBABILITIES = np.array([1e-6, 0.01, 0.3, 0.5, 0.77, 0.999], "float32")[:, None]
POINTS = np.array([-3., -0.5, 0., 0.2, 0.9, 1., 2.5, 7.], "float32")[:, None]

each = pytest.mark.parametrize("make, law, missing", CONTINUOUS + DISCRETE)


def numbers(x):
    return np.asarray(x, "float64")


@each
@eagerly
def test_moments_and_entropy_match_scipy(make, law, missing):
    dist = make()
    for name, want in [("mean", law.mean), ("variance", law.var),
                       ("entropy", law.entropy)]:
        if name in missing:
            with pytest.raises(NotImplementedError, match=type(dist).__name__):
                value(dist, name)
        else:
            np.testing.assert_allclose(
                value(dist, name), want(), rtol=2e-5, atol=2e-6, err_msg=name)
    if "entropy" not in missing:
        assert dist.entropy().shape == dist.get_batch_shape()


def value(dist, name):
    got = getattr(dist, name)
    return numbers(got() if name == "entropy" else got)


@each
@eagerly
def test_cdf_and_quantile_match_scipy(make, law, missing):
    dist = make()
    points = POINTS if dist.is_continuous else np.arange(-1, 8, dtype="int32")[:, None]
    if "cdf" in missing:
        with pytest.raises(NotImplementedError, match="no cdf"):
            dist.cdf(points)
        return
    np.testing.assert_allclose(numbers(dist.cdf(points)), law.cdf(points),
                               rtol=3e-5, atol=1e-7)
    if "quantile" in missing:
        with pytest.raises(NotImplementedError, match="no quantile"):
            dist.quantile(PROBABILITIES)
        return
    np.testing.assert_allclose(
        numbers(dist.quantile(PROBABILITIES)),
        law.ppf(PROBABILITIES.astype("float64")), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [make for make, _, _ in CONTINUOUS + DISCRETE] + [
    lambda: ds.VonMises([1., -1.], 3.)])
@eagerly
def test_the_mode_maximizes_the_density(make):
    dist = make()
    if isinstance(dist, ds.Uniform):
        pytest.skip("every point of it is one")
    mode = np.broadcast_to(numbers(dist.mode), dist.get_batch_shape().as_list())
    step = 0.01 if dist.is_continuous else 1
    near = np.stack([mode, mode - step, mode + step]).astype(
        dist.dtype.as_numpy_dtype)
    log_prob = numbers(dist.log_prob(near))
    assert np.all(log_prob[0] >= log_prob - 1e-5)


@eagerly
def test_entropy_is_grouped_as_log_prob():
    dist = ds.Laplace(tf.zeros([2, 3]), 1., group_ndims=1)
    assert dist.entropy().shape == (2,)
    np.testing.assert_allclose(numbers(dist.entropy()), 3. * (1. + np.log(2.)),
                               rtol=1e-6)


@eagerly
def test_categorical_entropy():
    logits = np.array([[0., 1., -np.inf], [2., 2., 2.]], "float32")
    want = stats.entropy(special.softmax(logits, axis=-1), axis=-1)
    np.testing.assert_allclose(numbers(ds.Categorical(logits).entropy()), want,
                               rtol=1e-5)


@eagerly
def test_von_mises_entropy_and_variance():
    dist, law = ds.VonMises(1., [0.5, 30.]), stats.vonmises([0.5, 30.], 1.)
    np.testing.assert_allclose(numbers(dist.entropy()), law.entropy(), rtol=1e-5)
    angles = np.linspace(-np.pi, np.pi, 20001)[:-1, None]
    want = 1. - np.mean(law.pdf(angles) * np.cos(angles - 1.), axis=0) * 2. * np.pi
    np.testing.assert_allclose(numbers(dist.variance), want, rtol=1e-4)


@eagerly
def test_fold_normal_and_bin_concrete_cdf():
    x = np.array([-1., 0., 0.3, 2.], "float32")
    np.testing.assert_allclose(
        numbers(ds.FoldNormal(-1., std=2.).cdf(x)),
        stats.foldnorm(0.5, scale=2.).cdf(x), rtol=1e-5, atol=1e-7)
    dist = ds.BinConcrete(0.7, 1.)
    p = np.array([0.01, 0.5, 0.99], "float32")
    np.testing.assert_allclose(numbers(dist.cdf(dist.quantile(p))), p, rtol=1e-4)


# -- Errors of 0.4 --------------------------------------------------------------------

@pytest.mark.parametrize("make", [ds.Gamma, ds.InverseGamma, ds.Beta])
@pytest.mark.parametrize("is_reparameterized", [False, True])
@eagerly
def test_implicit_gradients_flow_only_if_requested(make, is_reparameterized):
    alpha = tf.constant([2., 0.3])
    with tf.GradientTape() as tape:
        tape.watch(alpha)
        dist = make(alpha, 3., is_reparameterized=is_reparameterized)
        samples = dist.sample(4)
    assert (tape.gradient(samples, alpha) is not None) == is_reparameterized
    default = make(alpha, 3.)
    assert not default.is_reparameterized


@eagerly
def test_beta_samples_of_tiny_parameters_differ():
    samples = numbers(ds.Beta(np.float64(0.01), 0.01).sample(2000))
    assert np.mean(samples == 0.5) < 0.01
    assert 0.4 < np.mean(samples < 0.5) < 0.6


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@eagerly
def test_cold_bin_concrete_samples_have_a_density(dtype):
    dist = ds.BinConcrete(np.asarray(0.05, dtype), np.zeros([5], dtype))
    samples = dist.sample(1000)
    assert np.isfinite(numbers(dist.log_prob(samples))).all()


@eagerly
def test_poisson_without_rate_and_gamma_at_the_edge():
    assert numbers(ds.Poisson(0.).prob(0)) == 1.
    np.testing.assert_allclose(
        numbers(ds.Gamma(1., 1.).log_prob(0.)), 0., atol=1e-6)
    np.testing.assert_allclose(
        numbers(ds.Beta(1., 1.).log_prob([0., 0.3, 1.])), 0., atol=1e-6)
