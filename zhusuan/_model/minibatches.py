"""Minibatches for whole chains: one for each transition, in order."""
import collections

import numpy as np

from zhusuan._tf import programs
from zhusuan.framework import PartialObservation

__all__ = ["Minibatches"]


class Minibatches:
    """Dicts of observed values by name, from an iterable that is repeated.

    :param data: An iterable of dicts of arrays, or a `tf.data.Dataset`.
    """

    def __init__(self, data, session=None):
        self._data, self._session = data, session
        self._n_taken, self._ahead = 0, []
        self._kept = collections.deque(maxlen=0)
        self._iterator = self._fresh()

    def first(self):
        """The next minibatch, which is not taken by this."""
        if not self._ahead:
            self._ahead.append(self._next())
        return self._ahead[0]

    def keep(self, n):
        """Keep the last `n` minibatches that are taken, for :meth:`last`."""
        self._kept = collections.deque(self._kept, maxlen=n)

    def last(self, number):
        """The last minibatches of the first `number` transitions, a list."""
        self._skip(number)
        return list(self._kept) or [self.first()]

    def stacked(self, number, n, length):
        """Minibatches of `n` transitions from `number` on, padded to `length`."""
        self._skip(number)
        taken = [self._take() for _ in range(n)]
        taken += taken[-1:] * (length - n)
        try:
            return {name: np.stack([batch[name] for batch in taken])
                    for name in taken[0]}
        except ValueError as error:
            raise ValueError(
                "data=: all minibatches must have the same shapes, but two have "
                "%s. Drop the remainder: dataset.batch(n, drop_remainder="
                "True)." % [{k: x.shape for k, x in b.items()}
                            for b in (taken[0], taken[n - 1])]) from error

    def _skip(self, number):
        while self._n_taken < number:
            self._take()

    def _take(self):
        self._n_taken += 1
        batch = self._ahead.pop() if self._ahead else self._next()
        self._kept.append(batch)
        return batch

    def _next(self):
        batch = next(self._iterator, None)
        if batch is None:
            self._iterator = self._fresh()
            batch = next(self._iterator, None)
        if batch is None:
            raise ValueError(
                "data=: there are no minibatches left. Pass an iterable that can be "
                "iterated again, such as a list or a tf.data.Dataset.")
        if not isinstance(batch, dict):
            raise TypeError(
                "data=: a minibatch must be a dict of observed values by name, "
                "but it is a %s." % type(batch).__name__)
        for name, x in batch.items():
            if isinstance(x, (PartialObservation, np.ma.MaskedArray)):
                raise TypeError(
                    "data=: the minibatches of %r have missing entries, but masks must "
                    "be the same for all. Pass whole data in `observed`." % name)
        return {name: np.asarray(x) for name, x in batch.items()}

    def _fresh(self):
        return iter(programs.iterate_batches(self._data, self._session))
