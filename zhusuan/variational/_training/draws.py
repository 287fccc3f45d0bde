"""Draws of the posterior of a fit."""
import numpy as np

from zhusuan._tf import programs
from zhusuan._tf.random_numbers import seeded

__all__ = ["PosteriorDraws"]

# The number of draws that a fit has, and of the numbers in them.
_N_DRAWS, _MAX_NUMBERS = 1000, 2 ** 25
# Seeds of draws differ from those of steps.
_SEED = 2 ** 41


class PosteriorDraws:
    """The function of a number of draws and a seed that a `Fit` takes.

    :param problem: A `Problem`.
    """

    def __init__(self, problem, session):
        self._problem, self._session = problem, session
        self._programs = {}

    def __call__(self, n, seed):
        """A dict of arrays of `n` draws by name."""
        def values(seed):
            with seeded(seed):
                return self._problem.values(n)

        seed = np.array([seed, _SEED], np.int64)
        if n not in self._programs:
            self._programs[n] = programs.build_program(values, [seed])
        return self._programs[n]([seed], self._session)[0]

    def to_store(self, seed):
        """As many draws as a `Fit` has: 1000, but fewer of many numbers."""
        n_numbers = sum(x.size for x in self(1, seed).values())
        return self(int(np.clip(_MAX_NUMBERS // n_numbers, 1, _N_DRAWS)), seed)
