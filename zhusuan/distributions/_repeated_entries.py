"""A distribution of independent copies of another one."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions.base import Distribution

__all__ = ["RepeatedEntries"]


class RepeatedEntries(Distribution):
    """Independent copies of a distribution along new first batch axes.

    :param dist: A Distribution with a static shape.
    :param shape: A list of ints, the new first axes.
    """

    def __init__(self, dist, shape, group_ndims=0):
        self._repeats, self._dist = tuple(shape), dist.without_groups()
        super().__init__(
            dtype=dist.dtype, param_dtype=dist.param_dtype,
            is_continuous=dist.is_continuous,
            is_reparameterized=dist.is_reparameterized,
            use_path_derivative=dist.use_path_derivative, group_ndims=group_ndims)

    @property
    def dist(self):
        """The distribution of one copy, with `group_ndims` 0."""
        return self._dist

    def _get_batch_shape(self):
        return tf.TensorShape(self._repeats).concatenate(self._dist.get_batch_shape())

    def _batch_shape(self):
        return tf.constant(self._get_batch_shape().as_list(), tf.int32)

    def _get_value_shape(self):
        return self._dist.get_value_shape()

    def _value_shape(self):
        return self._dist.value_shape

    def _sample(self, n_samples):
        copies = self._dist.sample(n_samples * int(np.prod(self._repeats, dtype=int)))
        return tf.reshape(copies, self._sample_shape(n_samples))

    def _log_prob(self, given):
        dist = self._dist
        if self._use_path_derivative:
            dist = dist.with_path_derivative()
        # An entry that is broadcast has a density for each of its copies.
        given += tf.zeros(self._sample_shape(1)[1:], given.dtype)
        return dist.log_prob(given)
