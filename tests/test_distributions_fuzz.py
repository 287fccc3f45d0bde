"""Every distribution under odd shapes, dtypes and extreme parameters and values.

The answer is a clear error or a correct number: no nan where the reference has none,
nor a slope of nan. Parameters are those of the table, times powers of ten, or the
numbers at which formulas break: 0, 1, the least, the largest and infinite ones. A few
sets are not valid, such as the ends of a Uniform, and raise errors. Values come in
every integer dtype, and in shapes that do not fit.
"""
import warnings

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case, every_form
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

CLEAR = (ValueError, TypeError, tf.errors.InvalidArgumentError)

# The largest power of ten by which a parameter is moved; temperatures move by 3.
DECADES = {"float16": 3, "float32": 30, "float64": 250}

# Parameters that may be negative; and those at whose infinity the density has a limit.
REAL = {"mean", "loc", "logits", "logstd", "minval", "maxval", "low", "high", "eta",
        "gate_logits", "cutpoints"}
HAVE_LIMITS = REAL | {"std", "scale", "df"}
MAY_BE_0 = REAL | {"rate", "concentration"}

ALL_INTEGERS = ["int8", "int16", "int32", "int64",
                "uint8", "uint16", "uint32", "uint64"]

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


@every_form
@few
@given(data=st.data())
@eagerly
def test_integers_of_any_dtype_raise_or_match(case, data):
    """A value that the dtype of samples lacks raises; else the number is right."""
    one = case.rounded_sets("float32")[0]
    parameters = {name: np.asarray(value, "float32") for name, value in one.items()}
    dist = case.make(parameters, **case.kwargs_for("float32"))
    info = np.iinfo(data.draw(st.sampled_from(ALL_INTEGERS)))
    inside = case.inside_points(one, "float32")
    numbers = st.sampled_from(
        [0, 1, 7, info.max, info.min, 2 ** 15, 2 ** 24 + 1, 2 ** 32 + 1])
    size = int(np.prod(inside.shape[1:]))
    drawn = np.array(data.draw(st.lists(
        numbers.filter(lambda n: info.min <= n <= info.max), min_size=size,
        max_size=size)), info.dtype).reshape(inside.shape[1:])
    own = dist.dtype.as_numpy_dtype
    held = [not case.is_discrete or
            np.iinfo(own).min <= int(n) <= np.iinfo(own).max for n in drawn.ravel()]
    if not all(held):
        with pytest.raises(TypeError, match=dist.dtype.name):
            dist.log_prob(drawn)
        return
    value = drawn.astype(own)
    got = dist.log_prob(drawn).numpy()
    np.testing.assert_array_equal(got, dist.log_prob(tf.constant(value)))
    # Other references hold inside of the support only.
    is_inside = (inside == value).reshape([len(inside), -1]).all(axis=1).any()
    if case.log_prob is None or is_inside:
        check_numbers(case, one, value[np.newaxis].astype("float64"),
                      got[np.newaxis], "float32")


@every_form
@few
@given(data=st.data())
@eagerly
def test_shapes_broadcast_warn_or_raise(case, data):
    """The shape law of NumPy; a warning of [N, 1] against [N]; else an error."""
    lengths = st.lists(st.sampled_from([1, 2, 3]), max_size=3)
    batch, outer = tuple(data.draw(lengths)), tuple(data.draw(lengths))
    group_ndims = data.draw(st.integers(0, 3))
    one = case.rounded_sets("float32")[0]
    parameters = {name: np.broadcast_to(value, (() if name in case.shared else batch) +
                                        np.shape(value)).astype("float32")
                  for name, value in one.items()}
    point = case.inside_points(one, "float32")[0]
    x = np.broadcast_to(point, outer + point.shape).astype(
        case.sample_dtype("float32"))
    dist = case.make(parameters, group_ndims=group_ndims, **case.kwargs_for("float32"))
    try:
        whole = (np.zeros(batch) + np.zeros(outer)).shape
    except ValueError:
        whole = None
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        if whole is None or group_ndims > len(batch):
            with pytest.raises(ValueError, match="broadcast|group_ndims"):
                dist.log_prob(x)
            return
        shape = tuple(dist.log_prob(x).shape)
    assert shape == whole[:len(whole) - group_ndims]
    assert bool(found) == (is_forgotten_squeeze(batch, outer) or
                           is_forgotten_squeeze(outer, batch))


def is_forgotten_squeeze(longer, shorter):
    """Whether [..., n, 1, ...] meets [n, ...] with n > 1 as the first axis."""
    at = len(longer) - len(shorter)
    return at > 0 and len(shorter) > 0 and shorter[0] > 1 and (
        longer[at - 1:at + 1] == (shorter[0], 1))


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
