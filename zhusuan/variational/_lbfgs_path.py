"""The path of L-BFGS from a position to a mode of a log density."""
from typing import Any, Callable, List, NamedTuple, Tuple

import numpy as np

__all__ = ["Path", "find_path"]

# Of the gradient, in which the search ends.
_MIN_GRADIENT = 1e-8
# A line search of L-BFGS-B makes at most this number of evaluations.
_MAX_LINE_SEARCH = 20

_DensityFunction = Callable[[np.ndarray], Tuple[float, np.ndarray]]


class Path(NamedTuple):
    """The iterates, of which the first is the initial position.

    :param positions: An array `[n, d]`.
    :param log_probs: An array `[n]`.
    :param gradients: An array `[n, d]`, of the log density.
    :param is_converged: A bool. Whether the search ended before the maximum of steps.
    """

    positions: np.ndarray
    log_probs: np.ndarray
    gradients: np.ndarray
    is_converged: bool


def find_path(density: _DensityFunction, start: np.ndarray, max_steps: int,
              history_size: int, tolerance: float) -> Path:
    """The :class:`Path` by SciPy's L-BFGS-B, whose iterates have finite densities.

    :param density: A function of an array `[d]` that returns the log density and its
        gradient. Both are finite at `start`.
    :param tolerance: The relative change of the log density that ends the search.
    """
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        raise ImportError(
            "pathfinder: the package scipy, whose L-BFGS-B finds the modes, is not "
            "installed. Run pip install scipy.") from error
    record = _Record(density, start)
    result: Any = minimize(
        record.cost, start, jac=True, method="L-BFGS-B", callback=record.add,
        options={"maxcor": history_size, "maxiter": max_steps, "ftol": tolerance,
                 "gtol": _MIN_GRADIENT, "maxfun": _MAX_LINE_SEARCH * max_steps + 1})
    positions, log_probs, gradients = zip(*record.iterates)
    return Path(np.array(positions), np.array(log_probs), np.array(gradients),
                result.nit < max_steps)


class _Record:
    """The negative log density, and the iterates at which its callback is called."""

    def __init__(self, density: _DensityFunction, start: np.ndarray) -> None:
        self._density = density
        self._last: Any = (start,) + tuple(density(start))
        self.iterates: List[Any] = [self._last]

    def cost(self, x: np.ndarray) -> Tuple[float, np.ndarray]:
        """The value to minimize, and its gradient."""
        log_prob, gradient = self._evaluate(x)
        if np.isfinite(log_prob) and np.all(np.isfinite(gradient)):
            return -log_prob, -gradient
        # The line search interpolates, which numbers that are not finite would break.
        # Above the last iterate by what it was to descend, it takes a ninth of the
        # step or less.
        at, log_prob, gradient = self.iterates[-1]
        return -log_prob + abs(float(gradient @ (x - at))), np.zeros_like(x)

    def add(self, x: np.ndarray) -> None:
        """Add an iterate, whose density was usually the last to be evaluated."""
        self.iterates.append((x.copy(),) + self._evaluate(x))

    def _evaluate(self, x: np.ndarray) -> Tuple[float, np.ndarray]:
        if not np.array_equal(x, self._last[0]):
            self._last = (x.copy(),) + tuple(self._density(x))
        return self._last[1:]
