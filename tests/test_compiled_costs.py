"""Costs of TensorFlow-1 graphs that XLA compiles with their gradients."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan.variational import compiled_cost, compiled_costs

needs_tensorflow_2 = pytest.mark.skipif(modes.IS_TF1, reason="needs TensorFlow 2")
every_variable = pytest.mark.parametrize("use_resource", [True, False])


def get(name, value, use_resource=True, trainable=True):
    return v1.get_variable(name, initializer=np.asarray(value, "float32"),
                           use_resource=use_resource, trainable=trainable)


@needs_tensorflow_2
@every_variable
def test_gradients_of_least_squares_match_the_closed_form(use_resource):
    """With an unknown batch size, and one variable on either side of the function."""
    random = np.random.RandomState(0)
    xs, ys = random.randn(7, 3), random.randn(7)
    with modes.session() as session:
        x, y = v1.placeholder(tf.float32, [None, 3]), v1.placeholder(tf.float32, [None])
        scale = get("scale", 2., use_resource)
        x_scaled = scale * x  # outside of the function, which differentiates it

        def build():
            w = get("w", [1., -1., 0.5], use_resource)
            error = tf.linalg.matvec(x_scaled, w) - y
            return tf.reduce_mean(error ** 2), error

        cost, error = compiled_cost(build)
        variables = v1.trainable_variables()
        assert [v.op.name for v in variables] == ["scale", "w"]
        gradients = tf.gradients(cost, variables)
        session.run(v1.global_variables_initializer())
        for n in (7, 4):
            found = session.run([cost, error] + gradients, {x: xs[:n], y: ys[:n]})
            w, e = np.array([1., -1., 0.5]), 2. * xs[:n] @ [1., -1., 0.5] - ys[:n]
            expected = [np.mean(e ** 2), e, np.mean(2. * e * (xs[:n] @ w)),
                        4. * xs[:n].T @ e / n]
            for a, b in zip(found, expected):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


@needs_tensorflow_2
def test_placeholders_may_have_unknown_rank():
    with modes.session() as session:
        w, x = get("w", 2.), v1.placeholder(tf.float32)
        cost = compiled_cost(lambda: tf.reduce_sum(w * x))
        gradient, = tf.gradients(cost, [w])
        session.run(v1.global_variables_initializer())
        assert session.run([cost, gradient], {x: [1., 2.]}) == [6., 3.]
        assert session.run([cost, gradient], {x: [[4.]]}) == [8., 4.]


@needs_tensorflow_2
@every_variable
@pytest.mark.parametrize("look_up", [
    lambda *args: tf.gather(*args), lambda *args: tf.nn.embedding_lookup(*args)])
def test_gradients_of_scaled_cost_and_of_looked_up_rows(look_up, use_resource):
    """Rows of `tf.gather` have sparse gradients; the optimizer may scale the cost."""
    with modes.session() as session:
        table = get("table", np.arange(8.).reshape(4, 2), use_resource)
        rows = v1.placeholder(tf.int32, [None])
        cost = compiled_cost(
            lambda: tf.reduce_sum(look_up(table, rows) ** 2))
        gradient, = tf.gradients(3. * cost, [table])
        session.run(v1.global_variables_initializer())
        found = session.run(gradient, {rows: [1, 1, 3]})
    np.testing.assert_allclose(
        found, 6. * np.arange(8.).reshape(4, 2) * [[0], [2], [0], [1]], rtol=1e-6)


@needs_tensorflow_2
@every_variable
def test_gradients_have_the_dtypes_of_the_variables(use_resource):
    with modes.session() as session:
        w = get("w", [1., 3.], use_resource)
        half = v1.get_variable("half", initializer=np.float16(2.),
                               use_resource=use_resource)
        cost = compiled_cost(lambda: tf.cast(half, tf.float64) * tf.reduce_sum(
            tf.cast(w, tf.float64) ** 2))
        gradients = tf.gradients(cost, [w, half])
        session.run(v1.global_variables_initializer())
        found = session.run([cost] + gradients)
    assert [x.dtype for x in found] == [np.float64, np.float32, np.float16]
    assert found[0] == 20. and list(found[1]) == [4., 12.] and found[2] == 10.


def linear_gaussian(x, n_particles):
    """The bound of x ~ N(z, 1), z ~ N(0, 1), and the mean and log sd of q(z)."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.normal("x", bn.normal("z", 0., std=1., n_samples=n_particles), std=1.)
        return bn

    mean, logstd = get("mean", 0.3), get("logstd", -0.2)
    posterior = zs.BayesianNet()
    posterior.normal("z", mean, logstd=logstd, n_samples=n_particles)
    return zs.variational.elbo(model(), {"x": x}, variational=posterior, axis=0)


@needs_tensorflow_2
def test_gradients_of_a_bound_match_the_closed_form():
    """The number of particles is fed. Errors are 5 standard deviations (6e-7)."""
    with modes.session(seed=1) as session:
        n = v1.placeholder(tf.int32, [])
        cost = compiled_cost(lambda: linear_gaussian(1.5, n).sgvb())
        gradients = tf.gradients(cost, v1.trainable_variables())
        session.run(v1.global_variables_initializer())
        found = session.run(gradients, {n: 40000})
    std = np.exp(-0.2)
    # Per sample: 2 z - 1.5 for the mean, (2 z - 1.5) (z - mean) - 1 for the log sd.
    np.testing.assert_allclose(found[0], 2. * 0.3 - 1.5, atol=5. * 2. * std / 200.)
    np.testing.assert_allclose(found[1], 2. * std ** 2 - 1., atol=5. * (
        8. * std ** 4 + 0.9 ** 2 * std ** 2) ** 0.5 / 200.)


@needs_tensorflow_2
@pytest.mark.parametrize("is_inside", [True, False])
def test_seeded_costs_are_functions_of_the_seed(is_inside):
    with modes.session() as session:
        noise = v1.placeholder(tf.int64, [2])

        def bound():
            return linear_gaussian(1.5, 3).sgvb()

        def seeded_bound():
            with zs.seeded(noise):
                return bound()

        if is_inside:
            cost = compiled_cost(seeded_bound)
        else:
            with zs.seeded(noise):
                cost = compiled_cost(bound)
        session.run(v1.global_variables_initializer())
        a, b, c = (session.run(cost, {noise: [1, i]}) for i in (5, 6, 5))
    assert a == c != b


@needs_tensorflow_2
def test_other_costs_depend_on_the_seed_of_the_graph():
    def costs(seed):
        with modes.session(seed=seed) as session:
            cost = compiled_cost(lambda: linear_gaussian(1.5, 3).sgvb())
            session.run(v1.global_variables_initializer())
            return [session.run(cost) for _ in range(3)]

    first = costs(1)
    assert len(set(first)) == 3
    assert costs(1) == first and not set(costs(2)) & set(first)


@needs_tensorflow_2
@every_variable
def test_adam_minimizes_a_compiled_cost(use_resource):
    with modes.session() as session:
        v1.get_variable_scope().set_use_resource(use_resource)
        cost = compiled_cost(lambda: (get("w", 1., use_resource) - 3.) ** 2)
        step = v1.train.AdamOptimizer(0.1).minimize(cost)
        session.run(v1.global_variables_initializer())
        for _ in range(200):
            session.run(step)
        assert session.run(cost) < 1e-3


@needs_tensorflow_2
def test_program_is_compiled_and_keeps_the_structure():
    with modes.session() as session:
        w, fixed = get("w", 2.), get("fixed", 1., trainable=False)
        cost, (bound, more) = compiled_cost(
            lambda: (w * fixed, [linear_gaussian(1.5, 3), {"w": 2. * w}]))
        compiled = [op for op in session.graph.get_operations()
                    if "_XlaMustCompile" in op.node_def.attr
                    and op.get_attr("_XlaMustCompile")]
        assert len(compiled) == 1
        assert tf.gradients(more["w"], [w]) == [None]
        assert tf.gradients(cost, [fixed]) == [None]
        session.run(v1.global_variables_initializer())
        assert session.run([cost, more["w"]]) == [2., 4.]
        assert np.shape(session.run(bound)) == ()


def test_without_compilation_the_result_is_that_of_the_function():
    marker = object()
    assert compiled_cost(lambda: marker, jit_compile=False) is marker


@pytest.mark.skipif(not modes.IS_TF1, reason="TensorFlow 1.15")
def test_tensorflow_1_raises():
    with modes.session(), pytest.raises(NotImplementedError, match="jit_compile=False"):
        compiled_cost(lambda: tf.constant(1.))


@needs_tensorflow_2
def test_eager_code_raises():
    with pytest.raises(RuntimeError, match="@tf.function"):
        compiled_cost(lambda: tf.constant(1.))


@needs_tensorflow_2
@pytest.mark.parametrize("make, message", [
    (lambda: tf.zeros([3]), r"shape \(3,\) and dtype float32"),
    (lambda: tf.constant(1), "dtype int32"),
    (lambda: {"cost": tf.constant(1.)}, "tuple or list"),
    (list, "tuple or list"),
])
def test_costs_that_are_not_numbers_raise(make, message):
    with modes.session(), pytest.raises(ValueError, match=message):
        compiled_cost(make)


@needs_tensorflow_2
def test_parts_of_the_result_that_are_not_tensors_raise():
    with modes.session(), pytest.raises(
            TypeError, match="the result of `fn` must .*, but it contains None"):
        compiled_cost(lambda: (tf.constant(1.), None))


@pytest.mark.parametrize("jit_compile", ["auto", None, 1])
def test_other_choices_than_bools_raise(jit_compile):
    with pytest.raises(TypeError, match="must be True or False, but it is %r" % (
            jit_compile,)):
        compiled_cost(lambda: tf.constant(1.), jit_compile=jit_compile)


# -- Assignments ------------------------------------------------------------------


def moving_average(use_resource, in_collection=True):
    """A cost of 2, and an average that approaches 1 by half in each update."""
    def build():
        mean = get("mean", 0., use_resource, trainable=False)
        update = v1.assign(mean, 0.5 * mean + 0.5)
        if in_collection:
            v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
        return get("w", 2., use_resource) * 1.

    return build


@needs_tensorflow_2
def test_updates_are_made_in_each_run_with_a_warning():
    with modes.session() as session:
        with pytest.warns(UserWarning, match="adds updates .*UPDATE_OPS") as caught:
            cost = compiled_cost(moving_average(True))
        assert [x.filename for x in caught] == [__file__]
        assert v1.get_collection(v1.GraphKeys.UPDATE_OPS) == []
        mean = v1.global_variables()[0]
        session.run(v1.global_variables_initializer())
        for expected in 0.5, 0.75:
            assert session.run(cost) == 2.
            assert session.run(mean) == expected


@needs_tensorflow_2
def test_assignments_and_earlier_updates_do_not_warn():
    with modes.session() as session:
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, tf.no_op())
        cost = compiled_cost(moving_average(True, in_collection=False))
        session.run(v1.global_variables_initializer())
        assert session.run(cost) == 2.


@needs_tensorflow_2
def test_assignments_of_reference_variables_raise():
    with modes.session(), pytest.raises(
            NotImplementedError, match="reference variables.*use_resource=True"):
        compiled_cost(moving_average(False))


@needs_tensorflow_2
@pytest.mark.parametrize("choice", [False, True])
def test_the_measured_programs_compute_cost_and_gradients(monkeypatch, choice):
    def fastest(functions):
        for function in functions.values():
            assert function() == [20., 12.]
        return choice

    monkeypatch.setattr(compiled_costs, "fastest", fastest)
    with modes.session():
        w, x = get("w", 2.), v1.placeholder(tf.float32, [])
        get("unused", 1.)
        found = zs.variational.is_compilation_faster(
            lambda: (x * w ** 2 + 8., x), {x: 3.})
    assert found is choice


@pytest.mark.skipif(not modes.IS_TF1, reason="TensorFlow 2 compiles")
def test_nothing_is_compiled_on_tensorflow_1():
    assert zs.variational.is_compilation_faster(lambda: 1 / 0) is False


@needs_tensorflow_2
def test_a_loop_of_tensorflow_1_is_refused():
    with modes.session(), pytest.raises(NotImplementedError, match="loop of Tensor"):
        v1.disable_control_flow_v2()
        try:
            tf.while_loop(lambda i: i < 2, lambda i: i + compiled_cost(
                lambda: tf.constant(1.)), [0.])
        finally:
            v1.enable_control_flow_v2()
