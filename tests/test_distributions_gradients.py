"""Gradients of every distribution: of densities, and through samples."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case

import zhusuan as zs

DTYPE = "float64"
N = 20000
SIGMAS = 5.5  # a chance of 4e-8 for each of fewer than 1,000 statistics


# -- Finite differences of the reference, float64 --

def derivative(function, size):
    """The derivative of ``function(step)`` at 0 and a bound on its rounding error.

    The central difference of fourth order, with steps of the array `size`.
    """
    with np.errstate(all="ignore"):
        near = function(size) - function(-size)
        far = function(2. * size) - function(-2. * size)
        return (8. * near - far) / (12. * size), 1e-15 / size


def by_parameter(case, one, name, points):
    """d log_density / d parameter, with shape ``[N] + event``, and its error."""
    value = np.asarray(one[name])
    flat = []
    for place in np.ndindex(value.shape or (1,)):
        unit = np.zeros(value.shape or (1,))
        unit[place] = 1.
        unit = unit.reshape(value.shape)
        size = 1e-3 * max(0.1, abs(float(np.sum(unit * value))))
        flat.append(derivative(lambda step, unit=unit: case.log_density(
            points, {**one, name: value + step * unit}), size))
    shape = (len(points),) + value.shape
    return (np.stack([f[0] for f in flat], axis=1).reshape(shape),
            max(f[1] for f in flat))


def by_given(case, one, points, directions):
    size = 1e-3 * np.ones(len(points))
    if not case.value_ndims:
        ends = np.asarray(case.truth(one).support())
        room = np.min(np.abs(points[:, None] - ends), axis=1)
        size = 1e-4 * np.minimum(1., room)
    axes = (-1,) + (1,) * case.value_ndims
    return derivative(lambda step: case.log_density(
        points + step.reshape(axes) * directions, one), size)


def directions(case, points):
    """Where to move each point within the support; by default, to the next point."""
    if case.value_ndims == 0:
        return np.ones_like(points)
    along = (np.roll(points, 1, axis=0) - points if case.tangents is None else
             case.tangents(points))
    return along / max(1., np.max(np.abs(along)))


def smooth_points(case, one):
    """Points at which all finite differences exist."""
    points = case.inside_points(one, DTYPE)
    terms = [case.log_density(points, one)]
    terms += [by_parameter(case, one, n, points)[0] for n in checked(case)]
    if not case.is_discrete:
        terms.append(by_given(case, one, points, directions(case, points))[0])
    smooth = [np.isfinite(t).reshape(len(points), -1).all(axis=1) for t in terms]
    return points[np.all(smooth, axis=0)]


def checked(case):
    return [n for n in case.parameter_names if n not in case.non_differentiable]


# -- The same by ZhuSuan --

def gradients(case, mode, parameters, points):
    """Of log_prob, log_prob with path derivative, and samples, in one program."""
    names = list(parameters)
    can_switch = "is_reparameterized" in case.accepts

    def compute(points, *values):
        def dist(**kwargs):
            return case.make(dict(zip(names, values)), **case.kwargs_for(DTYPE),
                             **kwargs)

        def differentiate(function, *others):
            with tf.GradientTape() as tape:
                tape.watch(values + others)
                result = function()
            return dict(zip(names + ["given"], tape.gradient(
                result, values + others,
                unconnected_gradients=tf.UnconnectedGradients.ZERO)))

        given = () if case.is_discrete else (points,)
        found = {"log_prob": differentiate(
            lambda: dist().log_prob(points), *given)}
        if "use_path_derivative" in case.accepts:
            found["path"] = differentiate(
                lambda: dist(use_path_derivative=True).log_prob(points), *given)
        if not case.is_sampled or mode not in case.sampled_in:
            return found
        if can_switch:
            found["stopped"] = differentiate(
                lambda: dist(is_reparameterized=False).sample(7))
            found["reparameterized"] = differentiate(
                lambda: dist(is_reparameterized=True).sample(7))
        else:
            found["stopped"] = differentiate(
                lambda: tf.cast(dist().sample(7), DTYPE))
        return found

    return modes.run(mode, compute, points, *parameters.values())


@every_case
def test_gradients_match_differences(case, mode):
    sets = case.rounded_sets(DTYPE)[:2]
    columns = [smooth_points(case, one) for one in sets]
    length = max(len(c) for c in columns)
    columns = [c[np.minimum(np.arange(length), len(c) - 1)] for c in columns]
    points = np.stack(columns, axis=1).astype(case.sample_dtype(DTYPE))
    parameters = {
        name: sets[0][name] if name in case.shared else
        np.stack([np.broadcast_to(one[name], (length,) + np.shape(one[name]))
                  for one in sets], axis=1)
        for name in case.parameter_names}
    found = gradients(case, mode, parameters, points)
    for p, one in enumerate(sets):
        for name in set(checked(case)) - set(case.shared):
            want, error = by_parameter(case, one, name, columns[p])
            compare(case, one, name, columns[p], found["log_prob"][name][:, p],
                    want, error)
        if not case.is_discrete:
            along = directions(case, columns[p])
            want, error = by_given(case, one, columns[p], along)
            got = (found["log_prob"]["given"][:, p] * along).reshape(length, -1)
            compare(case, one, "given", columns[p], got.sum(axis=1), want, error)
    for name in set(checked(case)) & set(case.shared):
        parts = [by_parameter(case, one, name, c) for one, c in zip(sets, columns)]
        compare_sum(case, name, found["log_prob"][name], parts)
    check_flow(case, found)


def compare(case, one, name, points, got, want, error):
    size = np.abs(case.log_density(points, one)) + case.largest_term(points, one)
    error = (100. * error * size).reshape((-1,) + (1,) * (want.ndim - 1))
    right = np.abs(got - want) <= 1e-6 * np.abs(want) + error
    assert right.all(), "d log_prob / d {} of {} {}: got {}, not {}, at {}".format(
        name, case, one, got[~right][:3], want[~right][:3],
        points[~right.reshape(len(points), -1).all(axis=1)][:3])


def compare_sum(case, name, got, parts):
    want = sum(np.sum(value) for value, _ in parts)
    scale = sum(np.sum(np.abs(value)) for value, _ in parts)
    assert abs(got - want) <= 1e-7 * scale, "d sum(log_prob) / d {} of {}".format(
        name, case)


def check_flow(case, found):
    """Gradients flow where they should, and nowhere else."""
    for kind in "path", "stopped":
        for name, gradient in found.get(kind, {}).items():
            if name != "given" or kind == "stopped":
                assert not np.any(gradient), (kind, name)
    if "path" in found:
        # Equal, except for the order in which equal terms are added.
        np.testing.assert_allclose(found["path"]["given"], found["log_prob"]["given"],
                                   rtol=1e-15)
    for name, gradient in found.get("reparameterized", {}).items():
        assert np.all(np.isfinite(gradient)), name
        assert np.any(gradient), "no gradient from samples to " + name


# -- Through samples: right on average --

@every_case
@eagerly
def test_gradients_through_samples_match_score_function_or_cdf(case):
    """Two estimators of d E[f(x)] / d parameter agree: pathwise and score function.

    Where the support moves with the parameters, the score function has a bias. Those
    rows say pathwise="cdf": then dx / dp = -(dF / dp) / density, for every sample.
    """
    if "is_reparameterized" not in case.accepts:
        pytest.skip("is not reparameterized")
    sets = case.rounded_sets(DTYPE)[:2]
    names = case.parameter_names
    for one in sets:
        values = [tf.constant(one[n] if n in case.shared else np.broadcast_to(
            one[n], (N,) + np.shape(one[n])), DTYPE) for n in names]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(values)
            dist = case.make(dict(zip(names, values)), is_reparameterized=True)
            with seeded():
                x = dist.sample() if set(names) - set(case.shared) else dist.sample(N)
            f = bounded(x, case.value_ndims)
            log_prob = dist.log_prob(tf.stop_gradient(x))
            score = tf.stop_gradient(f - tf.reduce_mean(f)) * log_prob
        for name, value in zip(names, values):
            if name in case.shared:
                continue
            if case.pathwise == "cdf":
                check_by_cdf(case, one, name, x.numpy(), tape.gradient(x, value))
            else:
                check_mean(case, name, (tape.gradient(f, value) -
                                        tape.gradient(score, value)).numpy())


def seeded():
    """Repeatable draws; TensorFlow 1 does without for what it cannot seed."""
    tf.random.set_seed(5)
    return zs.seeded(5)


def bounded(x, value_ndims):
    """A function of samples whose moments exist, whatever their tails."""
    axes = list(range(-value_ndims, 0))
    weights = 1. + np.arange(int(np.prod(x.shape[x.shape.rank - value_ndims:])))
    weights = weights.reshape(x.shape[x.shape.rank - value_ndims:])
    return tf.reduce_sum(weights * x / (1. + x ** 2), axis=axes)


def check_mean(case, name, difference):
    difference = difference.reshape(N, -1)
    error = np.std(difference, axis=0) / np.sqrt(N)
    far = np.abs(np.mean(difference, axis=0)) > SIGMAS * error + 1e-12
    assert not far.any(), "the gradient from samples of {} to {}".format(case, name)


def check_by_cdf(case, one, name, x, got):
    def cdf(step):
        return case.truth({**one, name: one[name] + step}).cdf(x)

    ends = np.asarray(case.truth(one).support())
    inner = np.min(np.abs(x[:, None] - ends), axis=1) > 1e-3
    assert inner.any()
    slope, _ = derivative(cdf, 1e-4)
    want = -slope / np.exp(case.log_density(x, one))
    np.testing.assert_allclose(got[inner], want[inner], rtol=1e-6, atol=1e-8)
