"""Bijectors against automatic differentiation, and their inverses."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

from zhusuan.distributions import bijectors

X = np.array([[-30., 0.5, 1.], [0., 0., 0.], [3., -2., 0.25], [25., -1., -4.]])
ROWS = {
    "affine": lambda: bijectors.Affine(2., -0.5),
    "exp": bijectors.Exp,
    "softplus": bijectors.Softplus,
    "sigmoid": bijectors.Sigmoid,
    "interval": lambda: bijectors.Sigmoid(-3., 5.),
    "simplex": bijectors.SoftmaxCentered,
    "ordered": bijectors.Ordered,
    "planar": lambda: bijectors.Planar(
        np.array([0.5, -4., 1.]), np.array([1., 2., -0.5]), 0.3)}


@pytest.mark.parametrize("name", ROWS)
def test_the_log_determinant_is_that_of_the_jacobian(name):
    with context.eager_mode():
        bijector, x = ROWS[name](), tf.constant(X)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = bijector.forward(x)
            y = y[..., :3]  # the last component of a simplex depends on the others
        jacobian = tape.batch_jacobian(y, x, experimental_use_pfor=False).numpy()
        log_det = bijector.forward_log_det_jacobian(x).numpy()
    assert log_det.ndim == 2 - bijector.event_ndims
    total = log_det if bijector.event_ndims else log_det.sum(axis=-1)
    want = np.array([np.linalg.slogdet(j)[1] for j in jacobian])
    np.testing.assert_allclose(total, want, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"planar"}))
def test_the_inverse_inverts(name):
    with context.eager_mode():
        bijector, x = ROWS[name](), tf.constant(X[1:3])
        y = bijector.forward(x)
        assert y.shape[-1] == bijector.forward_length(3)
        np.testing.assert_allclose(bijector.inverse(y), x, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_log_determinants_are_finite_far_out(name):
    with context.eager_mode():
        x = tf.constant([[-500., 400., 0.]])
        bijector = ROWS[name]() if name != "planar" else bijectors.Planar(
            tf.ones([3]), tf.ones([3]), 0.)
        assert np.isfinite(bijector.forward_log_det_jacobian(x)).all()


def test_planar_has_no_inverse():
    with pytest.raises(NotImplementedError, match="Planar"):
        bijectors.Planar(np.ones(2), np.ones(2), 0.).inverse(np.ones(2))
