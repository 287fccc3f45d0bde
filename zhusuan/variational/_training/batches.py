"""Minibatches of a training loop."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.minibatches import Minibatches
from zhusuan.distributions._conversion import as_numpy, check_int

__all__ = ["ArrayBatches", "StackedBatches", "WholeData", "make_batches"]

# Minibatches are kept for estimates up to this size.
_KEPT_BYTES = 2 ** 25


def make_batches(data, batch_size, n_data, seed, session):
    """The minibatches of `fit`.

    :param data: None, a dict of arrays by name, an iterable of dicts or a Dataset.
    """
    if data is None:
        if batch_size is not None:
            raise ValueError(
                "fit: batch_size= is the number of rows of data=, which is not given. "
                "Pass the observed values to split as data={\"name\": array}.")
        if n_data is not None:
            raise ValueError(
                "fit: n_data= multiplies the log densities of data=, which is not "
                "given. Pass the observed values to split as data=, or omit n_data=.")
        return WholeData()
    if isinstance(data, dict):
        return ArrayBatches(data, batch_size, n_data, seed)
    if batch_size is not None:
        raise ValueError(
            "fit: data= consists of minibatches already, so that batch_size= has no "
            "meaning. Omit it.")
    return StackedBatches(data, n_data, session)


class Batches:
    """Base class of the minibatches of all steps.

    Attributes are `data`, a list of arrays that minibatches are taken from; `n_data`,
    the number of data, or None; and `nbytes`, the size of the indices of one step.
    """

    data = ()
    n_data = None
    nbytes = 1

    def cast(self, dtype):
        """Convert floats to a NumPy dtype from now on."""
        raise NotImplementedError

    def first(self):
        """A dict of arrays by name, the values of one minibatch."""
        raise NotImplementedError

    def everything(self):
        """A dict of arrays by name, the values of all data; None if not known."""
        raise NotImplementedError

    def factor(self):
        """The number of data divided by that of a minibatch."""
        raise NotImplementedError

    def indices(self, number, n, length):
        """A nest of arrays with the minibatches of `n` steps, padded to `length`.

        :param number: An int, the first step.
        """
        raise NotImplementedError

    def no_indices(self, length):
        """A nest of arrays like that of :meth:`indices`."""
        raise NotImplementedError

    def take(self, data, indices, i):
        """The minibatch of step `i` in a program, a dict of Tensors by name."""
        raise NotImplementedError

    def take_array(self, indices, i):
        """The minibatch of step `i`, a dict of arrays by name."""
        raise NotImplementedError

    def for_estimate(self, n_done, i):
        """Minibatch `i` for estimates after `n_done` steps, a dict of arrays by name.

        It does not depend on the cut of the steps into calls of :meth:`indices`.
        """
        raise NotImplementedError


class WholeData(Batches):
    """No minibatches: each step uses all observations."""

    def cast(self, dtype):
        pass

    def first(self):
        return {}

    def everything(self):
        return {}

    def factor(self):
        return 1.

    def indices(self, number, n, length):
        return ()

    def no_indices(self, length):
        return ()

    def take(self, data, indices, i):
        return {}

    def take_array(self, indices, i):
        return {}

    def for_estimate(self, n_done, i):
        return {}


class ArrayBatches(Batches):
    """Rows of arrays, shuffled in each pass over all of them.

    :param data: A dict of arrays by name, which have equally many rows.
    """

    def __init__(self, data, batch_size, n_data, seed):
        self._names = sorted(data)
        self.data = [np.asarray(as_numpy(data[name])) for name in self._names]
        lengths = {name: len(x) for name, x in zip(self._names, self.data)}
        if len(set(lengths.values())) != 1:
            raise ValueError(
                "fit: the arrays of data= must have equally many rows, but they have "
                "%s." % ", ".join("%r: %d" % item for item in lengths.items()))
        self._n_rows = len(self.data[0])
        self.n_data = self._n_rows if n_data is None else n_data
        size = self._n_rows if batch_size is None else batch_size
        self._size = min(check_int("fit: batch_size", size), self._n_rows)
        self._seed, self._last_order = seed, (None, None)

    def cast(self, dtype):
        self.data = [_cast(x, dtype) for x in self.data]

    def first(self):
        return {name: x[:self._size] for name, x in zip(self._names, self.data)}

    def everything(self):
        if self.n_data != self._n_rows:
            return None
        return dict(zip(self._names, self.data))

    def factor(self):
        return self.n_data / self._size

    def indices(self, number, n, length):
        rows = [self._rows(number + i) for i in range(n)]
        return np.stack(rows + rows[-1:] * (length - n)).astype(np.int32)

    def no_indices(self, length):
        return np.zeros([length, self._size], np.int32)

    def _rows(self, step):
        per_pass = self._n_rows // self._size
        first = step % per_pass * self._size
        return self._order(step // per_pass)[first:first + self._size]

    def _order(self, number):
        """The order of all rows in a pass over them."""
        if self._last_order[0] != number:
            self._last_order = number, np.random.RandomState([
                self._seed % 2 ** 32, self._seed >> 32, number]).permutation(
                    self._n_rows)
        return self._last_order[1]

    def take(self, data, indices, i):
        return {name: tf.gather(x, indices[i]) for name, x in zip(self._names, data)}

    def take_array(self, indices, i):
        return {name: x[indices[i]] for name, x in zip(self._names, self.data)}

    def for_estimate(self, n_done, i):
        return self.take_array(self.indices(n_done + i, 1, 1), 0)


class StackedBatches(Batches):
    """Minibatches of an iterable of dicts, or a `tf.data.Dataset` of those."""

    def __init__(self, data, n_data, session):
        self._batches, self._dtype = Minibatches(data, session), None
        self._first = self._batches.first()  # not while a function is traced
        self.n_data = n_data
        self.nbytes = sum(x.nbytes for x in self._first.values())
        self._batches.keep(int(np.clip(_KEPT_BYTES // max(1, self.nbytes), 1, 100)))

    def cast(self, dtype):
        self._dtype = dtype

    def first(self):
        return {name: _cast(x, self._dtype) for name, x in self._first.items()}

    def everything(self):
        return None

    def factor(self):
        if self.n_data is None:
            return 1.
        return self.n_data / len(next(iter(self._first.values())))

    def indices(self, number, n, length):
        return {name: _cast(x, self._dtype) for name, x in
                self._batches.stacked(number, n, length).items()}

    def no_indices(self, length):
        return {name: np.zeros((length,) + x.shape, x.dtype)
                for name, x in self.first().items()}

    def take(self, data, indices, i):
        return self.take_array(indices, i)

    def take_array(self, indices, i):
        return {name: x[i] for name, x in indices.items()}

    def for_estimate(self, n_done, i):
        # Others may be missing, if the iterable has just enough for all steps.
        kept = self._batches.last(n_done)
        return {name: _cast(x, self._dtype) for name, x in kept[i % len(kept)].items()}


def _cast(x, dtype):
    return x if dtype is None or x.dtype.kind != "f" else x.astype(dtype)
