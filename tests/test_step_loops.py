"""Steps of TensorFlow-1 scripts in a loop: the same as in separate session runs."""
import contextlib

import control_flow
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan.utils import repeat_steps

XS = np.random.RandomState(0).randn(6, 3)
YS = np.random.RandomState(1).randn(6)
ROWS = np.array([[0, 1], [5, 2], [2, 4], [1, 1], [3, 0]])


@pytest.fixture(params=[False, True], ids=["v1", "v2"])
def session(request):
    """A function from `use_resource` to a session, with both kinds of loops."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(control_flow.version(request.param))

        @contextlib.contextmanager
        def session(use_resource=True):
            with modes.session() as sess:
                v1.get_variable_scope().set_use_resource(use_resource)
                yield sess

        yield session


def get(name, value, **options):
    return v1.get_variable(name, initializer=np.asarray(value), **options)


# -- The numbers of the steps -----------------------------------------------------


def least_squares(batch):
    x, y = batch
    w = get("w", [1., -1., 0.5])
    cost = tf.reduce_mean((tf.linalg.matvec(x, w) - y) ** 2)
    return v1.train.GradientDescentOptimizer(0.125).minimize(cost), cost


def descend(w, rows):
    """The weights and costs of gradient descent by hand."""
    costs = []
    for i in rows:
        error = XS[i] @ w - YS[i]
        costs.append(np.mean(error ** 2))
        w = w - 0.125 * 2. * XS[i].T @ error / len(i)
    return w, costs


@pytest.mark.parametrize("is_fed", [False, True])
def test_steps_match_gradient_descent_by_hand(session, is_fed):
    """Each step reads what the one before it wrote; `n_steps` varies."""
    with session() as sess:
        if is_fed:
            x, y = (v1.placeholder(tf.float64, shape)
                    for shape in ([None, None, 3], [None, None]))
            train, costs = repeat_steps(least_squares, (x, y))
        else:
            rows = v1.placeholder(tf.int64, [None, None])
            train, costs = repeat_steps(least_squares, rows, data=(XS, YS))
        sess.run(v1.global_variables_initializer())
        w, = v1.trainable_variables()
        expected = np.array([1., -1., 0.5])
        for part in ROWS, ROWS[:2], ROWS[2:3].T:
            expected, expected_costs = descend(expected, part)
            feed = {x: XS[part], y: YS[part]} if is_fed else {rows: part}
            result, found = sess.run([train, costs], feed)
            assert result is None
            np.testing.assert_allclose(found, expected_costs, rtol=1e-12)
            np.testing.assert_allclose(sess.run(w), expected, rtol=1e-12)


class LinearModel:
    """x ~ N(z w, 1), z ~ N(0, 1), and q(z) = N(x v, s), trained by Adam."""

    def __init__(self, estimator):
        self._estimator = estimator
        self._optimizer = v1.train.AdamOptimizer(0.05)

    def step(self, x):
        step = v1.train.get_or_create_global_step()
        with zs.seeded(tf.stack([tf.constant(7, tf.int64), step])):
            bounds = zs.variational.elbo(
                self._model(), {"x": x}, variational=self._posterior(x), axis=0)
            cost, bound = getattr(bounds, self._estimator)(), tf.reduce_mean(bounds)
        cost = tf.reduce_mean(cost)
        # An update of a reference variable may change values that are still in use.
        with tf.control_dependencies([cost, bound]):
            train = self._optimizer.minimize(
                cost, step, gate_gradients=v1.train.Optimizer.GATE_GRAPH)
        return train, {"cost": cost, "bound": bound}

    def _model(self):
        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            z = bn.normal("z", tf.zeros([2]), std=1., n_samples=4)
            w = get("w", np.float32([0.5, -0.2, 1.]))
            bn.normal("x", z.tensor[..., tf.newaxis] * w, std=1., group_ndims=1)
            return bn

        return model()

    def _posterior(self, x):
        bn = zs.BayesianNet()
        v, s = get("v", np.float32([0.1, 0.2, 0.3])), get("s", np.float32(-0.5))
        bn.normal("z", tf.linalg.matvec(x, v), logstd=s, n_samples=4,
                  is_reparameterized=self._estimator == "sgvb")
        return bn


@pytest.mark.parametrize("estimator", ["sgvb", "reinforce"])
def test_variables_and_results_equal_those_of_separate_runs(session, estimator):
    """Also slots of Adam, the global step and moving means, bit by bit."""
    data = XS.astype(np.float32)

    def separate(use_resource):
        with session(use_resource) as sess:
            x = v1.placeholder(tf.float32, [2, 3])
            train, numbers = LinearModel(estimator).step(x)
            sess.run(v1.global_variables_initializer())
            results = [sess.run([train, numbers], {x: data[i]})[1] for i in ROWS]
            return named(sess), tf.nest.map_structure(lambda *x: list(x), *results)

    with session() as sess:
        rows = v1.placeholder(tf.int32, [None, 2])
        train, numbers = repeat_steps(LinearModel(estimator).step, rows, data=data)
        sess.run(v1.global_variables_initializer())
        parts = [sess.run([train, numbers], {rows: part})[1]
                 for part in (ROWS[:3], ROWS[3:])]
        found = named(sess)
    numbers = tf.nest.map_structure(lambda a, b: list(a) + list(b), *parts)
    for use_resource in True, False:
        expected, results = separate(use_resource)
        assert numbers == results
        assert len(set(numbers["bound"])) == 5
        assert set(found) == set(expected) and len(found) >= 3 * 3 + 3
        for name in found:
            np.testing.assert_array_equal(found[name], expected[name], name)


def named(sess):
    return {v.op.name: sess.run(v) for v in v1.global_variables()}


def test_each_step_draws_other_numbers(session):
    with session() as sess:
        def step(i):
            bn = zs.BayesianNet()
            bn.normal("z", 0., std=1.)
            bn.gamma("g", 1., 1.)
            return bn["z"].tensor, bn["g"].tensor, tf.random.normal([])

        draws = repeat_steps(step, tf.range(20))
        first, second = sess.run(draws), sess.run(draws)
        for a, b in zip(first, second):
            assert len(set(np.concatenate([a, b]))) == 40


# -- Data and results -------------------------------------------------------------


def test_arrays_are_neither_in_the_graph_nor_in_checkpoints(session):
    with session() as sess:
        rows = v1.placeholder(tf.int32, [None, 2])
        data = {"x": np.arange(1e6), "n": np.outer(np.arange(10 ** 6), [1, -1])}
        means = repeat_steps(
            lambda x: tf.nest.map_structure(
                lambda x: tf.reduce_mean(tf.cast(x, tf.float64)), x), rows, data=data)
        assert v1.global_variables() == v1.local_variables() == []
        assert sess.graph.as_graph_def().ByteSize() < 1e5
        for one in sess, v1.Session(graph=sess.graph):
            found = one.run(means, {rows: [[1, 3], [999999, 999999], [0, 7]]})
            np.testing.assert_array_equal(found["x"], [2., 999999., 3.5])
            np.testing.assert_array_equal(found["n"], [0., 0., 0.])


def test_data_may_be_tensors_and_variables(session):
    with session() as sess:
        x, y = v1.placeholder(tf.float32, [None, 3]), get("y", np.arange(6))
        sums = repeat_steps(lambda batch: [tf.reduce_sum(x) for x in batch],
                            ROWS, data=[x, y])
        sess.run(v1.global_variables_initializer())
        found = sess.run(sums, {x: XS})
    np.testing.assert_allclose(found[0], XS[ROWS].sum(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_array_equal(found[1], ROWS.sum(axis=1))


def test_results_keep_dtypes_and_structure(session):
    with session() as sess:
        count = get("count", np.int64(2 ** 52))

        def step(i):
            with tf.control_dependencies([count.assign_add(1)]):
                return {"count": count.read_value(), "more": (
                    tf.cast(i, tf.float16), tf.no_op(), [tf.cast(i, tf.uint8)])}

        results = repeat_steps(step, tf.range(3, dtype=tf.int32))
        sess.run(v1.global_variables_initializer())
        found = sess.run(results)
        assert found["more"][1] is None
        for value, want in zip(
                [found["count"], found["more"][0], found["more"][2][0]],
                [np.int64(2 ** 52) + [1, 2, 3], np.float16([0, 1, 2]),
                 np.uint8([0, 1, 2])]):
            np.testing.assert_array_equal(value, want)
            assert value.dtype == want.dtype


def test_fetching_any_operation_runs_the_steps(session):
    with session() as sess:
        w = get("w", np.float32(0.))
        train = repeat_steps(lambda x: w.assign_add(x).op, tf.constant([1., 2.]))
        sess.run(v1.global_variables_initializer())
        assert sess.run(train) is None and sess.run(w) == 3.


# -- Errors -----------------------------------------------------------------------


def test_eager_code_and_functions_raise():
    def call():
        return repeat_steps(lambda x: x, tf.constant([1.]))

    if not modes.IS_TF1:
        with pytest.raises(RuntimeError, match="@tf.function"):
            call()
    with modes.session(), pytest.raises(RuntimeError, match="@tf.function"):
        tf.function(call, autograph=False)()


@pytest.mark.parametrize("optimizer", [
    v1.train.GradientDescentOptimizer, v1.train.AdamOptimizer])
def test_reference_variables_raise(session, optimizer):
    with session(use_resource=False):
        w = get("w", 1.)
        with pytest.raises(
                NotImplementedError, match="reference variable.*use_resource"):
            repeat_steps(lambda x: optimizer(0.1).minimize((w - x) ** 2),
                         tf.constant([1., 2.], tf.float64))


@pytest.mark.parametrize("compute", [lambda w: w * 2., tf.identity, tf.sin])
def test_tensors_of_assigned_variables_from_outside_raise(session, compute):
    with session():
        w, fixed = get("w", 1.), get("fixed", 1.)
        outside, constant = compute(w), compute(fixed)

        def step(x, factor):
            cost = (factor * x * w) ** 2
            return v1.train.AdamOptimizer().minimize(cost, var_list=[w])

        x = tf.constant([1., 2.], tf.float64)
        with pytest.raises(ValueError, match="Tensor %s.* variable 'w'" % outside.name):
            repeat_steps(lambda x: step(x, outside), x)
        repeat_steps(lambda x: step(x, constant), x)
        repeat_steps(lambda x: step(x, compute(w)), x)
        repeat_steps(lambda x: step(x, tf.cast(tf.size(outside), x.dtype)), x)


@pytest.mark.parametrize("result, shown", [
    (None, "None"), ("loss", "'loss'"), (np.ones([2]), r"array\(\[1"),
    (True, "True"), ({}, "{}"), ((), r"\(\)")])
def test_other_results_raise(session, result, shown):
    with session(), pytest.raises(ValueError, match="returned " + shown):
        repeat_steps(lambda x: result, tf.constant([1., 2.]))


def test_data_of_different_lengths_raise(session):
    with session(), pytest.raises(ValueError, match="but they have 5 and 6 rows"):
        repeat_steps(least_squares, ROWS, data=(XS, YS[:5]))


@pytest.mark.parametrize("rows", [[[1., 2.]], (ROWS, ROWS), 3])
def test_rows_that_are_no_rows_raise(session, rows):
    with session(), pytest.raises(ValueError, match="`batches` must be one int"):
        repeat_steps(least_squares, rows, data=(XS, YS))
