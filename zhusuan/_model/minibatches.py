"""Minibatches for whole chains or fits: one for each transition or step, in order."""
import collections
import itertools

import numpy as np

from zhusuan._tf import programs
from zhusuan.distributions._conversion import as_numpy, check_int
from zhusuan.framework import MetaBayesianNet, PartialObservation

__all__ = ["ArrayRows", "Minibatches", "count_data", "make_minibatches"]


def count_data(caller, model, data, n_data):
    """The number of data to which log likelihoods of minibatches are scaled, or None.

    :param model: The model. Some state that minibatches of it are always scaled.
    :param data: A dict of arrays by name, or an iterable of minibatches.
    :param n_data: What the user passed, an int or None.
    """
    if n_data is not None:
        return check_int("%s: n_data" % caller, n_data, 1)
    if isinstance(data, dict) or not getattr(model, "_scales_minibatches", False):
        return None
    if isinstance(data, (list, tuple)) and all(isinstance(x, dict) for x in data):
        return sum(_count_rows(batch) for batch in data)
    raise ValueError(
        "%s: the number of data is unknown, since data= is a %s. Pass n_data=, the "
        "number of rows of all minibatches." % (caller, type(data).__name__))


def _count_rows(batch):
    return len(next(iter(batch.values()))) if batch else 0


def make_minibatches(model, data, batch_size, n_data, seed, session):
    """The :class:`Minibatches` of a run.

    :param data: A dict of arrays by name, an iterable of dicts, or a Dataset.
    """
    n_data = count_data("run", model, data, n_data)
    if isinstance(data, dict):
        rows = ArrayRows("run", data, batch_size, seed)
        # A function of values returns one density, of which it scales the parts itself.
        has_terms = isinstance(model, MetaBayesianNet) and model.log_joint is None
        return Minibatches(rows, session, rows.n_rows if n_data is None and has_terms
                           else n_data)
    if batch_size is not None:
        raise ValueError(
            "run: batch_size= requires data= to be a dict of arrays, but data= "
            "consists of minibatches. Omit batch_size=.")
    return Minibatches(data, session, n_data)


class ArrayRows:
    """Minibatches of rows of arrays, shuffled in each pass over all of them.

    :param caller: The name of the function that the user called, for errors.
    :param data: A dict of arrays by name, which have equally many rows.
    :param batch_size: The number of rows of a minibatch; all if None.
    """

    def __init__(self, caller, data, batch_size, seed):
        self.names = sorted(data)
        self.arrays = [np.asarray(as_numpy(data[name])) for name in self.names]
        lengths = {name: len(x) for name, x in zip(self.names, self.arrays)}
        if len(set(lengths.values())) != 1:
            raise ValueError(
                "%s: the arrays of data= must have equally many rows, but they have "
                "%s." % (caller, ", ".join(
                    "%r: %d" % item for item in lengths.items())))
        self.n_rows = len(self.arrays[0])
        size = self.n_rows if batch_size is None else batch_size
        self.size = min(check_int("%s: batch_size" % caller, size), self.n_rows)
        self._seed, self._last_order = seed, (None, None)

    def __iter__(self):
        return (self.take(self.rows(step)) for step in itertools.count())

    def take(self, rows):
        """The rows of all arrays, a dict by name."""
        return {name: x[rows] for name, x in zip(self.names, self.arrays)}

    def rows(self, step):
        """The numbers of the rows in a minibatch."""
        per_pass = self.n_rows // self.size
        first = step % per_pass * self.size
        return self._order(step // per_pass)[first:first + self.size]

    def _order(self, number):
        """The order of all rows in a pass over them."""
        if self._last_order[0] != number:
            self._last_order = number, np.random.RandomState([
                self._seed % 2 ** 32, self._seed >> 32, number]).permutation(
                    self.n_rows)
        return self._last_order[1]


class Minibatches:
    """Dicts of observed values by name, from an iterable that is repeated.

    :param data: An iterable of dicts of arrays, or a `tf.data.Dataset`.
    :param n_data: The number of data, to which log likelihoods are scaled, or None.
    """

    def __init__(self, data, session=None, n_data=None):
        self.n_data = n_data
        self._data, self._session = data, session
        self._n_taken, self._ahead = 0, []
        self._kept, self._shapes = collections.deque(maxlen=0), None
        self._iterator = self._fresh()

    def first(self):
        """The next minibatch, which is not taken by this."""
        if not self._ahead:
            self._ahead.append(self._next())
        return self._ahead[0]

    def factor(self):
        """The number of data divided by that of a minibatch; 1 if not scaled."""
        if self.n_data is None:
            return 1.
        if self._shapes is None:
            self.first()
        return self.n_data / next(iter(self._shapes.values()))[0]

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
        return {name: np.stack([batch[name] for batch in taken]) for name in taken[0]}

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
                "data: there are no minibatches left. Pass an iterable that can be "
                "iterated again, such as a list or a tf.data.Dataset.")
        if not isinstance(batch, dict):
            raise TypeError(
                "data: a minibatch must be a dict of observed values by name, "
                "but it is a %s." % type(batch).__name__)
        for name, x in batch.items():
            if isinstance(x, (PartialObservation, np.ma.MaskedArray)):
                raise TypeError(
                    "data: the minibatches of %r have missing entries, but masks must "
                    "be the same for all. Pass whole data in `observed`." % name)
        batch = {name: np.asarray(x) for name, x in batch.items()}
        self._check_shapes({name: x.shape for name, x in batch.items()})
        return batch

    def _check_shapes(self, shapes):
        """Raise unless all minibatches have the same names and shapes."""
        self._shapes = self._shapes or shapes
        if shapes != self._shapes:
            raise ValueError(
                "data: all minibatches must have the same names and shapes, but two "
                "have %s and %s. Omit a smaller last one: dataset.batch(n, "
                "drop_remainder=True)." % (self._shapes, shapes))

    def _fresh(self):
        return iter(programs.iterate_batches(self._data, self._session))
