"""Divergences in closed form against sums, integrals and samples of scipy's laws."""
import numpy as np
import pytest
from scipy import integrate, special, stats
from tensorflow.python.eager import context

import zhusuan.distributions as ds


@pytest.fixture(autouse=True)
def eagerly():
    with context.eager_mode():
        yield


def value(p, q):
    return ds.kl_divergence(p, q).numpy()


@pytest.mark.parametrize("make, law, parameters", [
    (lambda m, s: ds.Normal(m, std=s), stats.norm, ((1., 2.), (-0.5, 0.7))),
    (ds.Laplace, stats.laplace, ((1., 2.), (-0.5, 0.7))),
    (ds.Uniform, lambda a, b: stats.uniform(a, b - a), ((1., 2.), (-1., 4.)))])
def test_densities(make, law, parameters):
    p, q = [law(*one) for one in parameters]
    want = integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)),
                          p.ppf(1e-14), p.isf(1e-14), points=[-0.5, 1.], limit=200)[0]
    got = value(*[make(*np.float64(one)) for one in parameters])
    np.testing.assert_allclose(got, want, rtol=1e-8)


@pytest.mark.parametrize("make, law, parameters", [
    (ds.Gamma, lambda a, b: stats.gamma(a, scale=1. / b), ((2., 3.), (0.7, 0.5))),
    (ds.InverseGamma, lambda a, b: stats.invgamma(a, scale=b), ((2., 3.), (4., 0.5))),
    (ds.Beta, stats.beta, ((2., 3.), (0.7, 5.))),
    (ds.Exponential, lambda r: stats.expon(scale=1. / r), ((2.,), (0.3,))),
    (ds.HalfNormal, lambda s: stats.halfnorm(scale=s), ((2.,), (0.3,))),
    (ds.LogNormal, lambda m, s: stats.lognorm(s, scale=np.exp(m)),
     ((1., 0.5), (-0.5, 0.7)))],
    ids=["gamma", "inverse gamma", "beta", "exponential", "half normal", "log normal"])
def test_densities_of_positive_numbers(make, law, parameters):
    """Over probabilities, which bound the range."""
    p, q = [law(*one) for one in parameters]

    def log_ratio(u):
        return p.logpdf(p.ppf(u)) - q.logpdf(p.ppf(u))

    want = sum(integrate.quad(log_ratio, low, high, limit=200)[0]
               for low, high in ((0., 0.01), (0.01, 0.99), (0.99, 1.)))
    got = value(*[make(*np.float64(one)) for one in parameters])
    np.testing.assert_allclose(got, want, rtol=1e-6)


@pytest.mark.parametrize("make, law, parameters", [
    (ds.Poisson, stats.poisson, (3., 8.5)),
    (ds.Geometric, lambda logits: stats.geom(special.expit(logits), -1), (0.5, -2.))],
    ids=["poisson", "geometric"])
def test_counts(make, law, parameters):
    p, q = [law(one) for one in parameters]
    k = np.arange(200.)
    want = np.sum(p.pmf(k) * (p.logpmf(k) - q.logpmf(k)))
    np.testing.assert_allclose(
        value(*[make(np.float64(one)) for one in parameters]), want, rtol=1e-10)


def test_poissons_without_rate():
    rates = np.array([0., 0., 2.]), np.array([0., 3., 0.])
    np.testing.assert_array_equal(
        value(*[ds.Poisson(rate) for rate in rates]), [0., 3., np.inf])


def test_divergence_of_neighbours_is_not_negative():
    for make in ds.Exponential, ds.Poisson, ds.HalfNormal:
        rates = np.float32([1., 1.0001])
        got = value(make(rates[0]), make(rates[1:]))
        assert np.all(got >= 0.) and np.all(got < 2e-8)


def test_parameters_of_beta_broadcast():
    p, q = ds.Beta(np.array([[2.], [3.]]), 1.), ds.Beta(2., np.array([1., 4., 2.]))
    assert value(p, q).shape == (2, 3)
    np.testing.assert_allclose(value(p, q)[0, 0], 0., atol=1e-12)


def test_divergence_of_disjoint_uniforms_is_infinite():
    assert value(ds.Uniform(0., 2.), ds.Uniform(0., 1.)) == np.inf


def test_masses():
    a, b = np.array([0.5, -1., 2.]), np.array([3., 0., -1.])
    p, q = special.softmax(a), special.softmax(b)
    want = np.sum(p * np.log(p / q))
    for cls in ds.Categorical, ds.OnehotCategorical:
        np.testing.assert_allclose(value(cls(a), cls(b)), want, rtol=1e-12)
    p, q = special.expit(2.), special.expit(-1.)
    want = p * np.log(p / q) + (1. - p) * np.log((1. - p) / (1. - q))
    got = value(ds.Bernoulli(np.float64(2.)), ds.Bernoulli(np.float64(-1.)))
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_categories_that_never_occur_add_nothing():
    p, q = ds.Categorical([0., -np.inf]), ds.Categorical([0., 0.])
    np.testing.assert_allclose(value(p, q), np.log(2.), rtol=1e-6)


def samples_agree(log_ratio, got):
    """Within 6 standard errors: not so by chance for 2 of 1e9 seeds."""
    error = np.std(log_ratio) / np.sqrt(len(log_ratio))
    assert abs(np.mean(log_ratio) - got) < 6. * error


def test_divergence_of_dirichlets_matches_samples():
    a, b = np.array([2., 0.5, 3.]), np.array([1., 4., 2.])
    p, q = stats.dirichlet(a), stats.dirichlet(b)
    x = p.rvs(20000, random_state=1).T
    samples_agree(p.logpdf(x) - q.logpdf(x), value(ds.Dirichlet(a), ds.Dirichlet(b)))


def test_multivariate_normal():
    means = np.array([[0., 1.], [2., -1.]])
    trils = np.array([[[1., 0.], [2., 0.5]], [[2., 0.], [-1., 3.]]])
    p, q = [stats.multivariate_normal(m, t.dot(t.T)) for m, t in zip(means, trils)]
    x = p.rvs(20000, random_state=1)
    samples_agree(p.logpdf(x) - q.logpdf(x), value(
        *[ds.MultivariateNormalCholesky(m, t) for m, t in zip(means, trils)]))
    stds = np.array([[1., 2.], [0.5, 3.]])
    diagonal = value(*[ds.MultivariateNormalDiag(m, s) for m, s in zip(means, stds)])
    full = value(*[ds.MultivariateNormalCholesky(m, np.diag(s))
                   for m, s in zip(means, stds)])
    np.testing.assert_allclose(diagonal, full, rtol=1e-12)


def test_grouping_and_broadcasting():
    p = ds.Normal(np.zeros([3, 1]), std=1., group_ndims=1)
    q = ds.Normal(np.ones([4]), std=1., group_ndims=1)
    np.testing.assert_allclose(value(p, q), np.full([3], 2.))
    with pytest.raises(ValueError, match="same group_ndims"):
        value(p, ds.Normal(np.ones([4]), std=1.))


def test_unknown_pairs_are_named():
    with pytest.raises(NotImplementedError, match="p Normal and q Laplace"):
        value(ds.Normal(0., std=1.), ds.Laplace(0., 1.))
