"""Every distribution under odd shapes, dtypes and extreme parameters.

The answer is a clear error or a correct number: no nan where the reference has none.
Parameters are those of the table, times powers of ten, so they stay valid (a few
pairs do not, such as the ends of a Uniform, and are refused).
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

# No search for simpler failures: scipy is slow where parameters are extreme.
few = settings(max_examples=10, phases=[Phase.generate])


@st.composite
def extreme_sets(draw, case, dtype):
    """A parameter set of the row, each parameter scaled by its own power of ten."""
    one = dict(draw(st.sampled_from(case.rounded_sets(dtype))))
    for name in one:
        most = 3 if name in case.shared else DECADES[dtype]
        decades = draw(st.one_of(st.just(0), st.integers(-3, 3),
                                 st.integers(-most, most)))
        with np.errstate(over="ignore"):
            scaled = (one[name] * 10. ** decades).astype(dtype).astype("float64")
        assume(np.array_equal(np.isfinite(scaled), np.isfinite(one[name])))
        assume(np.array_equal(scaled == 0., one[name] == 0.))
        one[name] = scaled
    return one


@every_case
@few
@given(data=st.data())
@eagerly
def test_a_clear_error_or_a_correct_number(case, data):
    dtype = data.draw(st.sampled_from(list(case.dtypes)))
    one = data.draw(extreme_sets(case, dtype))
    batch = tuple(data.draw(st.lists(st.integers(0, 3), max_size=3)))
    points = some_points(case, one, dtype)
    assume(len(points))
    points = np.unique(points, axis=0)
    parameters = {name: np.broadcast_to(value, (() if name in case.shared else batch) +
                                        np.shape(value)).astype(dtype)
                  for name, value in one.items()}
    value = points.shape[1:]
    x = points.reshape(points.shape[:1] + (1,) * len(batch) + value)
    x = np.broadcast_to(x, points.shape[:1] + batch + value)
    try:
        dist = case.make(parameters, **case.kwargs_for(dtype))
        log_prob = dist.log_prob(x.astype(case.sample_dtype(dtype))).numpy()
        assert log_prob.shape == points.shape[:1] + batch
        check_numbers(case, one, points, log_prob, dtype)
        if case.is_sampled:
            samples = dist.sample(data.draw(st.integers(0, 3)))
            assert samples.shape[1:].as_list() == list(batch + value)
            assert not np.isnan(samples.numpy().astype("float64")).any()
    except CLEAR as error:
        assert str(error)


def some_points(case, one, dtype):
    """Points of the grid that exist; references may give up on extreme parameters."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of scipy, from its C++
        points = case.inside_points(one, dtype)
    axes = tuple(range(1, points.ndim))
    return points[np.all(np.isfinite(points), axis=axes)]


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
        if np.isfinite(right) and abs(right) + term < 1e-3 / eps:
            error = max(1e-3, 8. * eps) * (abs(right) + 1.) + 64. * eps * term
            far = np.abs(log_prob.astype("float64") - right) > error
            assert not far.any(), (x, log_prob, right)
