"""reuse_variables: one set of variables for all calls, in every way to run."""
import gc
import weakref

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

X = np.array([[1.0, 2.0, 3.0]], "float32")


def with_get_variable(x):
    w = v1.get_variable("w", [3, 2], initializer=v1.random_normal_initializer())
    return tf.matmul(x, w) + v1.get_variable("b", [2])


def with_tf_variable(x):
    return tf.matmul(x, tf.Variable(tf.random.normal([3, 2]))) + tf.Variable([1.0, 2.0])


def with_variable_of_tensorflow_1(x):
    return tf.matmul(x, v1.Variable(tf.random.normal([3, 2]))) + v1.Variable([1.0, 2.0])


def with_keras_layers(x):
    layers = tf.keras.layers
    h = layers.Dense(4, activation="tanh")(x)
    return layers.Dense(2)(h)


@pytest.fixture(params=[with_tf_variable, with_keras_layers, with_get_variable])
def network(request, mode):
    if request.param is with_get_variable and mode != "graph":
        pytest.skip("get_variable is for graphs")
    if request.param is with_keras_layers and modes.IS_TF1 and mode == "xla":
        pytest.skip("XLA of TensorFlow 1.15 and Keras 2 do not go together")
    return request.param


def test_calls_share_variables(mode, network):
    shared = zs.reuse_variables("net")(network)
    plain = zs.reuse_variables("net")(network)

    def make():
        shared(X)
        plain(X)
        return lambda x: (shared(x), shared(x), plain(x))

    first, second, other = modes.program(mode, make)(X)
    np.testing.assert_array_equal(first, second)
    assert (first != other).all()


def test_variables_made_by_the_first_call_of_a_function(network, mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 makes no variables")
    shared = zs.reuse_variables("net")(network)
    step = modes.program(mode, lambda: lambda x: (shared(x), shared(x)))
    first, second = step(X)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(step(X)[0], first)


def test_training_moves_what_the_next_call_sees(mode, network):
    shared = zs.reuse_variables("net")(network)
    store = shared.variable_store

    def make():
        shared(X)
        # A graph makes its variables once, in the call above, and so do the others.
        assert len(store.variables) in (2, 4)

        def step(x):
            with tf.GradientTape() as tape:
                for variable in store.variables:
                    tape.watch(variable)
                loss = tf.reduce_sum(shared(x) ** 2)
            gradients = tape.gradient(loss, store.variables)
            assigned = [v1.assign_sub(v, 0.01 * g) if mode == "graph"
                        else v.assign_sub(0.01 * g)
                        for v, g in zip(store.variables, gradients)]
            with tf.control_dependencies(assigned if mode == "graph" else []):
                return loss + 0.0
        return step

    step = modes.program(mode, make)
    losses = [step(X) for _ in range(4)]
    assert all(after < before for before, after in zip(losses, losses[1:]))


@pytest.mark.parametrize("use_resource", [True, False])
@pytest.mark.parametrize("network", [with_get_variable, with_variable_of_tensorflow_1])
def test_kinds_of_variables_in_a_graph(network, use_resource):
    shared = zs.reuse_variables("net")(network)

    def run(x):
        outputs = shared(x), shared(x)
        assert len(v1.global_variables()) == 2
        assert all(v.dtype._is_ref_dtype != use_resource
                   for v in shared.variable_store.variables)
        return outputs

    first, second = modes.run("graph", run, X, use_resource=use_resource)
    np.testing.assert_array_equal(first, second)


@pytest.mark.filterwarnings("ignore:`tf.layers.dense` is deprecated")
def test_tf_layers():
    if modes.IS_TF1:
        layers = v1.layers
    else:
        import tf_keras.api._v1.keras as keras_v1
        layers = keras_v1.__internal__.legacy.layers

    @zs.reuse_variables(scope="q_net")
    def network(x):
        return layers.dense(layers.dense(x, 4), 2)

    with modes.session() as sess:
        first, second = network(X), network(tf.constant(X))
        assert [v.name for v in v1.trainable_variables()] == [
            "q_net/dense/kernel:0", "q_net/dense/bias:0",
            "q_net/dense_1/kernel:0", "q_net/dense_1/bias:0"]
        sess.run(v1.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([first, second]))


@pytest.mark.usefixtures("quick_collections")
def test_two_graphs_have_a_set_each_and_let_it_go():
    shared = zs.reuse_variables("net")(with_get_variable)
    outputs, graphs = [], []
    for seed in [1, 2]:
        with modes.session(seed) as sess:
            out = shared(X), shared(X)
            assert len(v1.global_variables()) == 2
            sess.run(v1.global_variables_initializer())
            outputs.append(sess.run(out))
            graphs.append(weakref.ref(sess.graph))
    np.testing.assert_array_equal(*outputs[0])
    np.testing.assert_array_equal(*outputs[1])
    assert (outputs[0][0] != outputs[1][0]).all()
    del sess, out
    gc.collect()
    assert [graph() for graph in graphs] == [None, None]


def test_a_graph_and_eager_code_have_a_set_each():
    shared = zs.reuse_variables("net")(with_tf_variable)
    in_graph = modes.run("graph", shared, X)
    eager = modes.run("eager", lambda x: (shared(x), shared(x)), X, seed=5)
    np.testing.assert_array_equal(*eager)
    assert (in_graph != eager[0]).all()


def test_eager_code_and_functions_share():
    shared = zs.reuse_variables("net")(with_tf_variable)
    first = modes.run("eager", shared, X)
    for mode in ["function", "xla"]:
        np.testing.assert_allclose(modes.run(mode, shared, X), first, rtol=1e-6)


def test_retracing_a_function_makes_no_new_variables():
    shared = zs.reuse_variables("net")(with_tf_variable)
    traced_shapes = []

    def make():
        def step(x):
            traced_shapes.append(x.shape)
            return shared(x)
        return tf.function(step)

    step = modes.program("eager", make)
    one = step(X)
    many = step(np.repeat(X, 3, axis=0))
    assert traced_shapes[0] != traced_shapes[-1]
    np.testing.assert_allclose(many, np.repeat(one, 3, axis=0), rtol=1e-6)
    np.testing.assert_allclose(modes.run("eager", shared, X), one, rtol=1e-6)


def test_nested():
    inner = zs.reuse_variables("inner")(with_tf_variable)

    @zs.reuse_variables("outer")
    def outer(x):
        return inner(x) + tf.Variable(tf.random.normal([2])) + inner(x)

    def run(x):
        outputs = outer(x), outer(x), 2 * inner(x)
        return outputs + (outer.variable_store.variables[2],)

    for mode in ["graph", "eager", "function"]:
        first, second, twice_inner, own = modes.run(mode, run, X)
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, twice_inner + own, rtol=1e-5)


def test_nested_get_variable():
    inner = zs.reuse_variables("inner")(with_get_variable)

    @zs.reuse_variables("outer")
    def outer(x):
        return inner(x) + v1.get_variable("own", [2]) + tf.Variable([1.0, 2.0])

    with modes.session() as sess:
        first, second = outer(X), outer(X)
        assert len(v1.global_variables()) == 4
        assert set(outer.variable_store.variables) == set(v1.global_variables())
        sess.run(v1.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([first, second]))


def test_other_arguments_at_each_call():
    @zs.reuse_variables("scale")
    def scale(x, offset=0.0):
        """Multiply and add."""
        return x * tf.Variable(3.0) + offset

    assert scale.__doc__ == "Multiply and add."
    assert modes.run("eager", lambda: [scale(1.0), scale(2.0, offset=1.0)]) == [3, 7]


# -- Functions out of step ----------------------------------------------------

def counting(counts):
    counts = iter(counts)
    return zs.reuse_variables("net")(
        lambda: [tf.Variable(float(i)) for i in range(next(counts))])


@pytest.mark.parametrize("second, words", [
    (3, "created 2 variables.*requests one more"),
    (1, "created 2 variables.*requests 1 only")])
def test_another_number_of_variables_at_a_later_call(second, words):
    def run():
        shared = counting([2, second])
        shared()
        with pytest.raises(ValueError, match=words + ".*same order"):
            shared()
        return 0

    for mode in ["graph", "eager"]:
        modes.run(mode, run)


def test_layers_kept_by_the_function():
    kept = []

    @zs.reuse_variables("net")
    def network(x):
        if not kept:
            kept.extend([tf.Variable(3.0), tf.Variable(1.0)])
        return kept[0] * x + kept[1]

    assert modes.run("eager", lambda: [network(1.0), network(2.0)]) == [4.0, 7.0]


def test_an_error_at_the_first_call_is_no_first_call():
    fail = [True]

    @zs.reuse_variables("net")
    def network():
        variable = tf.Variable(1.0)
        if fail.pop():
            raise KeyError("from the network")
        fail.append(False)
        return [variable, tf.Variable(2.0)]

    def run():
        with pytest.raises(KeyError):
            network()
        fail.append(False)
        assert [a is b for a, b in zip(network(), network())] == [True, True]
        return 0

    modes.run("eager", run)


def test_scope_must_be_a_string():
    with pytest.raises(TypeError, match=r'requires the name.*@zs\.reuse_vari'):
        @zs.reuse_variables
        def network():
            pass
