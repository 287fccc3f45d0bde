"""Minibatches of a training loop."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.minibatches import ArrayRows, Minibatches

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
            "fit: batch_size= requires data= to be a dict of arrays, but data= "
            "consists of minibatches. Omit batch_size=.")
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

    def repeated(self, length):
        """A nest of arrays like that of :meth:`indices`, of the first minibatch."""
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

    def repeated(self, length):
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
        self._rows = rows = ArrayRows("fit", data, batch_size, seed)
        self.data = rows.arrays
        self.n_data = rows.n_rows if n_data is None else n_data

    def cast(self, dtype):
        self.data = self._rows.arrays = [_cast(x, dtype) for x in self.data]

    def first(self):
        return self._rows.take(slice(self._rows.size))

    def everything(self):
        if self.n_data != self._rows.n_rows:
            return None
        return self._rows.take(slice(None))

    def factor(self):
        return self.n_data / self._rows.size

    def indices(self, number, n, length):
        rows = [self._rows.rows(number + i) for i in range(n)]
        return np.stack(rows + rows[-1:] * (length - n)).astype(np.int32)

    def no_indices(self, length):
        return np.zeros([length, self._rows.size], np.int32)

    def repeated(self, length):
        return np.tile(np.arange(self._rows.size, dtype=np.int32), [length, 1])

    def take(self, data, indices, i):
        return {name: tf.gather(x, indices[i])
                for name, x in zip(self._rows.names, data)}

    def take_array(self, indices, i):
        return self._rows.take(indices[i])

    def for_estimate(self, n_done, i):
        return self.take_array(self.indices(n_done + i, 1, 1), 0)


class StackedBatches(Batches):
    """Minibatches of an iterable of dicts, or a `tf.data.Dataset` of those."""

    def __init__(self, data, n_data, session):
        self._batches, self._dtype = Minibatches(data, session, n_data), None
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
        return self._batches.factor()

    def indices(self, number, n, length):
        return {name: _cast(x, self._dtype) for name, x in
                self._batches.stacked(number, n, length).items()}

    def no_indices(self, length):
        return {name: np.zeros((length,) + x.shape, x.dtype)
                for name, x in self.first().items()}

    def repeated(self, length):
        return {name: np.stack([x] * length) for name, x in self.first().items()}

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
