"""Shared helpers of the distributions on vectors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions.base import Distribution

__all__ = ["VectorDistribution", "last_dimension", "spread", "sums_to_one"]

# Values on a simplex come from files with few digits, too.
_ROUNDED_BY_USERS = 1e-3


class VectorDistribution(Distribution):
    """A distribution on vectors as long as the last axis of a parameter.

    :param vector: That parameter, of shape ``[..., K]``.
    """

    def __init__(self, vector, **kwargs):
        self._vector = vector
        super().__init__(**kwargs)

    @property
    def n_categories(self):
        """The length ``K`` of a value: an int, or a 0-D Tensor if unknown."""
        return last_dimension(self._vector)

    def _value_shape(self):
        return tf.shape(self._vector)[-1:]

    def _get_value_shape(self):
        n_categories = self.n_categories
        return tf.TensorShape(
            [n_categories if isinstance(n_categories, int) else None])

    def _check_input_shape(self, given):
        given = super()._check_input_shape(given)
        if given.shape.rank and given.shape[-1:].is_fully_defined() and (
                given.shape[-1:] == self.get_value_shape()):
            return given
        return given + tf.zeros(self.value_shape, given.dtype)


def spread(given, distribution):
    """`given`, broadcast to the batch and value shape of a distribution."""
    shape = distribution.get_batch_shape().concatenate(
        distribution.get_value_shape())
    if shape.is_fully_defined() and given.shape.rank is not None and (
            given.shape.rank >= shape.rank) and (
            given.shape[given.shape.rank - shape.rank:] == shape):
        return given
    return given + tf.zeros(tf.concat(
        [distribution.batch_shape, distribution.value_shape], axis=0), given.dtype)


def last_dimension(tensor):
    """The length of the last axis: an int, or a 0-D Tensor if unknown."""
    static = tensor.shape.as_list()[-1] if tensor.shape.rank else None
    return tf.shape(tensor)[-1] if static is None else static


def sums_to_one(x):
    """Whether the numbers along the last axis sum to 1, up to their rounding."""
    eps = np.finfo(x.dtype.as_numpy_dtype).eps
    if x.dtype == tf.float16:
        x = tf.cast(x, tf.float32)
    error = tf.abs(tf.reduce_sum(x, axis=-1) - 1.)
    return error <= max(_ROUNDED_BY_USERS, 16. * float(eps))
