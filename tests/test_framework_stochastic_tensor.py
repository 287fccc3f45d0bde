"""StochasticTensor behaves like a Tensor: operators, ops, layers, sessions."""
import operator

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

X = np.array([[1.6, -2.2, 3.1], [0.6, 4.3, -1.2]], "float32")
Y = np.array([[2.1, 3.3, 0.5], [-1.7, 1.9, 3.7]], "float32")


def observed_node(value):
    bn = zs.BayesianNet(observed={"x": value})
    return bn.normal("x", np.zeros(np.shape(X)[-1], "float32"), std=1.0)


def integer_node(value):
    bn = zs.BayesianNet(observed={"x": value})
    return bn.stochastic("x", zs.distributions.Bernoulli(
        np.zeros([3], "float32"), dtype=tf.int32))


def new_node():
    return zs.BayesianNet().normal("z", [0.0, 0.0], std=1.0)


# -- Operators ----------------------------------------------------------------

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv,
              operator.floordiv, operator.mod, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
PARTNERS = [2.0, np.abs(Y), np.abs(Y[0]), np.float32(2.0), np.float64(2.0)]


def both_ways(f, a, b):
    return f(a, b), f(b, a)


def check_binary(f, results, a, b):
    for result, expected in zip(results, both_ways(f, a, b)):
        np.testing.assert_allclose(result, expected, rtol=1e-5, err_msg=f.__name__)
        assert result.dtype == ("bool" if f in COMPARISONS else "float32")
        assert result.shape == expected.shape


def test_binary_operators(mode):
    values = np.abs(X)

    def compute(x):
        node = observed_node(x)
        return [[both_ways(f, node, other) for f in ARITHMETIC + COMPARISONS]
                for other in PARTNERS]

    for other, results in zip(PARTNERS, modes.run(mode, compute, values)):
        for f, result in zip(ARITHMETIC + COMPARISONS, results):
            check_binary(f, result, values, other)


@pytest.mark.parametrize("kind", ["node", "tensor", "variable"])
def test_binary_operators_with_tensorflow_partners(kind):
    def make():
        variable = tf.Variable(np.abs(Y))

        def compute(x, y):
            other = {"node": observed_node, "tensor": tf.identity,
                     "variable": lambda _: variable}[kind](y)
            node = observed_node(x)
            return [both_ways(f, node, other) for f in ARITHMETIC + COMPARISONS]
        return compute

    for mode in ["graph", "eager"]:
        results = modes.program(mode, make)(np.abs(X), np.abs(Y))
        for f, result in zip(ARITHMETIC + COMPARISONS, results):
            check_binary(f, result, np.abs(X), np.abs(Y))


def test_matmul(mode):
    def compute(x):
        node = observed_node(x)
        return node @ Y.T, Y.T @ node, node @ tf.constant(Y.T), tf.constant(Y.T) @ node

    results = modes.run(mode, compute, X)
    for result, expected in zip(results, [X @ Y.T, Y.T @ X] * 2):
        np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_unary_operators(mode):
    minus, absolute = modes.run(
        mode, lambda x: (-observed_node(x), abs(observed_node(x))), X)
    np.testing.assert_array_equal(minus, -X)
    np.testing.assert_array_equal(absolute, np.abs(X))


def test_logical_operators():
    class Flag(zs.TensorArithmeticMixin):
        """A Tensor-like object made of the mixin alone."""

        def __init__(self, values):
            self._values = values

        def __tf_tensor__(self, dtype=None, name=None):
            return tf.constant(self._values)

    if modes.IS_TF1:  # which asks a registry instead of the object
        tf.register_tensor_conversion_function(
            Flag, lambda x, dtype, name, as_ref: x.__tf_tensor__())
    a, b = np.array([True, True, False]), np.array([True, False, False])
    for f in [operator.and_, operator.or_, operator.xor]:
        results = modes.run("graph", lambda f=f: [f(Flag(a), b), f(b, Flag(a))])
        np.testing.assert_array_equal(results[0], f(a, b))
        np.testing.assert_array_equal(results[1], f(a, b))
    np.testing.assert_array_equal(modes.run("graph", lambda: ~Flag(a)), ~a)


def test_operators_never_give_an_array_of_objects():
    node = observed_node(X)
    for result in [Y * node, Y + node, np.float64(3.0) * node, Y[0] < node]:
        assert tf.is_tensor(result)


def test_gradients_flow_through_operators(mode):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(Y * observed_node(x) ** 2.0)
        return tape.gradient(y, x)

    np.testing.assert_allclose(modes.run(mode, slope, X), 2 * X * Y, rtol=1e-6)


def test_indexing(mode):
    def compute(x):
        node = observed_node(x)
        return (node[0], node[:, 1], node[..., -1], node[tf.constant(1)],
                node[:, tf.newaxis], node[::-1, 1:])

    expected = (X[0], X[:, 1], X[..., -1], X[1], X[:, None], X[::-1, 1:])
    for result, value in zip(modes.run(mode, compute, X), expected):
        np.testing.assert_array_equal(result, value)


# -- Errors -------------------------------------------------------------------

def test_iterating_raises():
    for use in [iter, list, lambda x: 1.0 in x, lambda x: (lambda *y: y)(*x)]:
        with pytest.raises(TypeError, match="StochasticTensor.* not iterable"):
            use(new_node())


def test_truth_value_raises():
    for use in [bool, lambda x: not x, lambda x: x and 1]:
        with pytest.raises(TypeError, match="no truth value"):
            use(new_node())


def test_hash_and_equality_are_those_of_the_object():
    a, b = observed_node(X), observed_node(X)
    assert a == a
    assert a != b
    assert (a == 1.0) is False
    assert {a: "a", b: "b"}[a] == "a"
    assert len({a, b, a}) == 2
    assert b not in [a]


def test_numbers_and_arrays_in_eager_mode():
    def convert():
        node = zs.BayesianNet(observed={"x": 2.5}).normal("x", 0.0, std=1.0)
        return float(node), int(node), np.asarray(node), np.asarray(node, "float64")

    single, whole, array, double = modes.run("eager", convert)
    assert (single, whole, array) == (2.5, 2, 2.5)
    assert (array.dtype, double.dtype) == ("float32", "float64")


def test_a_symbolic_node_is_no_array():
    with tf.Graph().as_default():
        with pytest.raises(NotImplementedError, match="[Ss]ymbolic|numpy array"):
            np.asarray(new_node())


# -- Ops ----------------------------------------------------------------------

def test_tensorflow_ops_accept_nodes(mode):
    def compute(x):
        node, count = observed_node(x), integer_node([0, 1, 1])
        return (tf.exp(node), tf.concat([node, node], axis=0), tf.stack([node, x]),
                tf.where(node > 0.0, node, tf.zeros_like(node)),
                tf.matmul(node, node, transpose_b=True), tf.shape(node),
                tf.cast(count, tf.float32) * node, tf.gather(node[0], count),
                tf.identity(node))

    index = np.array([0, 1, 1])
    expected = (np.exp(X), np.concatenate([X, X]), np.stack([X, X]),
                np.maximum(X, 0), X @ X.T, X.shape, X * index, X[0][index],
                X)
    for result, value in zip(modes.run(mode, compute, X), expected):
        np.testing.assert_allclose(result, value, rtol=1e-5)


def test_conversion_checks_the_dtype():
    node = observed_node(X)
    assert tf.convert_to_tensor(node, tf.float32).dtype == tf.float32
    with pytest.raises((TypeError, ValueError), match="float32.*float64|tf.cast"):
        tf.convert_to_tensor(node, tf.float64)
    with pytest.raises(ValueError, match=r"'x' has dtype float32.*tf\.cast"):
        node.__tf_tensor__(tf.int32)


def test_nodes_are_parameters_of_other_nodes(mode):
    def compute(x):
        bn = zs.BayesianNet(observed={"x": x})
        x = bn.normal("x", np.zeros(3, "float32"), std=1.0)
        return bn.normal("y", x, logstd=x, n_samples=2).dist.mean

    np.testing.assert_array_equal(modes.run(mode, compute, X), X)


# -- Layers -------------------------------------------------------------------

def keras():
    """Keras as TensorFlow brings it: Keras 3 on 2.x, Keras 2 on 1.15."""
    return tf.keras


def test_keras_layers(mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 and Keras 2 do not go together")

    def make():
        dense = keras().layers.Dense(2, kernel_initializer="ones")
        norm = keras().layers.LayerNormalization()
        dense.build([None, 3])
        norm.build([None, 2])

        def compute(x):
            node = observed_node(x)
            return dense(node), norm(dense(node))
        return compute

    out, normed = modes.program(mode, make)(X)
    np.testing.assert_allclose(out, np.repeat(X.sum(1, keepdims=True), 2, 1), 1e-5)
    assert normed.shape == (2, 2)


def test_a_keras_model(mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 and Keras 2 do not go together")

    def make():
        model = keras().Sequential([
            keras().layers.Dense(4, activation="relu", kernel_initializer="ones"),
            keras().layers.Dense(1, kernel_initializer="ones")])
        model.build([None, 3])
        return lambda x: model(observed_node(x))

    expected = 4 * np.maximum(X.sum(1, keepdims=True), 0)
    np.testing.assert_allclose(modes.program(mode, make)(X), expected, rtol=1e-5)


def legacy_layers():
    if modes.IS_TF1:
        return v1.layers
    import tf_keras.api._v1.keras as keras_v1
    return keras_v1.__internal__.legacy.layers


@pytest.mark.filterwarnings("ignore:`tf.layers.dense` is deprecated")
def test_tf_layers_in_a_graph():
    with modes.session() as sess:
        out = legacy_layers().dense(
            observed_node(X), 2, kernel_initializer=v1.ones_initializer())
        sess.run(v1.global_variables_initializer())
        np.testing.assert_allclose(
            sess.run(out), np.repeat(X.sum(1, keepdims=True), 2, 1), rtol=1e-5)


# -- Sessions -----------------------------------------------------------------

def test_a_session_fetches_nodes():
    with modes.session() as sess:
        x, z = observed_node(X), new_node()
        value, again, both = sess.run([x, x.tensor, {"x": x, "z": z}])
        np.testing.assert_array_equal(value, X)
        np.testing.assert_array_equal(again, X)
        np.testing.assert_array_equal(both["x"], X)
        assert sess.run(z).shape == (2,)
        np.testing.assert_array_equal(sess.run(x), X)


def test_a_session_accepts_nodes_as_feed_keys():
    with modes.session() as sess:
        z = new_node()
        y = z * 2.0
        given = np.array([3.0, 4.0], "float32")
        np.testing.assert_array_equal(sess.run(y, {z: given}), 2 * given)
        placeholder = v1.placeholder(tf.float32, [2, 3])
        x = observed_node(placeholder)
        np.testing.assert_array_equal(sess.run(x + 1.0, {x: X}), X + 1)
        np.testing.assert_allclose(
            sess.run([z, z.cond_log_p], {z: given})[1],
            -0.5 * np.log(2 * np.pi) - given ** 2 / 2, rtol=1e-6)
