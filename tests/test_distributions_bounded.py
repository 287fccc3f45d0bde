"""Censored and truncated distributions beyond what the table of cases covers."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases_bounded import CENSORED_NORMAL
from scipy import special, stats

import zhusuan as zs

ds = zs.distributions


def normal(mean, std):
    return ds.Normal(np.float64(mean), std=np.float64(std))


# -- Censored ----------------------------------------------------------------------

def tobit(beta, x, y, low):
    """The log likelihood of Tobin (1958), with the standard deviation 0.7."""
    mean = x * beta
    return np.sum(np.where(y <= low, stats.norm(mean, 0.7).logcdf(low),
                           stats.norm(mean, 0.7).logpdf(y)))


@eagerly
def test_tobit_likelihood_and_slope_match_scipy():
    x = np.linspace(-2., 2., 41)
    y = np.maximum(1.5 * x + np.cos(17. * x), -0.5)
    assert 5 < np.sum(y == -0.5) < 30

    def log_likelihood(beta):
        dist = ds.Censored(ds.Normal(beta * x, std=tf.constant(0.7, "float64")), -0.5)
        return tf.reduce_sum(dist.log_prob(y))

    beta = tf.constant(1.25, "float64")
    with tf.GradientTape() as tape:
        tape.watch(beta)
        value = log_likelihood(beta)
    np.testing.assert_allclose(value, tobit(1.25, x, y, -0.5), rtol=1e-12)
    np.testing.assert_allclose(
        tape.gradient(value, beta),
        (tobit(1.25 + 1e-6, x, y, -0.5) - tobit(1.25 - 1e-6, x, y, -0.5)) / 2e-6,
        rtol=1e-7)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@eagerly
def test_mass_at_40_deviations_matches_scipy(dtype, tolerance):
    mean = tf.constant([40., -40.], dtype)
    with tf.GradientTape() as tape:
        tape.watch(mean)
        dist = ds.Censored(ds.Normal(mean, std=tf.ones([], dtype)), 0., 0.5)
        log_prob = dist.log_prob(np.asarray([0., 0.5], dtype))
    want = special.log_ndtr([-40., -40.5])
    np.testing.assert_allclose(log_prob, want, rtol=tolerance)
    hazard = np.exp(stats.norm.logpdf([40., 40.5]) - want)
    np.testing.assert_allclose(tape.gradient(log_prob, mean), [-1., 1.] * hazard,
                               rtol=10. * tolerance)


def gradients_at(make, given, *parameters):
    """The log density and its slopes by the value and by parameters."""
    sources = [tf.constant(x, "float64") for x in (given, *parameters)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        log_prob = make(*sources[1:]).log_prob(sources[0])
    return log_prob, [g for g in tape.gradient(log_prob, sources) if g is not None]


@pytest.mark.parametrize("cls", [ds.Censored, ds.Truncated])
@pytest.mark.parametrize("make", [
    lambda a, b: ds.Gamma(0.5 * a, b), lambda a, b: ds.Normal(a, std=b),
    lambda a, b: ds.Beta(a, 0.5 * b), lambda a, b: ds.StudentT(3., a, b),
    lambda a, b: ds.TransformedDistribution(
        ds.Normal(a, std=b), ds.bijectors.Exp()),
    lambda a, b: ds.MixtureSameFamily(
        [0., 1.], ds.Normal(tf.stack([a, -a], -1), std=b))])
@eagerly
def test_gradients_are_finite_inside_at_the_ends_and_outside(cls, make):
    """At 0 and 1, the densities of some and their slopes are infinite."""
    given = [-2., 0., 0.125, 0.25, 0.75, 0.875, 1., 3.]
    log_prob, slopes = gradients_at(
        lambda a, b, low, high: cls(make(a, b), low, high), given, 1., 1., 0.125, 0.875)
    assert (np.isfinite(log_prob) == (np.abs(np.subtract(given, 0.5)) < 0.4)).all()
    assert len(slopes) == 5 and all(np.isfinite(g).all() for g in slopes)


def test_a_censored_normal_follows_its_law(mode):
    """Samples, the density, the cdf and the quantile. Failure rate: 1e-4 each."""
    one = CENSORED_NORMAL.rounded_sets("float64")[1]
    law = CENSORED_NORMAL.truth(one)
    x = np.append(CENSORED_NORMAL.inside_points(one, "float64"), [-4., 5., -4.1, 5.1])
    p = np.array([1e-6, 0.1, 0.5, 0.9, 1. - 1e-6])

    def compute(x, p, *values):
        with zs.seeded(1):
            dist = CENSORED_NORMAL.make(dict(zip(one, values)))
            return (dist.sample(4000), dist.log_prob(x), dist.cdf(x),
                    tf.exp(dist.log_cdf(x)) + tf.exp(dist.log_survival(x)),
                    dist.quantile(p))

    samples, log_prob, cdf, total, quantile = modes.run(
        mode, compute, x, p, *one.values())
    assert (samples == 5.).any() and (samples == -4.).any()
    assert stats.kstest(law.uniform(samples), "uniform").pvalue > 1e-4
    np.testing.assert_allclose(log_prob, law.logpdf(x), rtol=1e-10)
    np.testing.assert_allclose(cdf, law.cdf(x), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(total, 1., rtol=1e-10)
    np.testing.assert_allclose(quantile, law.ppf(p), rtol=1e-8)


@eagerly
def test_samples_pass_gradients_where_they_are_not_clipped():
    mean, low = tf.zeros([200]), tf.fill([200], -0.5)
    with tf.GradientTape() as tape:
        tape.watch([mean, low])
        samples = ds.Censored(ds.Normal(mean, std=1.), low).sample()
    by_mean, by_low = tape.gradient(samples, [mean, low])
    np.testing.assert_array_equal(by_mean, np.float32(samples.numpy() > -0.5))
    np.testing.assert_array_equal(by_low, np.float32(samples.numpy() == -0.5))
    assert 10 < np.sum(by_low) < 150


@eagerly
def test_one_end_leaves_the_other_free():
    dist = ds.Censored(normal(0., 1.), high=0.5)
    np.testing.assert_allclose(
        dist.log_prob(np.array([-3., 0.5, 0.75])),
        [stats.norm.logpdf(-3.), stats.norm.logsf(0.5), -np.inf], rtol=1e-12)
    assert dist.low is None and float(dist.high) == 0.5
    assert ds.Censored(normal(0., 1.), -np.inf, 0.5).low is None


@eagerly
def test_independent_samples_fill_a_batch_that_the_ends_extend():
    """Two of 20 numbers of a continuous law are equal with the probability 0."""
    base = ds.Normal([[0.], [100.]], std=1.)
    samples = ds.Censored(base, [[[-np.inf, -50.]]] * 5).sample(4)
    assert samples.shape == [4, 5, 2, 2]
    assert len(np.unique(samples)) == 80
    assert (np.mean(samples, axis=(0, 1, 3)) > [-2., 98.]).all()
    assert (np.mean(samples, axis=(0, 1, 3)) < [2., 102.]).all()


# -- Truncated ---------------------------------------------------------------------

@pytest.mark.parametrize("base, law, low, high", [
    (lambda: ds.Normal(0., std=1.), stats.norm, 10., 12.),
    (lambda: ds.Normal(0., std=1.), stats.norm, -31., -30.),
    (lambda: ds.Normal(5., std=2.), stats.norm(5., 2.), 30., None),
    (lambda: ds.Laplace(0., 1.), stats.laplace, 50., 52.),
    (lambda: ds.Cauchy(0., 1.), stats.cauchy, 1e5, None),
    (lambda: ds.Gumbel(0., 1.), stats.gumbel_r, 40., None),
    (lambda: ds.Exponential(2.), stats.expon(scale=0.5), 30., 31.)])
def test_samples_far_in_a_tail_follow_the_law(base, law, low, high, mode):
    """Failure rate: 1e-4 each if it is right."""
    def compute():
        with zs.seeded(3):
            return ds.Truncated(base(), low, high).sample(2000)

    samples = np.float64(modes.run(mode, compute))
    assert (samples >= low).all() and (high is None or (samples <= high).all())
    side = law.sf if law.sf(low) < 0.5 else law.cdf
    ends = side(low), (0. if high is None else side(high))
    share = (side(samples) - ends[0]) / (ends[1] - ends[0])
    assert stats.kstest(share, "uniform").pvalue > 1e-4


@eagerly
def test_the_density_far_in_a_tail_matches_scipy():
    dist = ds.Truncated(normal(0., 1.), 40., 41.)
    x = np.array([40., 40.25, 41.])
    total = special.log_ndtr(-40.)  # exp(-40.5) of it is beyond 41
    np.testing.assert_allclose(
        dist.log_prob(x), stats.norm.logpdf(x) - total, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        dist.log_survival(x[1]), special.log_ndtr(-40.25) - total, rtol=1e-9)


@eagerly
def test_a_truncated_gamma_matches_the_normalized_law():
    law, x = stats.gamma(2.5, scale=0.5), np.array([0.5, 1., 2., 2.9])
    dist = ds.Truncated(ds.Gamma(np.float64(2.5), np.float64(2.)), 0.4, 3.)
    mass = law.cdf(3.) - law.cdf(0.4)
    np.testing.assert_allclose(
        dist.log_prob(x), law.logpdf(x) - np.log(mass), rtol=1e-10)
    np.testing.assert_allclose(
        dist.cdf(x), (law.cdf(x) - law.cdf(0.4)) / mass, rtol=1e-10)


def test_counts_far_in_a_tail_follow_the_law(mode):
    """The mass above 25 is 1e-12. Failure rate: 1e-4 each if it is right."""
    def compute():
        with zs.seeded(5):
            return [ds.Truncated(ds.Poisson(4.), 25).sample(2000),
                    ds.Truncated(ds.Poisson(90.), high=20).sample(2000),
                    ds.Truncated(ds.Geometric(0.), 30, 33).sample(2000)]

    laws = [(stats.poisson(4.), 25, 45), (stats.poisson(90.), 0, 20),
            (stats.geom(0.5, loc=-1), 30, 33)]
    for samples, (law, low, high) in zip(modes.run(mode, compute), laws):
        values = np.arange(low, high + 1)
        assert low <= samples.min() and samples.max() <= high
        expected = 2000. * law.pmf(values) / law.pmf(values).sum()
        counts = np.bincount(samples - low, minlength=len(values))
        rare = expected < 10.
        counts, expected = [np.append(x[~rare], x[rare].sum())
                            for x in (counts, expected)]
        counts, expected = counts[expected > 0.], expected[expected > 0.]
        assert stats.chi2.sf(np.sum((counts - expected) ** 2 / expected),
                             len(counts) - 1) > 1e-4


@eagerly
def test_a_distribution_without_quantile_cannot_be_sampled():
    with pytest.raises(NotImplementedError, match="quantile .* but Gamma lacks"):
        ds.Truncated(ds.Gamma(2., 1.), 1.).sample()


@eagerly
def test_no_mass_in_the_interval_gives_minus_infinity():
    dist = ds.Truncated(ds.Exponential(1.), -2., -1.)
    np.testing.assert_array_equal(dist.log_prob([-1.5, 0.5]), [-np.inf, -np.inf])


# -- Both --------------------------------------------------------------------------

@pytest.mark.parametrize("cls", [ds.Censored, ds.Truncated])
@eagerly
def test_unsuitable_distributions_raise(cls):
    with pytest.raises(TypeError, match="`dist` must be a zhusuan.distributions"):
        cls(3., 0.)
    with pytest.raises(ValueError, match="must be numbers"):
        cls(ds.Dirichlet([1., 2.]), 0.)
    with pytest.raises(ValueError, match="dist` must have group_ndims=0"):
        cls(ds.Normal([0.], std=1., group_ndims=1), 0.)
    with pytest.raises(ValueError, match="has a density and mass at its ends"):
        cls(ds.Censored(ds.Normal(0., std=1.), 0.), 1.)
    with pytest.raises(NotImplementedError, match="VonMises has no cdf"):
        cls(ds.VonMises(0., 1.), 0.).log_prob(0.)
    with pytest.raises(ValueError, match="broadcastable"):
        cls(ds.Normal([0., 1.], std=1.), [0., 1., 2.])
    with pytest.raises(TypeError, match="int32 has no 0.5"):
        cls(ds.Poisson(1.), 0.5).sample()


@pytest.mark.parametrize("cls", [ds.Censored, ds.Truncated])
def test_crossed_bounds_raise_at_run_time(cls):
    def compute(low):
        return cls(ds.Normal(0., std=1.), low, 1.).log_prob(1.)

    with pytest.raises(tf.errors.InvalidArgumentError, match="high must be greater"):
        modes.run("function", compute, np.float32(2.))


@eagerly
def test_nodes_have_both_and_tfp_may_be_wrapped():
    bn = zs.BayesianNet(observed={"y": 0.})
    mean = bn.truncated("mean", ds.Normal(0., std=1.), low=0.)
    bn.censored("y", ds.Normal(mean, std=1.), low=0., n_samples=None)
    np.testing.assert_allclose(
        bn.cond_log_prob("y"), stats.norm.logcdf(-mean.tensor.numpy()), rtol=1e-5)
    assert float(mean) > 0.
