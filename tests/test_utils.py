"""log_mean_exp against SciPy, and the small helpers of utils."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special

import zhusuan as zs
from zhusuan.utils import argument_names, nearest_name_hint

X = np.random.RandomState(0).uniform(-20.0, 20.0, [2, 3, 4]).astype("float32")
AXES = [None, 0, 2, -1, -3, [0], [-1, 0], [1, -1], (0, 2), [0, 1, 2], np.int64(1)]


def reference(x, axis=None, keepdims=False):
    x = np.asarray(x, "float64")
    axis = axis if axis is None else tuple(np.atleast_1d(axis))
    count = np.size(x) / np.size(special.logsumexp(x, axis))
    return special.logsumexp(x, axis, keepdims=keepdims) - np.log(count)


@pytest.mark.parametrize("dynamic_shapes", [False, True, "rank"])
def test_axes(mode, dynamic_shapes):
    def compute(x):
        return [[zs.log_mean_exp(x, axis, keepdims=k) for k in (False, True)]
                for axis in AXES]

    results = modes.run(mode, compute, X, dynamic_shapes=dynamic_shapes)
    for axis, pair in zip(AXES, results):
        for value, keepdims in zip(pair, (False, True)):
            expected = reference(X, axis, keepdims)
            assert value.shape == expected.shape
            np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype, rtol", [
    ("float16", 2e-3), ("float32", 1e-6), ("float64", 1e-14)])
def test_dtypes(mode, dtype, rtol):
    x = (X / 10).astype(dtype)
    value = modes.run(mode, lambda x: zs.log_mean_exp(x, -1), x)
    assert value.dtype == dtype
    np.testing.assert_allclose(value, reference(x, -1), rtol, atol=rtol)


def test_more_elements_than_float16_can_count():
    value = modes.run("eager", zs.log_mean_exp, np.zeros(70000, "float16"))
    assert abs(value) < 0.01


def test_extremes(mode):
    inf = np.inf
    x = np.array([[-inf, -inf], [inf, 0.0], [inf, -inf], [inf, inf], [-inf, 1.0],
                  [1e4, 1e4], [-1e4, -1e4], [3e38, 0.0]], "float32")
    value = modes.run(mode, lambda x: zs.log_mean_exp(x, 1), x)
    np.testing.assert_allclose(value, [
        -inf, inf, inf, inf, 1.0 - np.log(2.0), 1e4, -1e4, 3e38], rtol=1e-6)


def test_nan_stays_nan(mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("the maximum of XLA of TensorFlow 1.15 passes over nan")
    x = np.array([np.nan, 0.0, np.inf], "float32")
    assert np.isnan(modes.run(mode, zs.log_mean_exp, x))


def test_gradient_is_the_softmax(mode):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = zs.log_mean_exp(x, -1)
        return tape.gradient(y, x)

    x = np.concatenate([X[0], [[-np.inf, 0.0, 1.0, -np.inf]]]).astype("float32")
    np.testing.assert_allclose(
        modes.run(mode, slope, x), special.softmax(x, -1), rtol=1e-5, atol=1e-12)


def test_takes_nodes_and_lists():
    def run():
        node = zs.BayesianNet({"x": [0.0, 1.0]}).normal("x", [0.0, 0.0], std=1.0)
        return zs.log_mean_exp(node), zs.log_mean_exp([0.0, 1.0])

    np.testing.assert_allclose(
        modes.run("graph", run), np.log((1 + np.e) / 2), rtol=1e-6)


def test_merge_dicts():
    first = {"x": 1, "y": 1}
    assert zs.merge_dicts(first, {"y": 2, "z": 2}, {"z": 3}) == {"x": 1, "y": 2, "z": 3}
    assert first == {"x": 1, "y": 1}
    assert zs.merge_dicts() == {}
    copy = zs.merge_dicts(first)
    copy["w"] = 0
    assert "w" not in first


def test_argument_names():
    assert argument_names(lambda a, b=1, *args, c=2, **kwargs: 0) == ["a", "b"]
    assert argument_names(zs.distributions.Normal)[:3] == ["mean", "std", "logstd"]


def test_nearest_name_hint():
    assert nearest_name_hint("meen", ["std", "mean"]) == (
        " Did you mean 'mean'? Known names: mean, std.")
    assert nearest_name_hint("q", ["mean"]) == " Known names: mean."
    assert nearest_name_hint("q", []) == " Known names: none."
