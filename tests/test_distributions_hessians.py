"""Second derivatives of every log density, against differences of its gradient.

Also at points where `abs`, `where` and custom gradients may hide curvature: the modes,
0 and 1 as values and as parameters, and the ends of the support. Gradients are those of
ZhuSuan in float64, which test_distributions_gradients.py compares with SciPy.
"""
import functools
from collections import namedtuple

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case
from test_distributions_gradients import smooth_points

DTYPES = ("float32", "float64")
RELATIVE = {"float32": 2e-3, "float64": 1e-6}
ROUNDING = {"float32": 1e-4, "float64": 1e-10}  # of the first derivatives

# Steps to both sides; the weights of differences of fourth and of second order.
SHIFTS = np.arange(-4., 5.)
FORWARD = np.array([0., 0., 0., 0., -25., 48., -36., 16., -3.]) / 12.
COARSE = np.array([0., 0., 0., 0., -3., 4., -1., 0., 0.]) / 2.
WEIGHTS = [  # central, forward, backward
    [np.array([0., 0., 1., -8., 0., 8., -1., 0., 0.]) / 12., FORWARD, -FORWARD[::-1]],
    [np.array([0., 0., 0., -1., 0., 1., 0., 0., 0.]) / 2., COARSE, -COARSE[::-1]]]

# Arguments by name, each [N] + event or 0-D, and the names of those to differentiate.
Place = namedtuple("Place", "arguments names")


# -- Where ----------------------------------------------------------------------------

def special_sets(case):
    """The ordinary sets, and those with one parameter at 0 or at 1."""
    ordinary = case.rounded_sets("float32")[:2]
    special = [{**ordinary[0], name: number + 0. * ordinary[0][name]}
               for name in case.parameters[0] for number in (0., 1.)]
    return ordinary + [one for one in special if has_density(case, one)]


def has_density(case, one):
    points = case.inside_points(case.rounded_sets("float32")[0], "float32")
    try:
        return np.isfinite(case.log_density(points, one)).any()
    except np.linalg.LinAlgError:
        return False


def special_points(case, one):
    """Smooth points, and for numbers the centres, 0, 1 and the ends of the support."""
    points = smooth_points(case, one)
    if case.is_discrete:
        return points
    if case.value_ndims:  # of which float32 holds the inverse square
        held = (points == 0.) | (np.abs(points) > 1e-15)
        return points[held.reshape(len(points), -1).all(axis=1)]
    with np.errstate(all="ignore"):
        ends = case.truth(one).support()
    centres = [np.ravel(one[n]) for n in ("mean", "loc", "low", "high") if n in one]
    points = np.concatenate([points, ends, [0., 1.], *centres])
    for end in 0., 1.:  # next to which float32 cancels or does not hold curvatures
        gap = np.abs(points - end)
        points = points[((gap >= 0.05) | (gap == 0.)) & (gap <= 1e4)]
    return points[np.isfinite(case.log_density(points, one))]


@functools.lru_cache(maxsize=None)
def places(case):
    """All points of all sets in one batch, of numbers that float32 holds as well."""
    columns = []
    for one in special_sets(case):
        points = special_points(case, one).astype("float32").astype("float64")
        columns.append((points, one))
    arguments = {
        name: columns[0][1][name] if name in case.shared else np.concatenate(
            [np.broadcast_to(one[name], (len(points),) + np.shape(one[name]))
             for points, one in columns])
        for name in case.parameter_names}
    arguments["given"] = np.concatenate([points for points, _ in columns])
    names = [n for n in arguments if n not in case.non_differentiable]
    return Place(arguments, [n for n in names
                             if n != "given" or not case.is_discrete])


def coordinates(case, place):
    """Pairs: an argument, and a direction for it, of the shape of one of its values."""
    for name in place.names:
        shape = () if name in case.shared else np.shape(place.arguments[name])[1:]
        for index in np.ndindex(shape):
            unit = np.zeros(shape)
            unit[index] = 1.
            yield name, unit


# -- Differences of gradients -------------------------------------------------------

def make_log_prob(case, dtype, names, values):
    arguments = dict(zip(names, values))
    given = arguments.pop("given")
    return case.make(arguments, **case.kwargs_for(dtype)).log_prob(given)


def tensors(case, place, dtype):
    return [np.asarray(value, case.sample_dtype(dtype) if name == "given" else dtype)
            for name, value in place.arguments.items()]


def gradients(case, place, name, step):
    """Those with `step` added to one argument, and where the log density is finite."""
    names = list(place.arguments)
    values = tensors(case, place, "float64")
    values[names.index(name)] = values[names.index(name)] + step
    values = [tf.constant(v) for v in values]
    sources = [v for n, v in zip(names, values) if n in place.names]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        log_prob = make_log_prob(case, "float64", names, values)
    found = tape.gradient(log_prob, sources,
                          unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [g.numpy() for g in found], np.isfinite(log_prob.numpy())


def step_size(case, place, name, unit):
    """One per point: relative to its distance from 0 and from 1."""
    value = np.abs(place.arguments[name])
    size = 1e-3 * np.minimum(0.1, np.minimum(
        np.where(value == 0., 1., value),
        np.where(value == 1., 1., np.abs(1. - value))))
    return np.sum(size * unit, axis=tuple(range(size.ndim - unit.ndim, size.ndim)))


@eagerly
def differences(case, place, name, unit):
    """A row of the Hessian: for each argument an array and a bound on its error."""
    size = step_size(case, place, name, unit)
    found = [gradients(case, place, name, shift * size.reshape(
        size.shape + (1,) * unit.ndim) * unit) for shift in SHIFTS]
    inside = np.stack([finite for _, finite in found])
    slope = found[4][0][place.names.index(name)] * unit
    slope = np.abs(slope.sum(axis=tuple(range(slope.ndim - unit.ndim, slope.ndim))))
    row = []
    for column, other in enumerate(place.names):
        along = np.stack([gradient[column] for gradient, _ in found])
        if other in case.shared:
            along = along if name in case.shared else np.nan * along
            row.append(difference(along, inside.all(axis=1), size, np.sum(slope)))
        else:
            row.append(difference(along, inside, size, slope))
    return row


def difference(along, inside, size, slope):
    """The derivative of `along`, [shifts] + [N] + event; nan where it has none.

    And a bound on its error, and the first derivatives that it is between.
    """
    def shaped(x):
        return x.reshape(x.shape + (1,) * (along.ndim - 1 - x.ndim))

    size = shaped(size)
    with np.errstate(all="ignore"):
        fine, coarse = [np.select(
            [shaped(inside.all(axis=0)), shaped(inside[4:].all(axis=0)),
             shaped(inside[:5].all(axis=0))],
            [np.tensordot(w, along, 1) for w in weights], np.nan) / size
            for weights in WEIGHTS]
        rounding = 1e-14 * np.max(np.abs(along), axis=0) / size
        gap = np.abs(fine - coarse)
        has_kink = gap > 0.05 * np.abs(fine) + rounding
    slopes = 1. + shaped(slope) + np.abs(along[4])
    return np.where(has_kink, np.nan, fine), 0.01 * gap + rounding, slopes


# -- The same by ZhuSuan ------------------------------------------------------------

def hessian_rows(case, mode, place, dtype, units):
    names = list(place.arguments)

    def compute(*values):
        sources = [v for n, v in zip(names, values) if n in place.names]
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                log_prob = make_log_prob(case, dtype, names, values)
            slopes = dict(zip(place.names, inner.gradient(log_prob, sources)))
            along = [tf.zeros([], dtype) if slopes[name] is None else
                     tf.reduce_sum(slopes[name] * tf.constant(unit, dtype))
                     for name, unit in units]
        return [outer.gradient(
            slope, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            for slope in along]

    return modes.run(mode, compute, *tensors(case, place, dtype))


@functools.lru_cache(maxsize=None)
def expected(case):
    place = places(case)
    units = list(coordinates(case, place))
    return place, units, [differences(case, place, *one) for one in units]


@pytest.mark.slow
@every_case
@pytest.mark.parametrize("mode", [
    "graph", "eager", "function", pytest.param("xla", marks=pytest.mark.slow)])
def test_second_derivatives_match_differences_of_gradients(case, mode):
    place, units, rows = expected(case)
    checked = np.concatenate([np.isfinite(want).ravel() for row in rows
                              for want, _, _ in row])
    assert np.mean(checked) > 0.5, "too few points with a second derivative"
    for dtype in DTYPES:
        found = hessian_rows(case, mode, place, dtype, units)
        for (name, unit), row, got in zip(units, rows, found):
            for other, want, g in zip(place.names, row, got):
                compare(case, place, dtype, (name, unit, other), g, *want)


def compare(case, place, dtype, which, got, want, error, slopes):
    with np.errstate(invalid="ignore"):
        error = error + RELATIVE[dtype] * np.abs(want) + ROUNDING[dtype] * slopes
        wrong = np.isfinite(want) & ~(np.abs(got - want) <= error)
    if wrong.any():
        at = np.argwhere(wrong)[0]
        arguments = {n: v if np.ndim(v) == 0 else v[at[0]] if len(at) else "..."
                     for n, v in place.arguments.items()}
        pytest.fail("d2 log_prob of %s by %s %s and %s, %s: %s, not %s, at %s" % (
            (case,) + which[:2] + (which[2], dtype, got[tuple(at)], want[tuple(at)],
                                   arguments)))
