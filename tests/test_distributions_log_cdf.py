"""`log_cdf` and `log_survival` to 40 standard deviations, against mpmath.

Values are compared with the textbook formula in 420 digits, and slopes by the value and
by every parameter with its numerical derivative.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs

mp = pytest.importorskip("mpmath")
ds = zs.distributions

DEVIATIONS = np.array([-40., -13., -3., -0.5, 0., 0.25, 2., 9., 40.])
POSITIVE = np.array([1e-12, 1e-3, 0.25, 1., 3., 17., 40.])
UNIT = np.array([1e-12, 1e-3, 0.25, 0.5, 0.75, 0.999])
# Where log(x) has digits.
LOG_NORMAL = np.exp(0.5 + 0.25 * DEVIATIONS[DEVIATIONS != 0.])
COUNTS = np.array([0., 1., 3., 10., 40., 200.])


# -- Textbook formulas: the probability up to x, or a pair with the one beyond --------

def normal(x, loc, scale):
    z = (x - loc) / scale / mp.sqrt(2)
    return mp.erfc(-z) / 2, mp.erfc(z) / 2


def fold_normal(x, mean, std):
    (_, right), (left, _) = normal(x, mean, std), normal(-x, mean, std)
    return 1 - right - left, right + left


def laplace(x, loc, scale):
    tail = mp.exp(-abs(x - loc) / scale) / 2
    return (tail, 1 - tail) if x < loc else (1 - tail, tail)


def asymmetric(x, loc, scale, kappa):
    z, left = (x - loc) / scale, kappa ** 2 / (1 + kappa ** 2)
    if z < 0:
        return left * mp.exp(z / kappa), 1 - left * mp.exp(z / kappa)
    tail = (1 - left) * mp.exp(-z * kappa)
    return 1 - tail, tail


def logistic(x, loc, scale):
    z = (x - loc) / scale
    return 1 / (1 + mp.exp(-z)), 1 / (1 + mp.exp(z))


def gumbel(x, loc, scale):
    t = mp.exp(-(x - loc) / scale)
    return mp.exp(-t), -mp.expm1(-t)


def cauchy(x, loc, scale):
    z = (x - loc) / scale
    return mp.atan2(1, -z) / mp.pi, mp.atan2(1, z) / mp.pi


def student(x, df, loc, scale):
    z = (x - loc) / scale
    tail = mp.betainc(df / 2, 0.5, 0, df / (df + z * z), regularized=True) / 2
    return (tail, 1 - tail) if z < 0 else (1 - tail, tail)


def half(law):
    def folded(x, *parameters):
        *shapes, scale = parameters
        _, tail = law(x, *shapes, mp.mpf(0), scale)
        return 1 - 2 * tail, 2 * tail
    return folded


def exponential(x, rate):
    return -mp.expm1(-rate * x), mp.exp(-rate * x)


def weibull(x, k, scale):
    return exponential((x / scale) ** k, mp.mpf(1))


def pareto(x, alpha, scale):
    return 1 - (scale / x) ** alpha, (scale / x) ** alpha


def log_normal(x, loc, scale):
    return normal(mp.log(x), loc, scale)


def logit_normal(x, loc, scale):
    return normal(mp.log(x / (1 - x)), loc, scale)


def bin_concrete(x, logits):
    return logistic(2 * mp.log(x / (1 - x)), logits, mp.mpf(1))


def gamma(x, a, b):
    return (mp.gammainc(a, 0, b * x, regularized=True),
            mp.gammainc(a, b * x, mp.inf, regularized=True))


def inverse_gamma(x, a, b):
    return gamma(1 / x, a, b)[::-1]


def beta(x, a, b):
    return (mp.betainc(a, b, 0, x, regularized=True),
            mp.betainc(b, a, 0, 1 - x, regularized=True))


def kumaraswamy(x, a, b):
    log_beyond = b * mp.log1p(-x ** a)
    return -mp.expm1(log_beyond), mp.exp(log_beyond)


def uniform(x, low, high):
    return (x - low) / (high - low), (high - x) / (high - low)


def truncated(x, loc, scale, low, high):
    def mass(u, v):
        if u > loc:
            return normal(u, loc, scale)[1] - normal(v, loc, scale)[1]
        return normal(v, loc, scale)[0] - normal(u, loc, scale)[0]
    return mass(low, x) / mass(low, high), mass(x, high) / mass(low, high)


def poisson(k, rate):
    return gamma(rate, k + 1, mp.mpf(1))[::-1]


def success(logits):
    return 1 / (1 + mp.exp(-logits))


def binomial(k, logits):
    return beta(success(-logits), 60 - k, k + 1) if k < 60 else (mp.mpf(1), mp.mpf(0))


def geometric(k, logits):
    return 1 - success(-logits) ** (k + 1), success(-logits) ** (k + 1)


def negative_binomial(k, r, logits):
    return beta(success(-logits), r, k + 1)


def inflated(law):
    def with_zeros(k, *parameters):
        *own, gate_logits = parameters
        below, above = law(k, *own)
        gate = success(gate_logits)
        return gate + (1 - gate) * below, (1 - gate) * above
    return with_zeros


# The class, its formula, its parameters and the values, in units of the scale.
REAL = [
    (lambda loc, scale: ds.Normal(loc, std=scale), normal, [1., 2.]),
    (ds.Laplace, laplace, [1., 2.]), (ds.Logistic, logistic, [1., 2.]),
    (ds.Gumbel, gumbel, [1., 2.]), (ds.Cauchy, cauchy, [1., 2.]),
    (ds.AsymmetricLaplace, asymmetric, [1., 2., 1.5]),
    (ds.StudentT, student, [3., 1., 2.]), (ds.StudentT, student, [500., 1., 2.])]
ROWS = [(make, formula, parameters, 1. + 2. * DEVIATIONS)
        for make, formula, parameters in REAL] + [
    (lambda mean, std: ds.FoldNormal(mean, std=std), fold_normal, [0.5, 1.], POSITIVE),
    (lambda mean, std: ds.FoldNormal(mean, std=std), fold_normal, [-30., 1.], POSITIVE),
    (ds.HalfNormal, half(normal), [1.], POSITIVE),
    (ds.HalfCauchy, half(cauchy), [2.], POSITIVE),
    (ds.HalfStudentT, half(student), [4., 2.], POSITIVE),
    (ds.Exponential, exponential, [0.75], POSITIVE),
    (ds.Weibull, weibull, [2., 1.5], POSITIVE),
    (ds.Weibull, weibull, [0.5, 3.], POSITIVE),
    (ds.Pareto, pareto, [3., 0.125], 0.125 + POSITIVE[1:]),
    (ds.LogNormal, log_normal, [0.5, 0.25], LOG_NORMAL),
    (ds.LogitNormal, logit_normal, [0.5, 0.25], UNIT),
    (lambda logits: ds.BinConcrete(2., logits), bin_concrete, [0.5], UNIT),
    (ds.Gamma, gamma, [0.5, 2.], POSITIVE * 10.),
    (ds.Gamma, gamma, [30., 2.], POSITIVE),
    (ds.InverseGamma, inverse_gamma, [3., 2.], POSITIVE[1:]),
    (ds.Beta, beta, [2., 3.], UNIT), (ds.Beta, beta, [0.5, 100.], UNIT),
    (ds.Beta, beta, [400., 300.], UNIT[1:]),
    (ds.Kumaraswamy, kumaraswamy, [2., 3.], UNIT),
    (ds.Kumaraswamy, kumaraswamy, [30., 0.5], UNIT),
    (ds.Uniform, uniform, [-0.5, 1.5], UNIT),
    (ds.TruncatedNormal, truncated, [0., 1., -1., 3.], UNIT),
    (ds.TruncatedNormal, truncated, [-50., 1., 0., 2.], UNIT),
    (ds.TransformedDistribution, log_normal, [0.5, 0.25], LOG_NORMAL),
    (ds.Poisson, poisson, [4.], COUNTS),
    (lambda logits: ds.Binomial(logits, 60), binomial, [-1.5], COUNTS[:5]),
    (ds.Geometric, geometric, [-0.5], COUNTS),
    (ds.NegativeBinomial, negative_binomial, [3.5, 0.5], COUNTS),
    (ds.ZeroInflatedPoisson, inflated(poisson), [4., -1.], COUNTS),
    (ds.ZeroInflatedNegativeBinomial, inflated(negative_binomial), [3.5, 0.5, 2.],
     COUNTS)]


def transformed(loc, scale):
    return ds.TransformedDistribution(ds.Normal(loc, std=scale), ds.bijectors.Exp())


def expected(formula, x, parameters):
    """Both log probabilities at a point; slopes of both by the value and parameters."""
    with mp.workdps(420):
        arguments = [mp.mpf(float(a)) for a in (x, *parameters)]
        values = [mp.log(p) for p in formula(*arguments)]
        slopes = []
        for i, argument in enumerate(arguments):
            step = mp.mpf(10) ** -60 * max(abs(argument), mp.mpf(10) ** -30)
            ends = [formula(*arguments[:i], argument + sign * step, *arguments[i + 1:])
                    for sign in (1, -1)]
            slopes.append([(mp.log(up) - mp.log(down)) / (2 * step)
                           for up, down in zip(*ends)])
    return [float(v) for v in values], np.array(slopes, "float64").T


RELATIVE = {"float32": 1e-5, "float64": 1e-10}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", range(len(ROWS)), ids=lambda i: "%d-%s" % (
    i, ROWS[i][1].__name__))
@eagerly
def test_log_probabilities_and_slopes_match_mpmath(row, dtype):
    make, formula, parameters, points = ROWS[row]
    make = transformed if make is ds.TransformedDistribution else make
    parameters = np.asarray(parameters, dtype)
    dist = make(*parameters)
    points = points.astype(dtype).astype(dist.dtype.as_numpy_dtype)
    wanted = [expected(formula, x, parameters) for x in points]
    for side, name in enumerate(["log_cdf", "log_survival"]):
        sources = [tf.fill([len(points)], p) for p in parameters]
        given = tf.constant(points)
        watched = [given] * dist.is_continuous + sources
        with tf.GradientTape() as tape:
            tape.watch(watched)
            value = getattr(make(*sources), name)(given)
        assert value.dtype == dtype
        slopes = tape.gradient(value, watched)
        for n, x in enumerate(points):
            values, by = wanted[n]
            check(value[n], values[side], dtype, (name, x))
            for got, right in zip(slopes, by[side][not dist.is_continuous:]):
                check(got[n], right, dtype, (name, x, "slope"), 4.)


def check(got, want, dtype, where, factor=1.):
    tiny = 4e-38 if dtype == "float32" else 1e-100
    np.testing.assert_allclose(float(got), want, rtol=factor * RELATIVE[dtype],
                               atol=tiny, err_msg=str(where))


# -- At the ends of the support, and beyond -------------------------------------------

ENDS = [
    (lambda: ds.Normal(0., std=1.), [-np.inf, np.inf]),
    (lambda: ds.Laplace(0., 1.), [-np.inf, np.inf]),
    (lambda: ds.Gumbel(0., 1.), [-np.inf, np.inf]),
    (lambda: ds.StudentT(3.), [-np.inf, np.inf]),
    (lambda: ds.FoldNormal(1., std=1.), [-1., np.inf]),
    (lambda: ds.HalfNormal(1.), [-1., np.inf]),
    (lambda: ds.HalfCauchy(1.), [0., np.inf]),
    (lambda: ds.HalfStudentT(3.), [0., np.inf]),
    (lambda: ds.Exponential(1.), [0., np.inf]),
    (lambda: ds.Weibull(2., 1.), [0., np.inf]),
    (lambda: ds.Pareto(2., 1.), [1., np.inf]),
    (lambda: ds.LogNormal(0., 1.), [0., np.inf]),
    (lambda: ds.LogitNormal(0., 1.), [0., 1.]),
    (lambda: ds.Gamma(2., 1.), [0., np.inf]),
    (lambda: ds.InverseGamma(2., 1.), [0., np.inf]),
    (lambda: ds.Beta(2., 0.5), [0., 1.]),
    (lambda: ds.Kumaraswamy(2., 3.), [0., 1.]),
    (lambda: ds.BinConcrete(1., 0.), [0., 1.]),
    (lambda: ds.Uniform(-1., 2.), [-1., 2.]),
    (lambda: ds.TruncatedNormal(0., 1., -1., 2.), [-1., 2.]),
    (lambda: ds.TruncatedNormal(0., 1., 3., 4.), [3., 4.]),
    (lambda: ds.TruncatedNormal(0., 1., -np.inf, 4.), [-np.inf, 4.]),
    (lambda: ds.MixtureSameFamily([0., 1.], ds.Gamma([1., 2.], 1.)), [0., np.inf]),
    (lambda: ds.Bernoulli(0.5), [-1, 1]), (lambda: ds.Poisson(2.), [-1, None]),
    (lambda: ds.Binomial(0.5, 4), [-1, 4]), (lambda: ds.Geometric(0.5), [-1, None]),
    (lambda: ds.OrderedLogistic(0.5, [-1., 1.]), [-1, 2])]


def test_log_probabilities_at_the_ends_are_0_and_minus_infinity(mode):
    def compute():
        found = []
        for make, (low, high) in ENDS:
            dist = make()
            ends = [low] if high is None else [low, high]
            found.append([dist.log_cdf(ends), dist.log_survival(ends)])
        return found

    for (make, _), (below, above) in zip(ENDS, modes.run(mode, compute)):
        np.testing.assert_array_equal(below, [-np.inf, 0.][:len(below)], repr(make()))
        np.testing.assert_array_equal(above, [0., -np.inf][:len(below)], repr(make()))


def test_both_logs_match_the_cdf_in_every_mode(mode):
    x = np.float32([0.1, 0.4, 0.8])
    makers = [make for make, _ in ENDS]

    def compute(x):
        found = []
        for make in makers:
            dist = make()
            given = x if dist.is_continuous else tf.constant([0, 1, 2])
            found.append([dist.cdf(given), dist.log_cdf(given),
                          dist.log_survival(given)])
        return found

    for make, (cdf, below, above) in zip(makers, modes.run(mode, compute, x)):
        np.testing.assert_allclose(np.exp(below), cdf, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(np.exp(above), 1. - cdf, rtol=1e-4, atol=2e-6,
                                   err_msg=repr(make()))


@eagerly
def test_a_distribution_without_cdf_raises():
    for name in "log_cdf", "log_survival":
        with pytest.raises(NotImplementedError, match="VonMises has no cdf"):
            getattr(ds.VonMises(0., 1.), name)(0.5)


@eagerly
def test_a_decreasing_transformation_swaps_both_tails():
    base = ds.Normal(1., std=2.)
    dist = ds.TransformedDistribution(base, ds.bijectors.Affine(0., -3.))
    x = np.float32([-30., 0., 90.])
    np.testing.assert_allclose(dist.log_cdf(x), base.log_survival(x / -3.), rtol=1e-6)
    np.testing.assert_allclose(dist.log_survival(x), base.log_cdf(x / -3.), rtol=1e-6)


@eagerly
def test_float16_takes_part():
    dist = ds.Normal(np.float16(0.), std=np.float16(1.))
    assert dist.log_cdf(np.float16(-30.)).dtype == tf.float16
    np.testing.assert_allclose(dist.log_cdf(np.float16(-30.)), -454.3, rtol=1e-3)
