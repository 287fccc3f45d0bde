"""Draws of the posterior of a fit."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.latents import (
    collect_latents,
    observe_latents,
    samples_of,
    sum_log_probs,
)
from zhusuan._tf import programs
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import support_checks
from zhusuan.variational.posteriors._joint_density import has_point_mass

__all__ = ["PosteriorDraws"]

# The number of draws that a fit has, and of the numbers in them.
_N_DRAWS, _MAX_NUMBERS = 1000, 2 ** 25
# Seeds of draws differ from those of steps.
_SEED = 2 ** 41
_WEIGHTS_SEED = 2 ** 42
# The number of draws whose weights are computed at once, which bounds the memory.
_N_AT_ONCE = 100


class PosteriorDraws:
    """The function of a number of draws and a seed that a `Fit` takes.

    :param problem: A `Problem`.
    :param data: A dict of all data that are split into minibatches, by name; None if
        they are not known.
    """

    def __init__(self, problem, session, data):
        self._problem, self._session, self._data = problem, session, data
        self._programs = {}

    def __call__(self, n, seed):
        """A dict of arrays of `n` draws by name."""
        def values(seed):
            with seeded(seed):
                return self._problem.values(n)

        return self._run(n, values, np.array([seed, _SEED], np.int64))

    def _run(self, name, fn, arguments):
        if name not in self._programs:
            self._programs[name] = programs.build_program(fn, [arguments])
        return self._programs[name]([arguments], self._session)[0]

    def weigh(self, n, seed):
        """A dict of arrays of `n` draws by name, and their log weights `[n]`."""
        self._check_weights()
        parts = [self._run("weights", self._weighted, (
            np.array([seed, _WEIGHTS_SEED + i], np.int64), self._data))
            for i in range(-(-n // _N_AT_ONCE))]
        draws = {name: np.concatenate([part[0][name] for part in parts])[:n]
                 for name in parts[0][0]}
        return draws, np.concatenate([part[1] for part in parts])[:n].astype(float)

    def _check_weights(self):
        if self._data is None:
            raise ValueError(
                "Fit.diagnose: the fit used minibatches or a part of the data, but the "
                "density of the posterior depends on all data. Pass data= as a dict of "
                "arrays with all rows, and omit n_data=.")

    def _weighted(self, arguments):
        seed, data = arguments
        with seeded(seed), support_checks(False), unchecked_bounds():
            q = self._problem.draw(data, _N_AT_ONCE)
            if has_point_mass(q):
                raise ValueError(
                    "Fit.diagnose: a point estimate has no density to compare with the "
                    "posterior. Use zs.laplace, or another posterior=.")
            latents = collect_latents(None, q)
            model, observed = self._problem.observe(data)
            log_joint, _ = observe_latents(model, observed, latents, axis=0)
            log_weights = tf.convert_to_tensor(log_joint - sum_log_probs(latents))
        if log_weights.shape.rank != 1:
            raise ValueError(
                "Fit.diagnose: the log weights log p - log q must be one number for "
                "each draw of all latents, but their shape is %s. Sum the log "
                "densities of nodes over the axes of data by group_ndims, in the model "
                "and in the posterior." % log_weights.shape)
        return samples_of(latents), log_weights

    def to_store(self, seed):
        """As many draws as a `Fit` has: 1000, but fewer of many numbers or points."""
        n_points = getattr(self._problem.posterior, "n_stored", None)
        if n_points is not None:
            return self(n_points, seed)
        n_numbers = sum(x.size for x in self(1, seed).values())
        return self(int(np.clip(_MAX_NUMBERS // n_numbers, 1, _N_DRAWS)), seed)
