"""The normal approximation of a density at a point near its mode, by Newton's method.

It is a rough one, from which the scales of variables to train are taken.
"""
from typing import Any, NamedTuple

import numpy as np

from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan._tf.random_numbers import seeded

__all__ = ["MAX_DIMS", "LocalNormal", "find_local_normal"]

# Hessians of more dimensions take too long.
MAX_DIMS = 200
_MAX_ITERATIONS, _N_DRAWS = 30, 64
_STEP_SIZES = 0.5 ** np.arange(12)
# Differences of gradients: in standard deviations, and before these are known.
_DIFFERENCE, _FIRST_DIFFERENCE = 0.3, 0.05
# Curvatures below this part of the largest one count as that.
_SMALLEST = 1e-14


class LocalNormal(NamedTuple):
    """A normal distribution of vectors of unconstrained space.

    :param mean: An array `[d]`.
    :param precision: A positive definite array `[d, d]`; None for the identity.
    :param covariance: Its inverse; None for the identity.
    """

    mean: Any
    precision: Any = None
    covariance: Any = None

    @property
    def conditional_std(self):
        """The standard deviation of each number given the others."""
        if self.precision is None:
            return np.ones_like(self.mean)
        return np.diag(self.precision) ** -0.5


def find_local_normal(space, model, observed, start, session=None):
    """The :class:`LocalNormal` of the iterates that has the highest bound.

    The highest density itself may be at the edge, as that of a hierarchical model whose
    scale goes to 0. Among the iterates, the one whose normal distribution has the
    highest evidence lower bound is chosen (Zhang et al., 2022, "Pathfinder", section
    2.2). Where log density and gradients are not finite, the search ends.

    :param space: An `UnconstrainedSpace`.
    :param start: An array, the initial vector.
    :return: None if not even one iterate has a finite Hessian and bound.
    """
    density = _Density(space, model, observed, len(start), session)
    best, best_bound = None, -np.inf
    x, differences = np.asarray(start, np.float64), np.full(
        len(start), _FIRST_DIFFERENCE)
    for _ in range(_MAX_ITERATIONS):
        log_prob, gradient, hessian = density.derivatives(x, differences)
        if not np.all(np.isfinite(hessian)) or not np.isfinite(log_prob):
            break
        normal = _normal_of(x, hessian)
        bound = density.bound(normal)
        if bound > best_bound:
            best, best_bound = normal, bound
        differences = _DIFFERENCE * normal.conditional_std
        step = normal.covariance @ gradient
        moved = density.ascend(x, step, log_prob)
        if moved is None or gradient @ step < 1e-4:
            break
        x = moved
    return best


def _normal_of(x, hessian):
    values, vectors = np.linalg.eigh(-0.5 * (hessian + hessian.T))
    values = np.maximum(np.abs(values), max(
        _SMALLEST * np.max(np.abs(values)), np.finfo(float).tiny))
    return LocalNormal(x, vectors * values @ vectors.T, vectors / values @ vectors.T)


class _Density:
    """Log densities and gradients of batches of vectors."""

    def __init__(self, space, model, observed, n_dims, session):
        target = space.target(Target(model, observed, list(space.shapes)))

        def without_seeds(xs):
            with seeded(0):  # nodes do not use those of the caller
                return target(xs)

        # One size, so that there is one program.
        self._size = max(2 * n_dims + 1, _N_DRAWS, len(_STEP_SIZES))
        self._dtype = space.dtype.as_numpy_dtype
        self._session = session
        noise = np.random.RandomState(0).standard_normal([_N_DRAWS // 2, n_dims])
        self._noise = np.concatenate([noise, -noise])  # with the mean 0
        self._program = programs.build_program(
            without_seeds, [np.zeros([self._size, n_dims], self._dtype)])

    def __call__(self, xs):
        """Log densities and gradients, float64 arrays."""
        padding = np.repeat(xs[-1:], self._size - len(xs), axis=0)
        batch = np.concatenate([xs, padding]).astype(self._dtype)
        outputs = self._program([batch], self._session)[0]
        return [np.asarray(x, np.float64)[:len(xs)] for x in outputs]

    def derivatives(self, x, differences):
        """The log density, its gradient, and its Hessian by central differences."""
        moves = np.diag(differences)
        log_prob, gradients = self(np.concatenate([[x], x + moves, x - moves]))
        n = len(x)
        slopes = (gradients[1:n + 1] - gradients[n + 1:]) / (
            2. * differences[:, np.newaxis])
        return log_prob[0], gradients[0], slopes

    def bound(self, normal):
        """The lower bound of a `LocalNormal`, up to a constant; -inf if not finite.

        All are of the same noise, so that their order has little error.
        """
        root = np.linalg.cholesky(normal.covariance)
        log_prob, _ = self(normal.mean + self._noise @ root.T)
        bound = np.mean(log_prob) + np.sum(np.log(np.diag(root)))
        return bound if np.isfinite(bound) else -np.inf

    def ascend(self, x, step, log_prob):
        """The best point along a step; None if no point has a higher log density."""
        candidates = x + _STEP_SIZES[:, np.newaxis] * step
        log_probs, _ = self(candidates)
        log_probs = np.where(np.isfinite(log_probs), log_probs, -np.inf)
        best = np.argmax(log_probs)
        return candidates[best] if log_probs[best] > log_prob else None
