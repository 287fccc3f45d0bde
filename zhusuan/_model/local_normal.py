"""Normal approximations of a density at its mode or near it, by Newton's method."""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.target import Target
from zhusuan._tf import programs
from zhusuan._tf.gradients import differentiable
from zhusuan._tf.random_numbers import seeded

__all__ = ["MAX_DIMS", "N_AT_ONCE", "Curvature", "Density", "LocalNormal", "Mode",
           "find_local_normal", "find_mode", "map_in_batches"]

# The Hessians of `find_local_normal` take too long for more dimensions.
MAX_DIMS = 200
_MAX_ITERATIONS, _N_DRAWS = 30, 64
# Searches have common batches up to this number of vectors, which limits memory.
_MAX_ROWS = 320
_STEP_SIZES = 0.5 ** np.arange(12)
# Differences of gradients: in standard deviations, and before these are known.
_DIFFERENCE, _FIRST_DIFFERENCE = 0.3, 0.05
# Curvatures below this part of the largest one count as that.
_SMALLEST = 1e-14
# Limits of the search for a mode, see `Mode.distance`: where steps are no longer
# shortened, where the position is the mode, and where steps are rounding errors.
_MAX_MODE_ITERATIONS, _NEAR, _CONVERGED, _EXACT = 200, 0.03, 0.01, 1e-9
# The number of rows of a Hessian that are computed at once.
_N_ROWS = 64
# The number of vectors whose log densities are computed at once.
N_AT_ONCE = 100


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


class Curvature:
    """The negative Hessian of a log density, `precision`.

    :param hessian: An array `[d, d]`.
    :param eps: The relative rounding error of its items.
    """

    def __init__(self, hessian, eps):
        self.precision = -0.5 * (hessian + hessian.T)
        scale = np.sqrt(np.abs(np.diag(self.precision)))
        self._scale = np.where(scale > 0., scale, 1.)
        # Eigenvalues in units of the diagonal do not depend on the units of latents.
        self._values, self._vectors = np.linalg.eigh(
            self.precision / np.outer(self._scale, self._scale))
        self._is_definite = self._values[0] > 10. * len(scale) * eps

    @property
    def is_positive_definite(self):
        """Whether it is, beyond rounding errors."""
        return self._is_definite

    @property
    def lowest(self):
        """The lowest eigenvalue and its vector, in units of the diagonal."""
        return self._values[0], self._vectors[:, 0]

    @property
    def covariance(self):
        """The inverse of a positive definite precision."""
        return self._vectors / self._values @ self._vectors.T / np.outer(
            self._scale, self._scale)

    @property
    def log_det(self):
        """The log determinant of a positive definite precision."""
        return np.sum(np.log(self._values)) + 2. * np.sum(np.log(self._scale))


class Mode(NamedTuple):
    """The last position of the search for a mode.

    :param position: An array `[d]`.
    :param log_prob: The log density there.
    :param curvature: The :class:`Curvature` there.
    :param distance: The length of Newton's step from there, in standard deviations.
    :param log_probs: A list of the log densities of all positions.
    """

    position: Any
    log_prob: float
    curvature: Curvature
    distance: float
    log_probs: Any

    @property
    def is_converged(self):
        """Whether the position is a stationary point up to 0.01 standard deviations."""
        return self.distance < _CONVERGED


def find_local_normal(space, model, observed, starts, session=None):
    """The :class:`LocalNormal` of all iterates that has the highest bound.

    The highest density itself may be at the edge, as that of a hierarchical model whose
    scale goes to 0. Among the iterates from all starts, the one whose normal
    distribution has the highest evidence lower bound is chosen (Zhang et al., 2022,
    "Pathfinder", sections 2.2 and 2.3). Bounds of different modes compare their masses,
    as far as the normal distributions fit.

    :param space: An `UnconstrainedSpace`.
    :param starts: An array `[n_starts, d]`, the initial vectors.
    :return: None if not even one iterate has a finite Hessian and bound.
    """
    n_dims = starts.shape[1]
    noise = np.random.RandomState(0).standard_normal([_N_DRAWS // 2, n_dims])
    noise = np.concatenate([noise, -noise])  # with the mean 0
    # All batches have one size, so that one program suffices.
    n_rows = max(2 * n_dims + 1, _N_DRAWS + len(_STEP_SIZES))
    density = Density(space, model, observed, session, n_rows * max(
        1, min(len(starts), _MAX_ROWS // n_rows)))
    return max(_run_together(density, [
        _search(x, noise) for x in starts.astype(np.float64)]), key=lambda x: x[0])[1]


def _search(x, noise):
    """Search for the highest bound by Newton's method from the vector `x`.

    A generator of batches of vectors, which receives their log densities and gradients.
    Where these are not finite, the search ends.

    :return: The highest bound up to a constant, and its `LocalNormal`; -inf and None.
    """
    best, differences = (-np.inf, None), np.full(len(x), _FIRST_DIFFERENCE)
    for _ in range(_MAX_ITERATIONS):
        moves = np.diag(differences)
        log_probs, gradients = yield np.concatenate([[x], x + moves, x - moves])
        log_prob, gradient = log_probs[0], gradients[0]
        hessian = (gradients[1:len(x) + 1] - gradients[len(x) + 1:]) / (
            2. * differences[:, np.newaxis])
        if not np.all(np.isfinite(hessian)) or not np.isfinite(log_prob):
            break
        try:
            normal = _normal_of(x, hessian)
            root = np.linalg.cholesky(normal.covariance)
        except np.linalg.LinAlgError:  # of densities close to the largest numbers
            break
        step = normal.covariance @ gradient
        candidates = x + _STEP_SIZES[:, np.newaxis] * step
        log_probs, _ = yield np.concatenate([x + noise @ root.T, candidates])
        # With the same noise for all, the order of bounds has little error.
        bound = np.mean(log_probs[:len(noise)]) + np.sum(np.log(np.diag(root)))
        if np.isfinite(bound) and bound > best[0]:
            best = bound, normal
        differences = _DIFFERENCE * normal.conditional_std
        x = _highest(candidates, log_probs[len(noise):], log_prob)
        if x is None or gradient @ step < 1e-4:
            break
    return best


def _run_together(density, searches):
    """The results of generators of batches of vectors, computed in common batches."""
    results, batches = [None] * len(searches), {}

    def advance(i, values):
        batches.pop(i, None)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                batches[i] = searches[i].send(values)
        except StopIteration as end:
            results[i] = end.value

    for i in range(len(searches)):
        advance(i, None)
    while batches:
        ends = np.cumsum([len(x) for x in batches.values()])
        log_probs, gradients = density(np.concatenate(list(batches.values())))
        for i, *values in list(zip(
                batches, np.split(log_probs, ends[:-1]),
                np.split(gradients, ends[:-1]))):
            advance(i, values)
    return results


def find_mode(space, model, observed, start, session=None):
    """The :class:`Mode` by Newton's method, with Hessians by automatic differentiation.

    Steps go up even where the Hessian is not negative definite. The density may have
    no mode, or a stationary point that is none.

    :param space: An `UnconstrainedSpace`.
    :param start: An array, the initial vector.
    :return: None if density, gradient or Hessian are not finite at `start`.
    """
    density = Density(space, model, observed, session, len(_STEP_SIZES))
    best, log_probs, x = None, [], np.asarray(start, np.float64)
    for _ in range(_MAX_MODE_ITERATIONS):
        log_prob, gradient = [part[0] for part in density(x[np.newaxis])]
        hessian = density.hessian(x)
        if not np.all(np.isfinite(hessian)) or not np.isfinite(log_prob):
            break
        curvature = Curvature(hessian, density.eps)
        step = (curvature if curvature.is_positive_definite
                else _normal_of(x, hessian)).covariance @ gradient
        distance = np.sqrt(np.maximum(gradient @ step, 0.))
        is_near = distance < _NEAR + density.rounding_distance(log_prob)
        if is_near and best is not None and distance >= best.distance:
            break  # of rounding errors
        log_probs.append(log_prob)
        best = Mode(x, log_prob, curvature, distance, log_probs)
        if distance < _EXACT:
            break
        # Close to the mode, rounding errors exceed differences of log densities.
        candidates = x + _STEP_SIZES[:, np.newaxis] * step
        x = x + step if is_near else _highest(
            candidates, density(candidates)[0], log_prob)
        if x is None:
            break
    return best


def _highest(candidates, log_probs, log_prob):
    """The candidate with the highest log density; None if none is above `log_prob`."""
    log_probs = np.where(np.isfinite(log_probs), log_probs, -np.inf)
    best = np.argmax(log_probs)
    return candidates[best] if log_probs[best] > log_prob else None


def _normal_of(x, hessian):
    values, vectors = np.linalg.eigh(-0.5 * (hessian + hessian.T))
    values = np.maximum(np.abs(values), max(
        _SMALLEST * np.max(np.abs(values)), np.finfo(float).tiny))
    return LocalNormal(x, vectors * values @ vectors.T, vectors / values @ vectors.T)


def map_in_batches(function, xs, size=N_AT_ONCE):
    """The arrays of a function of `size` vectors, for any number of them, in a nest."""
    parts = []
    for begin in range(0, len(xs), size):
        batch = xs[begin:begin + size]
        padding = np.repeat(batch[-1:], size - len(batch), axis=0)
        parts.append(function(np.concatenate([batch, padding])))
    return tf.nest.map_structure(lambda *x: np.concatenate(x)[:len(xs)], *parts)


class Density:
    """Log densities and gradients of batches of vectors.

    :param size: An int, the number of vectors that are computed at once.
    """

    def __init__(self, space, model, observed, session, size):
        target = space.target(Target(model, observed, list(space.shapes)))

        def without_seeds(xs):
            with seeded(0):  # nodes do not use those of the caller
                return target(xs)

        self._space, self._target = space, without_seeds
        self._size, self._session = size, session
        self._dtype = space.dtype.as_numpy_dtype
        self.eps = np.finfo(self._dtype).eps
        self._program = programs.build_program(
            without_seeds, [np.zeros([size, space.n_dims], self._dtype)])
        self._rows_program, self._log_probs_program = None, None

    def __call__(self, xs):
        """Log densities and gradients, float64 arrays."""
        with np.errstate(over="ignore"):  # of steps beyond float32, to infinity
            xs = xs.astype(self._dtype)
        outputs = map_in_batches(
            lambda batch: self._program([batch], self._session)[0], xs, self._size)
        return [x.astype(np.float64) for x in outputs]

    def log_probs(self, xs):
        """Log densities of any number of vectors, without gradients, a float64 array.

        They are -inf where a constrained value overflows. The model would have the
        density of the largest number there, and the Jacobian grows without bound.
        """
        if self._log_probs_program is None:
            self._log_probs_program = programs.build_program(
                self._log_prob_without_overflow,
                [np.zeros([N_AT_ONCE, xs.shape[1]], self._dtype)])
        return map_in_batches(
            lambda batch: self._log_probs_program([batch], self._session)[0],
            xs.astype(self._dtype)).astype(np.float64)

    def _log_prob_without_overflow(self, xs):
        log_prob = self._target(xs)[0]
        is_large = [
            tf.reduce_any(tf.reshape(tf.abs(image.value), [xs.shape[0], -1])
                          >= image.value.dtype.max, axis=1)
            for image in self._space.images(xs).values()]
        return tf.where(tf.reduce_any(is_large, axis=0),
                        log_prob.dtype.as_numpy_dtype(-np.inf), log_prob)

    def hessian(self, x):
        """The Hessian of the log density by automatic differentiation."""
        directions = np.eye(len(x), dtype=self._dtype)
        n_rows = min(_N_ROWS, len(x))
        if self._rows_program is None:
            self._rows_program = programs.build_program(
                self._products, [(directions[:n_rows], directions[:n_rows])])
        at = np.repeat(x[np.newaxis].astype(self._dtype), n_rows, axis=0)
        rows = []
        for begin in range(0, len(x), n_rows):
            part = directions[begin:begin + n_rows]
            padding = np.zeros([n_rows - len(part), len(x)], self._dtype)
            products = self._rows_program(
                [(at, np.concatenate([part, padding]))], self._session)[0]
            rows.append(products[:len(part)])
        return np.concatenate(rows).astype(np.float64)

    def _products(self, arguments):
        """Products of Hessians at vectors with directions."""
        xs, directions = arguments
        gradient, gradients = differentiable(lambda xs: self._target(xs[0])[1], [xs])
        product = gradients([gradient], [directions])[0]
        return tf.zeros_like(xs) if product is None else product

    def rounding_distance(self, log_prob):
        """The distance in standard deviations that a rounding error changes."""
        return np.sqrt(2. * self.eps * (1. + np.abs(log_prob)))
