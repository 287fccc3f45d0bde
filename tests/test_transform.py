"""Normalizing flows: the density of what they return, and their variables."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan.transform import inv_autoregressive_flow, linear_ar


def planar(z, log_q):
    return zs.planar_normalizing_flow(z, log_q, 3)


def iaf(update, hidden=False):
    def flow(z, log_q):
        context = tf.ones_like(z)[..., :1] if hidden else None
        return inv_autoregressive_flow(z, context, log_q, linear_ar, 3, update)
    return flow


FLOWS = {"planar": planar, "iaf normal": iaf("normal"), "iaf gru": iaf("gru"),
         "iaf with hidden": iaf("normal", hidden=True)}
every_flow = pytest.mark.parametrize("name", FLOWS)


@pytest.fixture
def far_from_identity(monkeypatch):
    """Variables of standard deviation 0.25, whatever the flow asks for."""
    make = tf.random_normal_initializer
    monkeypatch.setattr(tf, "random_normal_initializer",
                        lambda stddev: make(stddev=0.25, seed=11))


def program(mode, name, function):
    """`function(flow)` of arrays, where flow always has the same variables."""
    flow = zs.reuse_variables("flow")(FLOWS[name])
    return modes.program(mode, lambda: function(flow))


def jacobian_and_log_det(flow):
    """The Jacobian [n, d, d] by a tape, and the log determinant of the flow."""
    def step(z):
        columns = []
        for i in range(z.shape[-1]):
            with tf.GradientTape() as tape:
                tape.watch(z)
                moved = tf.reduce_sum(flow(z, tf.zeros_like(z[:, 0]))[0][:, i])
            columns.append(tape.gradient(moved, z))
        return tf.stack(columns, 1), -flow(z, tf.zeros_like(z[:, 0]))[1]
    return step


@every_flow
@pytest.mark.parametrize("d", [1, 2, 8])
def test_log_determinant_matches_the_jacobian(far_from_identity, name, d):
    z = np.random.RandomState(d).normal(size=[20, d])
    jacobian, log_det = program("eager", name, jacobian_and_log_det)(z)
    assert np.abs(log_det).max() > 1e-3
    np.testing.assert_allclose(
        log_det, np.linalg.slogdet(jacobian)[1], rtol=1e-8, atol=1e-10)


@every_flow
def test_every_mode(mode, far_from_identity, name):
    def make(flow):
        flow(tf.zeros([1, 3]), tf.zeros([1]))  # XLA of 1.15 cannot make variables
        return jacobian_and_log_det(flow)
    z = np.random.RandomState(0).normal(size=[7, 3]).astype(np.float32)
    jacobian, log_det = program(mode, name, make)(z)
    np.testing.assert_allclose(
        log_det, np.linalg.slogdet(jacobian)[1], rtol=1e-4, atol=1e-5)


@every_flow
def test_density_integrates_to_one(far_from_identity, name):
    """Over the curvilinear cells that a grid of z is moved to, d = 2."""
    axis = np.linspace(-7., 7., 281)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    log_q = -0.5 * (z ** 2).sum(-1) - np.log(2 * np.pi)
    moved, log_q = program("eager", name, lambda flow: flow)(z, log_q)
    diagonals = moved[1:, 1:] - moved[:-1, :-1], moved[1:, :-1] - moved[:-1, 1:]
    areas = np.abs(diagonals[0][..., 0] * diagonals[1][..., 1]
                   - diagonals[0][..., 1] * diagonals[1][..., 0]) / 2
    q = np.exp(log_q)
    corners = (q[1:, 1:] + q[:-1, :-1] + q[1:, :-1] + q[:-1, 1:]) / 4
    np.testing.assert_allclose((areas * corners).sum(), 1., rtol=1e-3)


@every_flow
def test_flows_start_near_the_identity(name):
    z = np.random.RandomState(0).normal(size=[50, 4]).astype(np.float32)
    moved, log_q = program("eager", name, lambda flow: flow)(z, np.zeros(50, "float32"))
    scale = 0.9 ** 3 if name == "iaf gru" else 1.  # its gates start at sigmoid(2)
    assert np.abs(moved - scale * z).max() < 0.5
    assert np.abs(log_q + 4 * np.log(scale)).max() < 0.5


def test_elements_depend_on_those_before_only(far_from_identity):
    def step(z):
        rows = []
        for i in range(4):
            with tf.GradientTape() as tape:
                tape.watch(z)
                m, s = linear_ar("ar", 0, z)
                element = (m + s)[0, i]
            rows.append(tape.gradient(element, z)[0])
        return tf.stack(rows)
    jacobian = modes.run("eager", step, np.ones([1, 4]))
    assert (jacobian[np.triu_indices(4)] == 0).all()
    assert (jacobian[np.tril_indices(4, -1)] != 0).all()


def test_hidden_input_may_be_an_array(far_from_identity):
    def outputs(z):
        hidden = np.ones([1, 3], np.float32)
        return linear_ar("ar", 0, z), linear_ar("ar", 1, z, hidden)
    without, with_hidden = modes.run("eager", outputs, np.zeros([1, 4]))
    assert (without[0] != with_hidden[0]).all()


@pytest.mark.parametrize("strength", [-30., -5., 1., 200.])
def test_planar_log_determinant_is_accurate_where_nearly_singular(mode, strength):
    """u along -w by far, against the formula in extended precision."""
    w = np.array([1., 0.], np.float32)
    z = np.array([[0.3, 1.], [0., 1.], [6., 1.], [-9., 1.], [50., 1.]], np.float32)
    _, log_det = modes.run(
        mode, lambda z, u: zs.distributions.bijectors.Planar(
            u, w, 0.).forward_and_log_det(z), z, np.float32(strength) * w)
    slope = np.log1p(np.exp(np.longdouble(strength))) - 1  # of w . u, above -1
    derivative = np.cosh(z[:, 0].astype(np.longdouble)) ** -2
    np.testing.assert_allclose(
        log_det, np.log1p(slope * derivative).astype("float64"), rtol=2e-6, atol=1e-6)


def test_several_flows_in_one_graph_have_variables_of_their_own():
    with modes.session():
        z = tf.zeros([5, 2])
        for _ in range(2):
            zs.planar_normalizing_flow(z, tf.zeros([5]), 2)
        assert len(v1.trainable_variables()) == 2 * 3 * 2


def test_templates_share_variables():
    with modes.session():
        template = v1.make_template(
            "flow", lambda z: zs.planar_normalizing_flow(z, tf.zeros([5]), 2))
        template(tf.zeros([5, 2]))
        template(tf.ones([5, 2]))
        assert len(v1.trainable_variables()) == 3 * 2


def test_networks_may_take_the_update_rule():
    def plain(name, id, z, hidden):
        return tf.zeros_like(z), 2. * tf.ones_like(z)

    def asking(name, id, z, hidden, update):
        assert update == "gru"
        return tf.zeros_like(z), tf.zeros_like(z)
    z, zeros = np.ones([3, 2]), np.zeros(3)
    moved, log_q = modes.run("eager", lambda *a: inv_autoregressive_flow(
        a[0], None, a[1], plain, 2), z, zeros)
    np.testing.assert_allclose(moved, 4. * z)
    np.testing.assert_allclose(log_q, np.full(3, -4 * np.log(2.)))
    moved, log_q = modes.run("eager", lambda *a: inv_autoregressive_flow(
        a[0], None, a[1], asking, 1, update="gru"), z, zeros)
    np.testing.assert_allclose(moved, 0.5 * z)
    np.testing.assert_allclose(log_q, np.full(3, 2 * np.log(2.)))


def test_errors():
    with pytest.raises(ValueError, match="'normal' or 'gru'"):
        inv_autoregressive_flow(np.ones([2, 2]), None, np.ones(2), linear_ar, 1, "lstm")
    with pytest.raises(ValueError, match="d known"):
        modes.run("function", lambda z: planar(z, z[:, 0]), np.ones([2, 2]),
                  dynamic_shapes=True)
