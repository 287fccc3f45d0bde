"""The distribution of some entries of a batch."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions.base import Distribution
from zhusuan.distributions.masked import MaskedDistribution

__all__ = ["SelectedEntries", "underlying_distribution"]


class SelectedEntries(Distribution):
    """The joint distribution of some entries of the last batch axes, as one axis.

    :param dist: A Distribution. It groups all axes of the mask.
    :param is_selected: A bool array of the shape of the last batch axes. The entries
        that are True, at least one, are flattened in C order.
    """

    def __init__(self, dist, is_selected):
        self._is_selected = is_selected
        self._where = np.flatnonzero(is_selected)
        group_ndims = int(tf.get_static_value(dist.group_ndims))
        self._dist = dist.without_groups()
        super().__init__(
            dtype=dist.dtype, param_dtype=dist.param_dtype,
            is_continuous=dist.is_continuous,
            is_reparameterized=dist.is_reparameterized,
            use_path_derivative=dist.use_path_derivative,
            group_ndims=group_ndims - is_selected.ndim + 1)

    @property
    def dist(self):
        """The distribution of all entries, with `group_ndims` 0."""
        return self._dist

    def select(self, x, value_ndims=0):
        """Select entries of `x`, whose shape is ``(...) + mask + V``."""
        ndims = self._is_selected.ndim
        shape = _lengths(x)
        last = len(shape) - value_ndims
        flat = tf.reshape(x, tf.stack([
            *shape[:last - ndims], self._is_selected.size, *shape[last:]]))
        return tf.gather(flat, self._where, axis=last - ndims)

    def place(self, x):
        """Put selected entries in their places; other entries are arbitrary."""
        shape = _lengths(x)
        axis = len(shape) - 1 - self.get_value_shape().rank
        index = np.zeros(self._is_selected.size, np.int32)
        index[self._where] = np.arange(len(self._where))
        return tf.reshape(tf.gather(x, index, axis=axis), tf.stack([
            *shape[:axis], *self._is_selected.shape, *shape[axis + 1:]]))

    def select_support(self, support):
        """The support of selected entries: of a pair, the ends of their intervals."""
        if not isinstance(support, tuple):
            return support
        return tuple(self.select_of_batch(end) for end in support)

    def select_of_batch(self, x):
        """Select entries of a number or Tensor that broadcasts to the batch."""
        static = tf.get_static_value(x)
        batch = self._dist.get_batch_shape()
        if static is not None and batch.is_fully_defined():
            whole = np.broadcast_to(static, batch.as_list())
            return tf.constant(whole[..., self._is_selected])
        return self.select(tf.broadcast_to(x, self._dist.batch_shape))

    def _get_batch_shape(self):
        batch = self._dist.get_batch_shape()
        return batch[:batch.rank - self._is_selected.ndim].concatenate(
            [len(self._where)])

    def _batch_shape(self):
        batch = self._dist.batch_shape
        return tf.concat([batch[:tf.size(batch) - self._is_selected.ndim],
                          [len(self._where)]], axis=0)

    def _get_value_shape(self):
        return self._dist.get_value_shape()

    def _value_shape(self):
        return self._dist.value_shape

    def _sample(self, n_samples):
        return self.select(self._dist.sample(n_samples), self.get_value_shape().rank)

    def _log_prob(self, given):
        given += tf.zeros(tf.concat([[len(self._where)], self.value_shape], 0),
                          given.dtype)
        masked = MaskedDistribution(self._dist, self._is_selected,
                                    use_path_derivative=self._use_path_derivative)
        return self.select(masked.log_prob(self.place(given)))


def _lengths(x):
    """The lengths of all axes, a list of ints, or of 0-D Tensors where unknown."""
    return [tf.shape(x)[i] if length is None else length
            for i, length in enumerate(x.shape.as_list())]


def underlying_distribution(dist):
    """The distribution of all entries, without masks and selections."""
    while isinstance(dist, (MaskedDistribution, SelectedEntries)):
        dist = dist.dist
    return dist
