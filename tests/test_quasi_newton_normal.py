"""The mathematics of Pathfinder against closed forms and dense matrices."""
import numpy as np
import pytest
import scipy.optimize
import scipy.stats as st

from zhusuan.variational import _lbfgs_path
from zhusuan.variational._quasi_newton_normal import normals_along, update_diagonal

D = 6
ROOT = np.random.RandomState(3).standard_normal([D, D])
PRECISION = ROOT @ ROOT.T + np.diag([1., 2., 3., 10., 30., 100.])
MODE = np.arange(6.) - 2.


def quadratic(x):
    """The log density of a normal distribution without its constant; its gradient."""
    gradient = -PRECISION @ (x - MODE)
    return 0.5 * (x - MODE) @ gradient, gradient


def conjugate_path(start):
    """Iterates of conjugate gradients with exact line searches, and their gradients."""
    positions, gradients = [start], [quadratic(start)[1]]
    direction = gradients[0]
    for _ in range(D):
        length = gradients[-1] @ direction / (direction @ PRECISION @ direction)
        positions.append(positions[-1] + length * direction)
        gradients.append(quadratic(positions[-1])[1])
        direction = gradients[-1] + direction * (gradients[-1] @ gradients[-1]) / (
            gradients[-2] @ gradients[-2])
    return np.array(positions), np.array(gradients)


def dense_inverse_hessian(positions, gradients, history_size):
    """By the update of Broyden, Fletcher, Goldfarb and Shanno, pair by pair."""
    s, y = np.diff(positions, axis=0), -np.diff(gradients, axis=0)
    diagonal = np.ones(positions.shape[1])
    for a, b in zip(s, y):
        diagonal = update_diagonal(diagonal, a, b)
    inverse = np.diag(diagonal)
    for a, b in list(zip(s, y))[-history_size:]:
        v = np.eye(len(a)) - np.outer(b, a) / (a @ b)
        inverse = v.T @ inverse @ v + np.outer(a, a) / (a @ b)
    return inverse


@pytest.mark.parametrize("history_size", [D, D + 3])
def test_inverse_hessian_of_a_quadratic_is_exact_after_d_steps(history_size):
    """For conjugate steps, the update keeps what earlier steps determined."""
    positions, gradients = conjugate_path(np.ones(D))
    *_, before, last = normals_along(positions, gradients, history_size)
    exact = np.linalg.inv(PRECISION)
    np.testing.assert_allclose(last.covariance, exact, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(last.mean, MODE, atol=1e-8)
    assert np.max(np.abs(before.covariance - exact)) > 1e-3


@pytest.mark.parametrize("history_size", [1, 2, 5, 20])
def test_covariance_matches_updates_of_a_dense_matrix(history_size):
    state = np.random.RandomState(0)
    positions = MODE + state.standard_normal([9, D])
    gradients = np.array([quadratic(x)[1] for x in positions])
    normals = list(normals_along(positions, gradients, history_size))
    np.testing.assert_array_equal(normals[0].covariance, np.eye(D))
    for n, normal in enumerate(normals[1:], 2):
        dense = dense_inverse_hessian(positions[:n], gradients[:n], history_size)
        np.testing.assert_allclose(normal.covariance, dense, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(
            normal.mean, positions[n - 1] + dense @ gradients[n - 1], rtol=1e-8)


@pytest.mark.parametrize("d, history_size", [(6, 6), (30, 3)])
def test_log_density_matches_scipy(d, history_size):
    state = np.random.RandomState(1)
    scales = np.exp(state.standard_normal(d))
    positions = state.standard_normal([8, d])
    *_, normal = normals_along(positions, -positions / scales, history_size)
    x = normal.draws(state.standard_normal([20, d]))
    expected = st.multivariate_normal(normal.mean, normal.covariance).logpdf(x)
    np.testing.assert_allclose(normal.log_density(x), expected, rtol=1e-9)


def test_diagonal_matches_the_update_of_a_dense_hessian():
    """Of the diagonal matrix, scaled such that y has its own curvature."""
    state = np.random.RandomState(2)
    diagonal, s = np.exp(state.standard_normal(D)), state.standard_normal(D)
    y = PRECISION @ s
    hessian = np.diag(1. / diagonal) * (y @ (diagonal * y)) / (s @ y)
    hessian += np.outer(y, y) / (s @ y) - np.outer(hessian @ s, hessian @ s) / (
        s @ hessian @ s)
    np.testing.assert_allclose(
        update_diagonal(diagonal, s, y), 1. / np.diag(hessian), rtol=1e-10)


def test_steps_without_curvature_are_left_out():
    """The gradient changes in the wrong direction, or not at all."""
    positions = np.array([[0., 0.], [1., 0.], [1., 1.]])
    gradients = np.array([[1., 0.], [2., 0.], [2., 0.]])
    for normal in normals_along(positions, gradients, 6):
        np.testing.assert_array_equal(normal.covariance, np.eye(2))


def test_overflow_gives_no_normal():
    positions = np.array([[0., 0.], [1., 0.], [2., 0.5]])
    gradients = np.array([[1e300, 0.], [-1e300, 1e299], [-1., 3.]])
    assert len(list(normals_along(positions, gradients, 6))) == 3


def test_path_ends_at_the_mode_with_its_iterates():
    path = _lbfgs_path.find_path(quadratic, np.zeros(D), 100, 6, 1e-13)
    assert path.is_converged
    np.testing.assert_array_equal(path.positions[0], np.zeros(D))
    np.testing.assert_allclose(path.positions[-1], MODE, atol=1e-6)
    for x, log_prob, gradient in zip(*path[:3]):
        expected = quadratic(x)
        assert log_prob == expected[0]
        np.testing.assert_array_equal(gradient, expected[1])
    assert np.all(np.diff(path.log_probs) >= 0.)


def test_path_ends_after_the_maximum_of_steps():
    path = _lbfgs_path.find_path(quadratic, np.zeros(D), 3, 6, 1e-13)
    assert len(path.positions) == 4 and not path.is_converged


@pytest.mark.parametrize("outside", [np.nan, np.inf, -np.inf])
def test_path_turns_back_where_the_density_is_not_finite(outside):
    """The mode of Gamma(3, 1e-3), whose first steps end below 0."""
    def density(x):
        if x[0] <= 0.:
            return outside, np.full(1, np.nan)
        return float(2. * np.log(x[0]) - 1e3 * x[0]), 2. / x - 1e3

    path = _lbfgs_path.find_path(density, np.array([0.5]), 100, 6, 1e-13)
    assert np.all(np.isfinite(path.log_probs))
    np.testing.assert_allclose(path.positions[-1], 2e-3, rtol=1e-4)


def test_missing_scipy_raises_its_name(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match="package scipy.*pip install scipy"):
        _lbfgs_path.find_path(quadratic, np.zeros(D), 3, 6, 1e-13)
    assert scipy.optimize is not None
