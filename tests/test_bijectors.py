"""Bijectors against automatic differentiation, and their inverses."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats
from tensorflow.python.eager import context

from zhusuan.distributions import bijectors

X = np.array([[-30., 0.5, 1.], [0., 0., 0.], [3., -2., 0.25], [25., -1., -4.]])
ROWS = {
    "affine": lambda: bijectors.Affine(2., -0.5),
    "exp": bijectors.Exp,
    "above": lambda: bijectors.Beyond(0.5),
    "below": lambda: bijectors.Beyond(-2., is_above=False),
    "softplus": bijectors.Softplus,
    "sigmoid": bijectors.Sigmoid,
    "interval": lambda: bijectors.Sigmoid(-3., 5.),
    "intervals": lambda: bijectors.Sigmoid([-3., 0., 1.], [5., 0.5, 4.]),
    "simplex": bijectors.SoftmaxCentered,
    "ordered": bijectors.Ordered,
    "planar": lambda: bijectors.Planar(
        np.array([0.5, -4., 1.]), np.array([1., 2., -0.5]), 0.3)}


@pytest.mark.parametrize("name", ROWS)
def test_log_determinants_match_the_jacobian(name):
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
def test_inverses_return_the_input(name):
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


# -- Densities of images integrate to 1 --

def panels(ends):
    """Gauss and Legendre's rule between all neighbours of `ends`."""
    x, w = np.polynomial.legendre.leggauss(24)
    half = np.diff(ends)[:, None] / 2.
    return (ends[:-1, None] + half * (1. + x)).ravel(), (half * w).ravel()


POSITIVE = panels(10. ** np.linspace(-9., 7., 33))
UNIT = panels(np.array([0., 1e-6, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1.]))
RULES = {
    "affine": panels(np.linspace(-20., 20., 21)),
    "exp": POSITIVE, "softplus": POSITIVE, "sigmoid": UNIT,
    "above": (0.5 + POSITIVE[0], POSITIVE[1]),
    "below": (-2. - POSITIVE[0], POSITIVE[1]),
    "interval": (8. * UNIT[0] - 3., 8. * UNIT[1])}


@pytest.mark.parametrize("name", sorted(RULES))
def test_densities_of_mapped_normals_integrate_to_one(name):
    y, weights = RULES[name]
    with context.eager_mode():
        bijector = ROWS[name]()
        x, log_det = [t.numpy() for t in bijector.inverse_and_log_det(tf.constant(y))]
    np.testing.assert_allclose(
        np.sum(weights * stats.norm(0.3, 1.2).pdf(x) * np.exp(-log_det)), 1., rtol=1e-7)


@pytest.mark.parametrize("name", ["simplex", "ordered"])
def test_densities_of_mapped_normal_vectors_integrate_to_one(name):
    """Over a triangle, and over the half of a plane above its diagonal."""
    first, w_first = UNIT if name == "simplex" else panels(np.linspace(-8., 8., 9))
    rest, w_rest = UNIT if name == "simplex" else POSITIVE
    first, rest = np.meshgrid(first, rest, indexing="ij")
    weights = w_first[:, None] * w_rest
    if name == "simplex":  # rest is the share of the second in what is left
        y = np.stack([first, (1. - first) * rest, (1. - first) * (1. - rest)], -1)
        weights = weights * (1. - first)
    else:  # rest is the difference
        y = np.stack([first, first + rest], -1)
    with context.eager_mode():
        bijector = ROWS[name]()
        x, log_det = [t.numpy() for t in bijector.inverse_and_log_det(tf.constant(y))]
    density = np.prod(stats.norm(0.3, 1.2).pdf(x), -1) * np.exp(-log_det)
    np.testing.assert_allclose(np.sum(weights * density), 1., rtol=1e-6)


def test_affine_bijector_has_no_range_to_check():
    with context.eager_mode():
        assert ROWS["affine"]().contains(tf.constant(X)) is None


@pytest.mark.parametrize("name", sorted(set(ROWS) - {"planar", "affine"}))
def test_contains_is_true_in_range_only(name):
    with context.eager_mode():
        bijector, x = ROWS[name](), tf.constant(X)
        y = bijector.clip(bijector.forward(x))
        if name != "ordered":  # rounding makes neighbours equal
            far = bijector.clip(bijector.forward(40. * x))
            assert np.isfinite(bijector.inverse(far)).all()
        inside = bijector.contains(y)
        assert inside.numpy().all()
        outside = 1e3 if name == "below" else -1e3
        assert not bijector.contains(outside - 0. * y).numpy().any()


def test_planar_has_no_inverse():
    with pytest.raises(NotImplementedError, match="Planar"):
        bijectors.Planar(np.ones(2), np.ones(2), 0.).inverse(np.ones(2))
