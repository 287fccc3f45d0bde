"""Numbers and slopes where terms of the formulas are infinite, but the whole is not."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import special, stats

import zhusuan as zs
from zhusuan.distributions._numerics import gamma_functions

ds = zs.distributions
INF = np.inf
LOCATION_SCALE = [
    lambda: ds.Normal(0., std=1.), lambda: ds.Normal(0., logstd=0.),
    lambda: ds.FoldNormal(0., std=1.), lambda: ds.FoldNormal(2., std=1.),
    lambda: ds.Laplace(0., 1.), lambda: ds.Logistic(0., 1.), lambda: ds.Gumbel(0., 1.),
    lambda: ds.Cauchy(0., 1.), lambda: ds.StudentT(3.), lambda: ds.HalfNormal(1.),
    lambda: ds.HalfCauchy(1.), lambda: ds.LogNormal(0., 1.)]


def with_slopes(function, *args):
    """``function(*args)`` and the slopes of its sum by each of `args`."""
    with tf.GradientTape() as tape:
        tape.watch(args)
        value = function(*args)
    return (value,) + tuple(tape.gradient(
        value, args, unconnected_gradients=tf.UnconnectedGradients.ZERO))


# -- Infinite logits ----------------------------------------------------------------

@pytest.mark.parametrize("make", [ds.Categorical, ds.OnehotCategorical])
def test_entropy_of_a_category_that_never_occurs_has_slopes(mode, make):
    logits = np.array([.3, -INF, 1.1], "float32")
    entropy, slope = modes.run(
        mode, lambda x: with_slopes(lambda x: make(x).entropy(), x), logits)
    p = special.softmax(logits.astype("float64"))
    np.testing.assert_allclose(entropy, stats.entropy(p), rtol=1e-5)
    log_p = np.log(np.where(p > 0., p, 1.))
    np.testing.assert_allclose(slope, -p * (log_p + stats.entropy(p)), atol=1e-6)


def test_bernoulli_at_infinite_logits(mode):
    logits = np.array([-INF, INF, -INF, INF], "float32")
    x = np.array([0, 1, 1, 0], "int32")

    def compute(logits, x):
        log_prob, slope = with_slopes(lambda y: ds.Bernoulli(y).log_prob(x), logits)
        grey = with_slopes(lambda y: ds.Bernoulli(y, dtype=tf.float32).log_prob(
            tf.cast(x, tf.float32)), logits)
        return (log_prob, slope) + grey + with_slopes(
            lambda y: ds.Bernoulli(y).entropy(), logits)

    log_prob, slope, grey, grey_slope, entropy, entropy_slope = modes.run(
        mode, compute, logits, x)
    for value in log_prob, grey:
        np.testing.assert_array_equal(value, [0., 0., -INF, -INF])
    for value in slope, grey_slope:
        np.testing.assert_array_equal(value, [0., 0., 1., -1.])
    for value in entropy, entropy_slope:
        np.testing.assert_array_equal(value, 0.)


def test_geometric_at_infinite_logits(mode):
    logits = np.array([INF, INF, -INF], "float32")
    x = np.array([0, 2, 0], "int32")
    log_prob, slope, entropy, entropy_slope = modes.run(
        mode, lambda logits, x: with_slopes(
            lambda y: ds.Geometric(y).log_prob(x), logits) + with_slopes(
            lambda y: ds.Geometric(y).entropy(), logits), logits, x)
    np.testing.assert_array_equal(log_prob, [0., -INF, -INF])
    np.testing.assert_array_equal(slope, [0., -2., 1.])
    np.testing.assert_array_equal(entropy, [0., 0., INF])
    np.testing.assert_array_equal(entropy_slope, [0., 0., -1.])


@eagerly
def test_geometric_entropy_matches_scipy():
    logits = np.linspace(-20., 20., 17)
    p = special.expit(logits)
    np.testing.assert_allclose(
        ds.Geometric(logits).entropy(), special.entr(p) / p + special.entr(
            special.expit(-logits)) / p, rtol=1e-6, atol=1e-15)
    far = np.array([-800., -100., 100., 800.])  # where it is 1 - log(p), or 0
    np.testing.assert_allclose(
        ds.Geometric(far).entropy(), [801., 101., 0., 0.], rtol=1e-12, atol=1e-40)


@eagerly
def test_counts_at_infinite_logits():
    k = np.array([[0], [2], [3]], "int32")
    np.testing.assert_array_equal(
        ds.Binomial(np.array([-INF, INF], "float32"), 3).log_prob(k),
        [[0., -INF], [-INF, -INF], [-INF, 0.]])
    np.testing.assert_array_equal(
        ds.NegativeBinomial(2., np.array([-INF, INF], "float32")).log_prob(k),
        [[0., -INF], [-INF, -INF], [-INF, -INF]])


# -- Mixtures -------------------------------------------------------------------------

def mixture_log_prob(logits, alpha, x):
    return ds.MixtureSameFamily(logits, ds.Gamma(alpha, [1., 1.])).log_prob(x)


@pytest.mark.parametrize("logits, alpha, x, want, slope", [
    ([0., 0.], [1., 2.], -1., -INF, [0., 0.]),  # impossible under both
    ([0., -INF], [1., 0.5], 0., 0., [0., 0.]),  # infinite, without weight
    ([0., 0.], [1., 0.5], 0., INF, [-0.5, 0.5]),
    ([0., -INF], [1., 2.], 1., -1., [0., 0.]),
    ([0., 0.], [2., 1.], 0., np.log(0.5), [-0.5, 0.5]),
])
def test_mixture_ignores_impossible_components(mode, logits, alpha, x, want, slope):
    value, by_logits, by_alpha, by_x = modes.run(
        mode, lambda *args: with_slopes(mixture_log_prob, *args),
        *[np.asarray(y, "float32") for y in (logits, alpha, x)])
    np.testing.assert_allclose(value, want, atol=1e-7)
    np.testing.assert_allclose(by_logits, slope, atol=1e-7)
    assert np.isfinite(by_alpha).all()
    assert np.isfinite(by_x)


# -- Shapes ---------------------------------------------------------------------------

@eagerly
def test_gamma_functions_are_exact_at_1_and_2():
    x = tf.constant([1., 2.])
    np.testing.assert_array_equal(gamma_functions.lgamma(x), 0.)
    for dtype in "float32", "float64":
        one, zero = np.ones([], dtype), np.zeros([], dtype)
        values = [ds.Gamma(one, one).log_prob(zero),
                  ds.InverseGamma(one, one).log_prob(one) + one,
                  ds.Beta(one, one).log_prob(zero), ds.Beta(one, one).log_prob(one),
                  ds.Beta(one, one).log_prob(one / 2),
                  ds.Dirichlet(np.ones([2], dtype)).log_prob(np.array([0., 1.], dtype)),
                  ds.Poisson(one).log_prob(0) + one, ds.Poisson(one).log_prob(1) + one]
        assert [float(v) for v in values] == [0.] * len(values)


SHAPES = {
    "Gamma": (lambda a: ds.Gamma(a, 1.), 0.5, lambda a: 1. / a),
    "InverseGamma": (lambda a: ds.InverseGamma(a, 1.), 0.5, lambda a: 1. / a),
    "Beta": (lambda a: ds.Beta(a, 1.), 0.5, lambda a: 1. / a),
    "Beta by beta": (lambda a: ds.Beta(1., a), 0.5, lambda a: 1. / a),
    "StudentT": (lambda a: ds.StudentT(a), 0.5, lambda a: 1. / a),
    "Dirichlet": (lambda a: ds.Dirichlet(a * np.ones([2], "float32")),
                  np.array([0.5, 0.5]), lambda a: 1. / a),
    "NegativeBinomial": (lambda a: ds.NegativeBinomial(a, 0.), 3, lambda a: 1. / a),
}


@pytest.mark.parametrize("name", SHAPES)
def test_slopes_at_tiny_shapes(mode, name):
    make, x, want = SHAPES[name]
    a = np.float32(1e-20)
    log_prob, slope = modes.run(
        mode, lambda a: with_slopes(lambda a: make(a).log_prob(x), a), a)
    assert np.isfinite(log_prob)
    np.testing.assert_allclose(slope, want(1e-20), rtol=1e-3)


@pytest.mark.parametrize("make", [
    lambda a: ds.Gamma(a, 1., is_reparameterized=True),
    lambda a: ds.InverseGamma(a, 1., is_reparameterized=True),
    lambda a: ds.Beta(a, a, is_reparameterized=True),
    lambda a: ds.Dirichlet(tf.stack([a, a, a]), is_reparameterized=True)])
@eagerly
def test_samples_of_tiny_shapes_have_slopes(make):
    samples, slope = with_slopes(lambda a: make(a).sample(10), tf.constant(1e-30))
    assert np.isfinite(samples).all()
    assert np.isfinite(slope)


@eagerly
def test_student_t_of_infinite_df_is_normal():
    x = np.array([-30., -1., 0., 1e-3, 2.], "float32")
    value, by_df, by_x = with_slopes(
        lambda df, x: ds.StudentT(df).log_prob(x), tf.constant(INF), tf.constant(x))
    np.testing.assert_allclose(value, stats.norm.logpdf(x), rtol=1e-5)
    np.testing.assert_allclose(by_x, -x, rtol=1e-5)
    assert float(by_df) == 0.


# -- Huge values ----------------------------------------------------------------------

@pytest.mark.parametrize("make", LOCATION_SCALE)
@eagerly
def test_the_density_of_infinite_values_is_0(make):
    x = tf.constant([-INF, INF])
    log_prob, slope = with_slopes(lambda x: make().log_prob(x), x)
    np.testing.assert_array_equal(log_prob, -INF)
    assert not np.isnan(slope).any()


@pytest.mark.parametrize("make, law", [
    (ds.Cauchy, stats.cauchy), (ds.Laplace, stats.laplace),
    (lambda loc, scale: ds.StudentT(3., loc, scale),
     lambda loc, scale: stats.t(3., loc, scale)),
    (lambda loc, scale: ds.HalfCauchy(scale),
     lambda loc, scale: stats.halfcauchy(scale=scale)),
    (ds.Logistic, stats.logistic), (ds.Gumbel, stats.gumbel_r)])
@eagerly
def test_overflowing_quotients_match_scipy(make, law):
    """With a scale of 1e-20 in float32, values of 1e25 are 1e45 scales away."""
    x, scale = np.array([-1e25, 1e25], "float32"), np.float32(1e-20)
    with np.errstate(over="ignore", divide="ignore"):  # SciPy's
        want = law(0., float(scale)).logpdf(x.astype("float64"))
        want = np.where(want < -3e38, -INF, want)
    np.testing.assert_allclose(make(np.float32(0.), scale).log_prob(x), want, rtol=1e-5)


@pytest.mark.parametrize("loc", [-1e10, 1e10, -1e5, 1e5, 1e3])
def test_truncated_normal_far_from_its_interval(mode, loc):
    """The density nearly is exponential there, from one end of the interval."""
    x, loc = np.array([-1., 0., 0.5, 2.], "float32"), np.float32(loc)
    log_prob, by_x = modes.run(mode, lambda loc, x: with_slopes(
        lambda x: ds.TruncatedNormal(loc, 1., -1., 2.).log_prob(x), x), loc, x)
    x, loc = x.astype("float64"), float(loc)
    end = 2. if loc > 0. else -1.
    rise = -0.5 * (x - end) * (x + end - 2. * loc)
    log_mass = np.log(special.erfcx(abs(end - loc) / np.sqrt(2.))) + 0.5 * np.log(
        np.pi / 2.)
    np.testing.assert_allclose(log_prob, rise - log_mass, rtol=1e-5)
    np.testing.assert_allclose(by_x, loc - x, rtol=1e-5)


# -- Numbers that overflow on the way -------------------------------------------------

@pytest.mark.parametrize("df", [1e-30, 1e-10, 1e-3])
@eagerly
def test_samples_of_few_degrees_of_freedom_have_slopes(df):
    for dtype in "float32", "float64":
        sources = [tf.constant(x, dtype) for x in (df, 0., 1.)]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            samples = ds.StudentT(*sources).sample(20)
            mean = tf.reduce_mean(samples / 20.)
        assert np.isfinite(samples).all()
        assert not np.isnan(tape.gradient(mean, sources)).any()


@eagerly
def test_components_without_weight_leave_moments_unchanged():
    dist = ds.MixtureSameFamily([0., -np.inf], ds.StudentT([3., 0.5], [1., 2.]))
    np.testing.assert_allclose([dist.mean, dist.variance], [1., 3.], rtol=1e-6)


@eagerly
def test_divergence_of_neighbouring_intervals_keeps_their_difference():
    ends = np.float32([[-0.13286467, 0.15835524], [-0.13286468, 0.15835525]])
    p, q = ends.astype("float64")
    got = ds.kl_divergence(ds.Uniform(*ends[0]), ds.Uniform(*ends[1]))
    np.testing.assert_allclose(got, np.log((q[1] - q[0]) / (p[1] - p[0])), rtol=1e-3)


def test_softplus_inverse_is_numerically_stable(mode):
    y = np.geomspace(1e-30, 50., 40).astype("float32")
    got = modes.run(mode, lambda y: [ds.bijectors.Softplus().inverse(y)], y)[0]
    want = np.log(-np.expm1(-y.astype("float64"))) + y
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
