"""RealNVP, MAF and IAF: inverses, log determinants, variables."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

FLOWS = [zs.transform.RealNVP, zs.transform.MAF, zs.transform.IAF]
every_flow = pytest.mark.parametrize("flow_class", FLOWS)


@pytest.fixture
def far_from_identity(monkeypatch):
    """Variables of standard deviation 0.5, each of other values."""
    make, seeds = tf.random_normal_initializer, iter(range(1000))
    monkeypatch.setattr(tf, "random_normal_initializer",
                        lambda stddev: make(stddev=0.5, seed=next(seeds)))


def program(mode, flow_class, d, function, dtype=tf.float64):
    """`function(flow, x)` of one flow, whose variables are made beforehand."""
    @zs.reuse_variables("flow")
    def flow():
        return flow_class(d, n_layers=3, hidden_units=(7, 5), dtype=dtype)

    def make():
        flow()  # XLA of TensorFlow 1.15 cannot make variables
        return lambda *args: function(flow(), *args)
    return modes.program(mode, make)


def jacobian(flow, x):
    rows = []
    for i in range(x.shape[-1]):
        with tf.GradientTape() as tape:
            tape.watch(x)
            element = tf.reduce_sum(flow.forward(x)[:, i])
        rows.append(tape.gradient(element, x))
    return tf.stack(rows, 1), flow.forward_log_det_jacobian(x)


@every_flow
@pytest.mark.parametrize("d", [1, 2, 8])
def test_log_determinant_matches_the_jacobian(far_from_identity, flow_class, d):
    x = np.random.RandomState(d).normal(size=[20, d])
    matrix, log_det = program("eager", flow_class, d, jacobian)(x)
    assert np.abs(log_det).max() > 1e-3
    np.testing.assert_allclose(
        log_det, np.linalg.slogdet(matrix)[1], rtol=1e-8, atol=1e-9)


@every_flow
def test_inverse_in_every_mode(mode, far_from_identity, flow_class):
    def there_and_back(flow, x):
        y, log_det = flow.forward_and_log_det(x)
        return (y, log_det) + flow.inverse_and_log_det(y) + (flow.inverse(y),)
    x = np.random.RandomState(0).normal(size=[2, 6, 3])
    y, log_det, back, log_det_back, inverse = program(
        mode, flow_class, 3, there_and_back)(x)
    assert np.abs(y - x).max() > 0.1
    np.testing.assert_allclose(back, x, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(inverse, x, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(log_det_back, log_det, rtol=1e-8, atol=1e-9)


@every_flow
def test_gradients_both_ways(mode, far_from_identity, flow_class):
    """With a finite difference along one direction of x."""
    def slopes(flow, x):
        results = []
        for function in flow.forward_and_log_det, flow.inverse_and_log_det:
            with tf.GradientTape() as tape:
                tape.watch(x)
                value, log_det = function(x)
                total = tf.reduce_sum(tf.sin(value)) + tf.reduce_sum(log_det)
            results.append((total, tape.gradient(total, x)))
        return results
    x, step = np.random.RandomState(0).normal(size=[2, 4, 3])
    run = program(mode, flow_class, 3, slopes)
    middle, above, below = run(x), run(x + 1e-5 * step), run(x - 1e-5 * step)
    for (_, gradient), (high, _), (low, _) in zip(middle, above, below):
        np.testing.assert_allclose(
            (gradient * step).sum(), (high - low) / 2e-5, rtol=1e-5)


@every_flow
def test_density_integrates_to_one(far_from_identity, flow_class):
    """Of the density at a grid of y, by the inverse; d = 2."""
    axis = np.linspace(-12., 12., 401)
    y = np.stack(np.meshgrid(axis, axis), -1)
    x, log_det = program("eager", flow_class, 2, lambda flow, y:
                         flow.inverse_and_log_det(y))(y)
    log_q = -0.5 * (x ** 2).sum(-1) - np.log(2 * np.pi) - log_det
    np.testing.assert_allclose(
        np.exp(log_q).sum() * (axis[1] - axis[0]) ** 2, 1., rtol=1e-3)


@every_flow
def test_flows_start_near_the_identity(flow_class):
    x = np.random.RandomState(0).normal(size=[20, 4]).astype(np.float32)
    y, log_det = program("eager", flow_class, 4, lambda flow, x:
                         flow.forward_and_log_det(x), dtype=tf.float32)(x)
    assert np.abs(y - x).max() < 0.5 and np.abs(log_det).max() < 0.5


@every_flow
def test_variables_are_shared_where_the_model_reuses_them(flow_class):
    """In a v1 graph; `program` above depends on it in the other modes."""
    @zs.meta_bayesian_net(scope="model", reuse_variables=True)
    def model(d):
        flow_class(d, n_layers=2, hidden_units=(3,))
        bn = zs.BayesianNet()
        bn.normal("x", 0., std=1.)
        return bn
    with modes.session():
        bn = model(2)
        bn.observe()
        n_variables = len(v1.trainable_variables())
        bn.observe()
        assert len(v1.trainable_variables()) == n_variables == 2 * 2 * 3


@every_flow
def test_vectors_of_another_length_raise(flow_class):
    with pytest.raises(ValueError, match=r"\(3\) maps vectors of length 3.*\(5, 2\)"):
        program("eager", flow_class, 3, lambda flow, x: flow.forward(x))(
            np.zeros([5, 2]))
