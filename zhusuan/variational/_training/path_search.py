"""The normal distribution with the highest bound along each path of Pathfinder."""
import itertools
from typing import Any, NamedTuple

import numpy as np

from zhusuan._model.initial_values import MAX_TRIES, WIDTH, random_state_of
from zhusuan.variational._lbfgs_path import find_path
from zhusuan.variational._quasi_newton_normal import QuasiNewtonNormal, normals_along

__all__ = ["BestNormal", "find_best_normal", "scatter"]

# Draws of each normal distribution for its bound, as in the paper and in Stan.
_N_DRAWS = 5
# The number of iterates whose bounds are computed at once.
_N_ITERATES = 20
# The relative change of the log density that ends a path, as in the paper.
_TOLERANCE = 1e-13
# Streams of random numbers, see `path_draws`.
_SCATTERED, _BOUNDS = 11, 12


class BestNormal(NamedTuple):
    """The result of one path.

    :param normal: The `QuasiNewtonNormal` with the highest bound.
    :param score: A pair by which it compares with those of other paths: the number of
        draws with a finite density, and the bound by these.
    :param bounds: An array with the evidence lower bound after each step, or at the
        initial position without steps; bounds that are not finite are -inf.
    :param path: The `Path`.
    """

    normal: QuasiNewtonNormal
    score: Any
    bounds: Any
    path: Any


def find_best_normal(density, start, max_steps, history_size, seed, i_path):
    """The :class:`BestNormal` of a path, or a vector where the density is not finite.

    (Zhang et al., 2022, algorithm 1). All bounds are estimated with the same noise.
    Where the density is not finite at some draws, as beyond an edge of the support, the
    normal distribution with the fewest of these is the best one.

    :param density: A `Density` of one vector at a time.
    """
    def of_one(x):
        log_prob, gradient = density(x[np.newaxis])
        return float(log_prob[0]), gradient[0]

    log_prob, gradient = of_one(start)
    if not np.isfinite(log_prob) or not np.all(np.isfinite(gradient)):
        return start
    path = find_path(of_one, start, max_steps, history_size, _TOLERANCE)
    noise = random_state_of(seed, _BOUNDS, i_path).standard_normal(
        [_N_DRAWS, len(start)])
    normals = normals_along(path.positions, path.gradients, history_size)
    if len(path.positions) > 1:
        next(normals)  # of the initial position, whose covariance is arbitrary
    best, best_score, bounds = None, (0, np.inf), []
    for some in iter(lambda: list(itertools.islice(normals, _N_ITERATES)), []):
        for normal, ratios in zip(some, _log_ratios(density, some, noise)):
            finite = ratios[np.isfinite(ratios)]
            score = (len(finite), np.sum(finite) / max(len(finite), 1))
            bounds.append(score[1] if len(finite) == _N_DRAWS else -np.inf)
            if score > best_score:
                best, best_score = normal, score
    if best is None:
        first = next(normals_along(path.positions, path.gradients, history_size))
        return start if first is None else first.draws(noise[0])
    return BestNormal(best, best_score, np.array(bounds), path)


def _log_ratios(density, normals, noise):
    """The log ratio of density and normal density at each draw, `[n, n_draws]`."""
    ratios = np.full([len(normals), len(noise)], np.nan)
    some = [x for x in normals if x is not None]
    if some:
        draws = [x.draws(noise) for x in some]
        log_probs = density.log_probs(np.concatenate(draws)).reshape(len(some), -1)
        ratios[[x is not None for x in normals]] = log_probs - [
            x.log_density(z) for x, z in zip(some, draws)]
    return ratios


def scatter(starts, density, seed):
    """Initial vectors that differ, where several equal the first one.

    They are moved by uniform numbers on (-2, 2) to where the density is finite.

    :param starts: An array `[n, d]`.
    """
    is_equal = np.all(starts == starts[0], axis=1)
    is_equal[0] = False
    if not np.any(is_equal):
        return starts
    moved = starts[0] + random_state_of(seed, _SCATTERED).uniform(
        -WIDTH, WIDTH, [MAX_TRIES, starts.shape[1]])
    moved = moved[np.isfinite(density.log_probs(moved))]
    chosen = np.flatnonzero(is_equal)[:len(moved)]
    starts = starts.copy()
    starts[chosen] = moved[:len(chosen)]
    return starts
