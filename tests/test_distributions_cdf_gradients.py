"""Gradients of every cdf and quantile, against differences of the reference."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case
from scipy import special, stats
from test_distributions_gradients import derivative

import zhusuan as zs
from zhusuan.distributions._conversion import default_float_dtype

ds = zs.distributions
DTYPE = "float64"
PROBABILITIES = np.array([1e-7, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.77, 0.99, 0.9999])


def implemented(case, name):
    """Skip the test of a row without `cdf` or without `quantile`."""
    if case.value_ndims:
        pytest.skip("no numbers")
    one = case.rounded_sets(DTYPE)[0]
    dist = case.make({n: tf.constant(v, DTYPE) for n, v in one.items()},
                     **case.kwargs_for(DTYPE))
    given = tf.constant(0.5, DTYPE) if name == "quantile" else tf.cast(1, dist.dtype)
    try:
        getattr(dist, name)(given)
    except NotImplementedError:
        pytest.skip("no " + name)


def values_and_slopes(case, mode, name, parameters, points):
    """A function of probability at the points, its slopes by all that is float."""
    names = list(parameters)

    def compute(points, *values):
        sources = list(values) + ([points] if points.dtype.is_floating else [])
        with tf.GradientTape() as tape:
            tape.watch(sources)
            dist = case.make(dict(zip(names, values)), **case.kwargs_for(DTYPE))
            result = getattr(dist, name)(points)
        return result, tape.gradient(result, sources)

    value, slopes = modes.run(mode, compute, points, *parameters.values())
    return value, dict(zip(names + ["given"], slopes))


def batched(case, sets, length):
    """Parameters of shape ``[length, len(sets)]`` and more axes, but shared ones."""
    return {name: sets[0][name] if name in case.shared else np.stack([
        np.broadcast_to(one[name], (length,) + np.shape(one[name])) for one in sets], 1)
        for name in case.parameter_names}


def far_from_ends(case, one, name, size, points):
    """Points that stay inside or outside when a parameter moves the support."""
    ends = np.asarray(case.truth(one).support())
    moved = np.asarray(case.truth({**one, name: one[name] + 2. * size}).support())
    room = np.where(ends == moved, np.inf, np.abs(points[:, None] - ends))
    return np.all(room > 3. * np.max(np.abs(size)), axis=-1)


def check_by_parameter(case, one, name, got, function, points=None):
    """Compare slopes `got` with differences of ``function(parameters)``.

    :param points: The values of a cdf, which may lie next to the ends of the support.
    """
    assert not np.isnan(got).any()
    value = np.asarray(one[name])
    for place in np.ndindex(value.shape):
        unit = np.zeros(value.shape)
        unit[place] = 1.
        size = 1e-3 * max(0.1, abs(float(value[place])))
        want, error = derivative(lambda step, unit=unit: function(
            {**one, name: value + step * unit}), size)
        known = np.isfinite(want)
        if points is not None and not case.is_discrete:
            known &= far_from_ends(case, one, name, size * unit, points)
        assert known.any()
        np.testing.assert_allclose(
            got[(Ellipsis, *place)][known], want[known], rtol=2e-6,
            atol=300. * error * (1. + np.max(np.abs(function(one)[known]))),
            err_msg="by {} of {} {}".format(name, case, one))


@every_case
def test_cdf_gradients_match_differences(case, mode):
    eagerly(implemented)(case, "cdf")
    sets = case.rounded_sets(DTYPE)[:2]
    columns = [case.inside_points(one, DTYPE) for one in sets]
    length = max(len(c) for c in columns)
    columns = [c[np.minimum(np.arange(length), len(c) - 1)] for c in columns]
    points = np.stack(columns, 1).astype(case.sample_dtype(DTYPE))
    value, slopes = values_and_slopes(
        case, mode, "cdf", batched(case, sets, length), points)
    for p, one in enumerate(sets):
        def cdf(parameters, x=columns[p]):
            return case.truth(parameters).cdf(x)

        np.testing.assert_allclose(value[:, p], cdf(one), rtol=1e-9, atol=1e-13)
        for name in set(case.parameter_names) - set(case.shared):
            check_by_parameter(case, one, name, slopes[name][:, p], cdf,
                               columns[p])
        if not case.is_discrete:
            check_by_given(case, one, columns[p], slopes["given"][:, p])


def check_by_given(case, one, x, got):
    """The slope of a cdf is the density; at the ends of the support one-sided."""
    want = np.exp(case.log_density(x, one))
    assert not np.isnan(got).any()
    inner = ~np.isin(x, case.truth(one).support())
    np.testing.assert_allclose(got[inner], want[inner], rtol=1e-6, atol=1e-300)


@every_case
def test_quantile_gradients_match_differences(case, mode):
    eagerly(implemented)(case, "quantile")
    sets = case.rounded_sets(DTYPE)[:2]
    p = np.stack([PROBABILITIES] * len(sets), 1)
    value, slopes = values_and_slopes(
        case, mode, "quantile", batched(case, sets, len(p)), p)
    if case.is_discrete:  # a step function
        assert slopes
        assert not np.any([s for s in slopes.values() if s is not None])
        return
    for i, one in enumerate(sets):
        def quantile(parameters):
            return case.truth(parameters).ppf(PROBABILITIES)

        np.testing.assert_allclose(value[:, i], quantile(one), rtol=1e-6, atol=1e-8)
        for name in set(case.parameter_names) - set(case.shared):
            check_by_parameter(case, one, name, slopes[name][:, i], quantile)
        np.testing.assert_allclose(
            slopes["given"][:, i], np.exp(-case.log_density(value[:, i], one)),
            rtol=1e-6)


# The slopes at 0 and at 1: one over the limit of the density at the end.
INFINITE = [np.inf, np.inf]
ENDS = [
    (lambda: ds.Normal(1., std=2.), INFINITE),
    (lambda: ds.Laplace(1., 2.), INFINITE),
    (lambda: ds.Logistic(1., 2.), INFINITE),
    (lambda: ds.Gumbel(1., 2.), INFINITE),
    (lambda: ds.Cauchy(1., 2.), INFINITE),
    (lambda: ds.LogNormal(1., 2.), INFINITE),
    (lambda: ds.Exponential(4.), [0.25, np.inf]),
    (lambda: ds.HalfNormal(2.), [np.sqrt(2. * np.pi), np.inf]),
    (lambda: ds.HalfCauchy(2.), [np.pi, np.inf]),
    (lambda: ds.Uniform(-3., 5.), [8., 8.]),
    (lambda: ds.TruncatedNormal(0., 1., -1., 2.),
     1. / stats.truncnorm(-1., 2.).pdf([-1., 2.])),
    (lambda: ds.TruncatedNormal(0., 1., -np.inf, 2.),
     [np.inf, stats.norm.cdf(2.) / stats.norm.pdf(2.)]),
    (lambda: ds.TruncatedNormal(0., 1., -0.01, 0.01), [0.02, 0.02]),
    (lambda: ds.Weibull(1., 4.), [4., np.inf]),
    (lambda: ds.Weibull(2., 4.), INFINITE),
    (lambda: ds.Pareto(2., 3.), [1.5, np.inf]),
    (lambda: ds.AsymmetricLaplace(1., 2., 3.), INFINITE),
    (lambda: ds.LogitNormal(1., 2.), INFINITE),
    (lambda: ds.Kumaraswamy(1., 1.), [1., 1.]),
    (lambda: ds.Kumaraswamy(1., 4.), [0.25, np.inf]),
    (lambda: ds.BinConcrete(0.7, 2.), [0., 0.]),
    (lambda: ds.BinConcrete(1., 2.), [np.exp(2.), np.exp(-2.)]),
    (lambda: ds.BinConcrete(1.5, 2.), INFINITE)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@eagerly
def test_quantile_slopes_at_0_and_1_match_the_density(dtype):
    for make, want in ENDS:
        with default_float_dtype(tf.as_dtype(dtype)):
            dist = make()
        p = tf.constant([0., 1.], dtype)
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = dist.quantile(p)
        assert not np.isnan(value).any()
        np.testing.assert_allclose(tape.gradient(value, p), want, rtol=2e-4,
                                   err_msg=repr(dist))


def test_quantile_slopes_at_0_and_1_exist_in_every_mode(mode):
    def compute(p):
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = ds.TruncatedNormal(0., 1., -1., 2.).quantile(p)
        return tape.gradient(value, p)

    slopes = modes.run(mode, compute, np.array([0., 1.], "float32"))
    np.testing.assert_allclose(
        slopes, 1. / stats.truncnorm(-1., 2.).pdf([-1., 2.]), rtol=2e-4)


# -- Where a naive formula has no right slope ----------------------------------------

def slopes_of(make, parameters, x, dtype="float64", name="cdf"):
    """A value and its slopes by the parameters and by `x`."""
    sources = [tf.constant(y, dtype) for y in (*parameters, x)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        value = getattr(make(*sources[:-1]), name)(sources[-1])
    return value.numpy(), [s.numpy() for s in tape.gradient(value, sources)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("df", [0.01, 1., 3., 1e4, 1e8, 1e12, np.inf])
@eagerly
def test_student_cdf_has_slopes_everywhere(df, dtype):
    law = stats.t(df) if df < 1e6 else stats.norm()
    for x in [0., -1., 2.5, -1e20, 1e30, -np.inf, np.inf]:
        value, (by_df, by_loc, by_scale, by_x) = slopes_of(
            ds.StudentT, [df, 0., 1.], x, dtype)
        assert np.isfinite([by_df, by_loc, by_scale, by_x]).all()
        smallest = np.finfo(dtype).tiny
        density = law.pdf(x) if abs(x) < 1e19 else far_student_density(df, x)
        np.testing.assert_allclose(by_x, density, rtol=2e-5, atol=smallest)
        assert by_loc == -by_x
        if np.isfinite(x):
            np.testing.assert_allclose(by_scale, -x * density, rtol=2e-5, atol=smallest)
        if abs(x) < 1e19:
            np.testing.assert_allclose(value, law.cdf(x), rtol=2e-5)


def far_student_density(df, x):
    """The leading term, for x^2 much larger than df."""
    if df > 1e6 or np.isinf(x):
        return 0.
    log_height = (special.gammaln(0.5 * (df + 1.)) - special.gammaln(0.5 * df) -
                  0.5 * np.log(df * np.pi) + 0.5 * (df + 1.) * np.log(df))
    return np.exp(log_height - (df + 1.) * np.log(abs(x)))


@pytest.mark.parametrize("df", [1., 30., 1e4, 1e7, 1e8, 3e9, 1e12])
@eagerly
def test_student_cdf_approaches_the_normal_one_as_its_series(df):
    """Abramowitz and Stegun, 26.7.10: its term of order 2, by df."""
    mp = pytest.importorskip("mpmath")
    with mp.workdps(60):
        def cdf(df, z):
            integral = mp.quad(lambda u: (1 + u * u / df) ** (-(df + 1) / 2), [0, z])
            return mp.mpf(1) / 2 + integral / mp.sqrt(df) / mp.beta(df / 2, 0.5)

        for z in 0.5, -1., 3.:
            want = mp.diff(lambda df, z=z: cdf(df, mp.mpf(z)), mp.mpf(df), h=df * 1e-15)
            _, (got, *_) = slopes_of(ds.StudentT, [df, 0., 1.], z)
            np.testing.assert_allclose(got, float(want), rtol=5e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1e3, 1e5, 1e6, 1e8])
@eagerly
def test_cdfs_of_large_shapes_match_scipy(size, dtype):
    n = int(size)
    for make, parameters, law in [
            (ds.Gamma, [size, 2.], stats.gamma(size, scale=0.5)),
            (ds.InverseGamma, [size, size], stats.invgamma(size, scale=size)),
            (ds.Beta, [size, size], stats.beta(size, size)),
            (ds.Beta, [size, 2.], stats.beta(size, 2.)),
            (lambda rate: ds.Poisson(rate, dtype=tf.float64), [size],
             stats.poisson(size)),
            (lambda logits: ds.Binomial(logits, n, dtype=tf.float64), [0.],
             stats.binom(n, 0.5)),
            (lambda r, logits: ds.NegativeBinomial(r, logits, dtype=tf.float64),
             [size, 0.], stats.nbinom(size, 0.5))]:
        parameters = [np.asarray(p, dtype) for p in parameters]
        x = np.asarray(law.ppf([0.01, 0.5, 0.97]), dtype)
        dist = make(*parameters)
        got = dist.cdf(x.astype(dist.dtype.as_numpy_dtype)).numpy()
        np.testing.assert_allclose(got, law.cdf(x.astype("float64")), rtol=2e-5)


@pytest.mark.parametrize("make, parameters, ends", [
    (ds.Normal, {"mean": 0., "std": 1e-30}, [-np.inf, -1e30, 1e20, np.inf]),
    (ds.FoldNormal, {"mean": 0., "std": 1.}, [-1., 0., 1e30, np.inf]),
    (ds.Laplace, {"loc": 0., "scale": 1.}, [-np.inf, -1e30, 0., 1e30, np.inf]),
    (ds.Logistic, {"loc": 0., "scale": 1.}, [-np.inf, -1e30, 0., 1e30, np.inf]),
    (ds.Gumbel, {"loc": 0., "scale": 1.}, [-np.inf, -1e30, -200., 1e30, np.inf]),
    (ds.Cauchy, {"loc": 0., "scale": 1.}, [-np.inf, -1e30, 0., 1e30, np.inf]),
    (ds.LogNormal, {"loc": 0., "scale": 1.}, [-1., 0., 1e-37, 1e30, np.inf]),
    (ds.HalfNormal, {"scale": 1e-30}, [-1., 0., 1e30, np.inf]),
    (ds.HalfCauchy, {"scale": 1e-30}, [-1., 0., 1e30, np.inf]),
    (ds.Exponential, {"rate": 1.}, [-1., 0., 1e30, np.inf]),
    (ds.Gamma, {"alpha": 0.3, "beta": 2.}, [-1., 1e30, np.inf]),
    (ds.Gamma, {"alpha": 1., "beta": 2.}, [-1., 0., 1e30, np.inf]),
    (ds.InverseGamma, {"alpha": 1., "beta": 2.}, [-1., 0., 1e-30, 1e30, np.inf]),
    (ds.Beta, {"alpha": 1., "beta": 1.}, [-1., 0., 1., 2.]),
    (ds.Beta, {"alpha": 1e-20, "beta": 1e-20}, [-1., 0.5, 2.]),
    (ds.TruncatedNormal, {"loc": 0., "scale": 1., "low": 50., "high": 51.},
     [0., 50., 51., 60.]),
    (ds.HalfStudentT, {"df": 3., "scale": 2.}, [-1., 0., 1e30, np.inf]),
    (ds.Weibull, {"concentration": 1., "scale": 2.}, [-1., 0., 1e30, np.inf]),
    (ds.Pareto, {"concentration": 1.5, "scale": 2.}, [-1., 2., 1e30, np.inf]),
    (ds.AsymmetricLaplace, {"loc": 0., "scale": 1., "asymmetry": 2.},
     [-np.inf, -1e30, 0., 1e30, np.inf]),
    (ds.LogitNormal, {"loc": 0., "scale": 1.}, [-1., 0., 1e-37, 1., 2.]),
    (ds.Kumaraswamy, {"a": 1., "b": 1.}, [-1., 0., 1., 2.])],
    ids=lambda x: getattr(x, "__name__", None))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@eagerly
def test_cdf_slopes_are_finite_at_the_ends(make, parameters, ends, dtype):
    names = list(parameters)
    for x in ends:
        value, slopes = slopes_of(lambda *values: make(**dict(zip(names, values))),
                                  parameters.values(), x, dtype)
        assert 0. <= value <= 1.
        assert np.isfinite(slopes).all(), (x, slopes)


@eagerly
def test_slopes_at_a_kink_match_the_closed_form():
    for make in ds.Laplace, ds.Cauchy, ds.StudentT:
        parameters = [3., 0., 2.] if make is ds.StudentT else [0., 2.]
        _, slopes = slopes_of(make, parameters, 0.)
        density = make(*np.float64(parameters)).prob(np.float64(0.)).numpy()
        np.testing.assert_allclose(slopes[-3:], [-density, 0., density], rtol=1e-12)
    _, slopes = slopes_of(ds.Laplace, [0., 2.], 0.5, name="quantile")
    np.testing.assert_allclose(slopes, [1., 0., 4.])
    rate = tf.constant(0., DTYPE)
    with tf.GradientTape() as tape:
        tape.watch(rate)
        value = ds.Poisson(rate).cdf(0)
    assert tape.gradient(value, rate).numpy() == -1.


@eagerly
def test_cdf_of_an_impossible_parameter_is_nan():
    for make, parameters in [(ds.StudentT, [-1.]), (ds.Gamma, [-1., 1.]),
                             (ds.Beta, [1., -2.]), (ds.Gamma, [np.nan, 1.])]:
        assert np.isnan(make(*np.float64(parameters)).cdf(np.float64(0.5)).numpy())


@eagerly
def test_second_derivatives_of_the_cdf_match_differences():
    for make, law, parameters, x in [
            (ds.Beta, stats.beta, [2., 3.], 0.3), (ds.StudentT, stats.t, [3.], -0.7),
            (ds.Gamma, lambda a, b: stats.gamma(a, scale=1. / b), [2., 3.], 0.5)]:
        sources = [tf.constant(y, DTYPE) for y in parameters]
        with tf.GradientTape() as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                value = make(*sources).cdf(tf.constant(x, DTYPE))
            slope = inner.gradient(value, sources[0])
        h = 1e-3
        want = np.dot([law(parameters[0] + i * h, *parameters[1:]).cdf(x)
                       for i in (-2, -1, 0, 1, 2)],
                      [-1. / 12., 4. / 3., -2.5, 4. / 3., -1. / 12.]) / h ** 2
        np.testing.assert_allclose(outer.gradient(slope, sources[0]).numpy(), want,
                                   rtol=1e-6)
