"""Draws of the normal distributions that the paths of Pathfinder found."""
import numpy as np

from zhusuan._model.initial_values import random_state_of
from zhusuan._model.local_normal import N_AT_ONCE, map_in_batches
from zhusuan._tf import programs
from zhusuan.utils._resampling import resample
from zhusuan.variational._pareto_smoothing import smooth_log_weights

__all__ = ["PathDraws"]

# Streams of random numbers: those of `path_search` differ.
_RESAMPLED, _CANDIDATES, _WEIGHED = 1, 2, 3


class PathDraws:
    """Importance resampling of draws of all paths, as a `Fit` takes it.

    The density of candidates is that of the mixture of all normal distributions, whose
    weights are right also if several paths end at one mode. The weights of each path
    by its own density (Zhang et al., 2022, algorithm 2) would count that mode as often
    as it was found. (Owen and Zhou, 2000, "Safe and effective importance sampling",
    section 3, the balance heuristic of deterministic mixtures.)

    :param space: An `UnconstrainedSpace`.
    :param density: A `Density`.
    :param normals: A list of `QuasiNewtonNormal`.
    :param n_candidates: An int, the least number of candidates of each path.
    """

    def __init__(self, space, density, normals, n_candidates, session):
        self._space, self._density, self._normals = space, density, normals
        self._n_candidates, self._session = n_candidates, session
        self._program = None

    def __call__(self, n, seed):
        """A dict of arrays of `n` resampled draws by name."""
        return self.resampled(n, seed, *self.candidates(n, seed))

    def candidates(self, n, seed):
        """Vectors of all paths, from which `n` are to be resampled; log weights."""
        return self._weighted(
            max(n, self._n_candidates) * len(self._normals), seed, _CANDIDATES)

    def resampled(self, n, seed, vectors, log_weights):
        """A dict of arrays of `n` draws by name, resampled by smoothed weights."""
        if not np.any(np.isfinite(log_weights)):
            raise ValueError(
                "pathfinder: the log density of the model is not finite at any of %d "
                "draws. Pass init= with other values of the latents." % len(vectors))
        weights = np.exp(smooth_log_weights(log_weights)[0])
        chosen = resample(weights, n, random_state_of(seed, _RESAMPLED))
        return self._values(vectors[chosen])

    def weigh(self, n, seed):
        """A dict of arrays of `n` candidates by name, and their log weights."""
        vectors, log_weights = self._weighted(n, seed, _WEIGHED)
        return self._values(vectors), log_weights

    def _weighted(self, n, seed, stream):
        """Vectors `[n, d]` from all paths in turn, and their log weights `[n]`."""
        noise = random_state_of(seed, stream).standard_normal([n, self._space.n_dims])
        vectors = np.empty_like(noise)
        for i, normal in enumerate(self._normals):
            vectors[i::len(self._normals)] = normal.draws(noise[i::len(self._normals)])
        # Both densities are to be those of the rounded vectors.
        vectors = vectors.astype(self._space.dtype.as_numpy_dtype).astype(np.float64)
        log_weights = self._density.log_probs(vectors) - np.logaddexp.reduce(
            [x.log_density(vectors) for x in self._normals]) + np.log(
                len(self._normals))
        # Where an integrator of the model overflows, the density is nan.
        log_weights[~np.isfinite(log_weights)] = -np.inf
        return vectors, log_weights

    def _values(self, vectors):
        vectors = vectors.astype(self._space.dtype.as_numpy_dtype)
        if self._program is None:
            self._program = programs.build_program(
                self._space.values, [vectors[:1].repeat(N_AT_ONCE, axis=0)])
        return map_in_batches(
            lambda x: self._program([x], self._session)[0], vectors)
