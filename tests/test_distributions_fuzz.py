"""Every distribution under odd shapes, dtypes and extreme parameters and values.

The answer is a clear error or a correct number: no nan where the reference has none,
nor a slope of nan. Parameters are those of the table, times powers of ten, or the
numbers at which formulas break: 0, 1, the least, the largest and infinite ones. A few
sets are not valid, such as the ends of a Uniform, and raise errors.
"""
import warnings

import numpy as np
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

CLEAR = (ValueError, TypeError, tf.errors.InvalidArgumentError)

# The largest power of ten by which a parameter is moved; temperatures move by 3.
DECADES = {"float16": 3, "float32": 30, "float64": 250}

# Parameters that may be negative; and those at whose infinity the density has a limit.
REAL = {"mean", "loc", "logits", "logstd", "minval", "maxval", "low", "high"}
HAVE_LIMITS = REAL | {"std", "scale", "df"}
MAY_BE_0 = REAL | {"rate", "concentration"}

# No search for simpler failures: scipy is slow where parameters are extreme.
few = settings(max_examples=10, phases=[Phase.generate])


@st.composite
def extreme_sets(draw, case, dtype):
    """A parameter set of the row, each parameter scaled by its own power of ten.

    Or with numbers at the edge of what it may be. And points for it: those
    of the set without edges, for which quantiles of SciPy are slow or wrong.
    """
    one = dict(draw(st.sampled_from(case.rounded_sets(dtype))))
    edges = {}
    for name in one:
        if name not in case.shared and draw(st.integers(0, 3)) == 0:
            edges[name] = draw(with_edge(name, one[name], dtype))
            continue
        most = 3 if name in case.shared else DECADES[dtype]
        decades = draw(st.one_of(st.just(0), st.integers(-3, 3),
                                 st.integers(-most, most)))
        with np.errstate(over="ignore"):
            scaled = (one[name] * 10. ** decades).astype(dtype).astype("float64")
        assume(np.array_equal(np.isfinite(scaled), np.isfinite(one[name])))
        assume(np.array_equal(scaled == 0., one[name] == 0.))
        one[name] = scaled
    return {**one, **edges}, some_points(case, one, dtype)


@st.composite
def with_edge(draw, name, value, dtype):
    """A parameter with one or all of its numbers at the edge of what it may be."""
    info = np.finfo(dtype)
    edges = [1., 8. * float(info.tiny), float(info.max) / 8.]
    edges += [np.inf] * (name in HAVE_LIMITS and np.ndim(value) == 0)
    edges += [-edge for edge in edges] * (name in REAL) + [0.] * (name in MAY_BE_0)
    edge, value = draw(st.sampled_from(edges)), np.array(value)
    if value.ndim == 0 or draw(st.booleans()):
        return np.full_like(value, edge)
    index = tuple(draw(st.integers(0, n - 1)) for n in value.shape)
    value[index] = -np.inf if name == "logits" and draw(st.booleans()) else edge
    return value


@every_case
@few
@given(data=st.data())
@eagerly
def test_a_clear_error_or_a_correct_number(case, data):
    dtype = data.draw(st.sampled_from(list(case.dtypes)))
    one, points = data.draw(extreme_sets(case, dtype))
    batch = tuple(data.draw(st.lists(st.integers(0, 3), max_size=3)))
    infinite = {name for name in one if np.isinf(one[name]).any()} - {"low", "high"}
    if infinite and not points.shape[1:]:
        points = points[np.isfinite(points)]
    assume(len(points))
    points = np.unique(points, axis=0)
    parameters = {name: np.broadcast_to(value, (() if name in case.shared else batch) +
                                        np.shape(value)).astype(dtype)
                  for name, value in one.items()}
    value = points.shape[1:]
    x = points.reshape(points.shape[:1] + (1,) * len(batch) + value)
    x = np.broadcast_to(x, points.shape[:1] + batch + value)
    try:
        dist, log_prob, slopes = computed(case, parameters, x, dtype)
        assert log_prob.shape == points.shape[:1] + batch
        check_numbers(case, one, points, log_prob, dtype)
        check_slopes(case, one, points, slopes, dtype)
        if case.is_sampled and infinite <= {"logits", "df"}:
            samples = dist.sample(data.draw(st.integers(0, 3)))
            assert samples.shape[1:].as_list() == list(batch + value)
            assert not np.isnan(samples.numpy().astype("float64")).any()
    except CLEAR as error:
        assert str(error)


def computed(case, parameters, x, dtype):
    """The distribution, its log density, and the sum of its slopes by each argument."""
    values = {name: tf.constant(value) for name, value in parameters.items()}
    x = tf.constant(x.astype(case.sample_dtype(dtype)))
    sources = dict(values) if case.is_discrete else {"given": x, **values}
    with tf.GradientTape() as tape:
        tape.watch(list(sources.values()))
        dist = case.make(values, **case.kwargs_for(dtype))
        log_prob = dist.log_prob(x)
    slopes = tape.gradient(log_prob, sources)
    return dist, log_prob.numpy(), {
        name: slope.numpy() for name, slope in slopes.items() if slope is not None}


def some_points(case, one, dtype):
    """Points of the grid that exist; references may give up on extreme parameters."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of scipy, from its C++
        points = case.inside_points(one, dtype)
    axes = tuple(range(1, points.ndim))
    points = points[np.all(np.isfinite(points), axis=axes)]
    if case.value_ndims or case.is_discrete:
        return points
    info = np.finfo(dtype)
    edges = [1., 1e4, float(info.max) / 8., np.inf]  # differences of them are finite
    return np.concatenate([points, [0., float(info.tiny)], edges, np.negative(edges)])


def check_numbers(case, one, points, got, dtype):
    """No nan; and the number to three digits where it and its terms have a size."""
    with np.errstate(all="ignore"):
        want = case.log_density(points, one)
        terms = case.largest_term(points, one)
    eps = np.finfo(dtype).eps
    for x, log_prob, right, term in zip(points, got, want, terms):
        if np.isnan(right):
            continue
        assert not np.isnan(log_prob).any(), (x, right)
        if np.isfinite(right) and max(abs(right), term) < 5e-4 / eps:
            error = max(1e-3, 8. * eps) * (abs(right) + 1.) + 64. * eps * term
            far = np.abs(log_prob.astype("float64") - right) > error
            assert not far.any(), (x, log_prob, right)


def check_slopes(case, one, points, slopes, dtype):
    """No nan where the log density is a number that fits."""
    with np.errstate(all="ignore"):
        want = case.log_density(points, one)
        is_ordinary = np.abs(want) < 1e-3 / np.finfo(dtype).eps
    for name, slope in slopes.items():
        if name == "given":
            slope = slope[is_ordinary]
        elif not is_ordinary.all():
            continue
        assert not np.isnan(slope).any(), "slope by {} of {} at {}".format(
            name, case, one)
