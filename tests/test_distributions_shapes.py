"""Every distribution keeps the shape law, for static and dynamic shapes."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_case, every_form

import zhusuan as zs

DTYPE = "float32"
BATCH = [3, 2]

# XLA compiles shapes away; the other tests cover it.
every_way = pytest.mark.parametrize("mode, dynamic_shapes", [
    ("graph", False), ("graph", "rank"), ("function", True), ("eager", False)])


def broadcasting(case):
    """The first parameter set: one parameter ``[3, 1] + E``, the others ``[2] + E``."""
    one = case.rounded_sets(DTYPE)[0]
    batched = [name for name in one if name not in case.shared]
    shapes = {name: [2] for name in batched}
    shapes[batched[0]] = [3, 1] if len(batched) > 1 else BATCH
    return {name: np.broadcast_to(value, shapes.get(name, []) + list(np.shape(value)))
            .astype(DTYPE) for name, value in one.items()}


def two_points(case):
    """Two ordinary points, as values and in float64."""
    one = case.rounded_sets(DTYPE)[0]
    points = case.inside_points(one, DTYPE)
    ordinary = np.argsort(-np.nan_to_num(case.log_density(points, one), posinf=-1e9))
    points = points[ordinary[:2]] if len(points) > 1 else points[[0, 0]]
    return points.astype(case.sample_dtype(DTYPE)), case.log_density(points, one)


@every_way
@every_form
def test_shapes_follow_the_shape_law(case, mode, dynamic_shapes):
    parameters, (points, want) = broadcasting(case), two_points(case)
    value = list(points.shape[1:])
    # A value, [4] + a value, and a single number or vector for the whole batch.
    given = [points, np.broadcast_to(points, [4, 3, 2] + value), points[0]]

    dtype = case.kwargs_for(DTYPE)

    def compute(*arrays):
        xs, values = arrays[:3], arrays[3:]

        def dist(**kwargs):
            return case.make(dict(zip(parameters, values)), **kwargs, **dtype)

        plain = dist()
        found = {"shapes": [plain.batch_shape, plain.value_shape],
                 "log_prob": [plain.log_prob(x) for x in xs],
                 "prob": plain.prob(xs[0]),
                 "grouped": [dist(group_ndims=1).log_prob(xs[0]),
                             dist(group_ndims=np.int64(2)).log_prob(xs[1]),
                             dist(group_ndims=tf.constant(1)).log_prob(xs[1])],
                 "group_prob": dist(group_ndims=2).prob(xs[0])}
        static = [plain.get_batch_shape()]
        if case.is_sampled:
            counts = [None, 4, np.int64(4), tf.constant(4)]
            found["samples"] = [plain.sample(n) for n in counts]
            static += [s.shape[s.shape.rank - 2 - len(value):][:2]
                       if s.shape.rank is not None else s.shape
                       for s in found["samples"]]
        assert plain.get_value_shape().is_compatible_with(value)
        for shape in static:
            assert shape.is_compatible_with(BATCH)
            assert dynamic_shapes or shape.as_list() == BATCH
        return found

    found = modes.run(mode, compute, *given, *parameters.values(),
                      dynamic_shapes=dynamic_shapes)
    assert [list(s) for s in found["shapes"]] == [BATCH, value]
    assert all(s.dtype == "int32" for s in found["shapes"])
    near = {"rtol": 1e-4, "atol": 1e-4}
    for got, shape in zip(found["log_prob"], [[3, 2], [4, 3, 2], [3, 2]]):
        wanted = want[0] if got is found["log_prob"][2] else want
        np.testing.assert_allclose(got, np.broadcast_to(wanted, shape), **near)
    np.testing.assert_allclose(found["prob"], np.exp([want] * 3), **near)
    total = np.sum(want)
    for got, wanted in zip(found["grouped"],
                           [[total] * 3, [3. * total] * 4, [[total] * 3] * 4]):
        np.testing.assert_allclose(got, wanted, **near)
    np.testing.assert_allclose(found["group_prob"], np.exp(3. * total), rtol=1e-3)
    for got, extra in zip(found.get("samples", []), [[], [4], [4], [4]]):
        assert list(got.shape) == extra + BATCH + value
        # Not one draw that is repeated over the batch.
        assert case.is_discrete or len(np.unique(got)) >= 6


@every_case
@eagerly
def test_all_sample_dtypes_give_the_same_log_prob(case):
    if not case.is_discrete:
        pytest.skip("samples have the dtype of the parameters")
    parameters, (points, want) = broadcasting(case), two_points(case)
    for dtype in case.sample_dtypes:
        dist = case.make(parameters, dtype=tf.as_dtype(dtype))
        log_prob = dist.log_prob(points.astype(dtype))
        assert log_prob.dtype == DTYPE
        np.testing.assert_allclose(log_prob, [want] * 3, rtol=1e-4, atol=1e-4)
        if case.is_sampled:
            samples = dist.sample(5)
            assert samples.dtype == dtype
            assert np.all(np.isfinite(dist.log_prob(samples)))


@every_case
@eagerly
def test_numbers_without_a_tensorflow_dtype_adapt(case):
    """Python numbers, NumPy's and Tensors mix, in every position."""
    one = case.rounded_sets("float64")[0]
    points, want = two_points(case)
    forms = [lambda v: v.tolist(), lambda v: np.asarray(v, "float64")[()],
             lambda v: tf.constant(v, "float32")]
    for firm in one:
        for other in forms[:2]:
            values = {n: forms[2](v) if n == firm else other(v)
                      for n, v in one.items()}
            check_dtype(case.make(values), "float32", case, points, want)
    literals = case.make({n: v.tolist() for n, v in one.items()})
    check_dtype(literals, "float32", case, points, want)
    arrays = case.make({n: np.asarray(v) for n, v in one.items()})
    check_dtype(arrays, "float64", case, points, want)


def check_dtype(dist, param_dtype, case, points, want):
    assert dist.param_dtype == param_dtype
    assert case.is_discrete or dist.dtype == param_dtype
    got = dist.log_prob(points.tolist())
    assert got.dtype == param_dtype
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@every_case
def test_samples_are_a_function_of_the_seed(case):
    if not case.is_sampled or "xla" not in case.sampled_in:
        pytest.skip("TensorFlow has no stateless sampler for it everywhere")
    parameters = broadcasting(case)

    def compute(seed, *values):
        with zs.seeded(seed):
            return case.make(dict(zip(parameters, values))).sample(6)

    def draw(mode, seed):
        return modes.run(mode, compute, np.int32(seed), *parameters.values())

    first = draw("graph", 3)
    np.testing.assert_array_equal(first, draw("eager", 3))
    np.testing.assert_array_equal(first, draw("function", 3))
    assert np.any(first != draw("eager", 4))
