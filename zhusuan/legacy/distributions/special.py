"""Distributions that are given by samples."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import FLOAT_DTYPES
from zhusuan.distributions.base import Distribution

__all__ = ["Empirical", "Implicit"]


class Empirical(Distribution):
    """A distribution of data, of which only the shape is known.

    Its nodes must be observed: it has neither samples nor a log probability.

    :param dtype: The dtype of values.
    :param batch_shape: A shape, ``B``; None if unknown.
    :param value_shape: A shape, ``V``; None for single numbers.
    :param group_ndims: See :class:`~zhusuan.distributions.base.Distribution`.
    :param is_continuous: A bool; None means whether `dtype` is a float type.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> zs.legacy.distributions.Empirical(tf.float32, [5]).get_batch_shape().rank
    1
    """

    def __init__(self, dtype, batch_shape=None, value_shape=None, group_ndims=0,
                 is_continuous=None, **kwargs):
        dtype = tf.as_dtype(dtype)
        self._static_batch_shape = tf.TensorShape(batch_shape)
        self._static_value_shape = tf.TensorShape(
            [] if value_shape is None else value_shape)
        if is_continuous is None:
            is_continuous = dtype in FLOAT_DTYPES
        super().__init__(dtype=dtype, param_dtype=dtype,
                         is_continuous=is_continuous, is_reparameterized=False,
                         group_ndims=group_ndims, **kwargs)

    def _get_batch_shape(self):
        return self._static_batch_shape

    def _get_value_shape(self):
        return self._static_value_shape

    def _batch_shape(self):
        raise _unknown("batch shape at run time")

    def _value_shape(self):
        raise _unknown("value shape at run time")

    def _sample(self, n_samples):
        raise _unknown("samples")

    def _log_prob(self, given):
        raise _unknown("log probability")


class Implicit(Distribution):
    """A distribution given by its samples, such as the output of a generator.

    `sample` returns the given samples, and gradients flow through them. There is no
    log probability.

    :param samples: A Tensor of shape ``B + V``, or with a sample axis in front.
    :param value_shape: A shape, ``V``; None for single numbers.
    :param group_ndims: See :class:`~zhusuan.distributions.base.Distribution`.

    >>> import zhusuan as zs
    >>> dist = zs.legacy.distributions.Implicit([1., 2.])
    >>> print(dist.sample().numpy())
    [1. 2.]
    """

    def __init__(self, samples, value_shape=None, group_ndims=0, **kwargs):
        self._samples = tf.convert_to_tensor(samples)
        self._static_value_shape = tf.TensorShape(
            [] if value_shape is None else value_shape)
        super().__init__(
            dtype=self._samples.dtype, param_dtype=self._samples.dtype,
            is_continuous=self._samples.dtype in FLOAT_DTYPES,
            is_reparameterized=True, group_ndims=group_ndims, **kwargs)

    def _get_value_shape(self):
        return self._static_value_shape

    def _value_shape(self):
        n_values = self._static_value_shape.rank or 0
        shape = tf.shape(self._samples)
        return shape[tf.size(shape) - n_values:]

    def _get_batch_shape(self):
        shape, n_values = self._samples.shape, self._static_value_shape.rank
        if shape.rank is None or n_values is None:
            return tf.TensorShape(None)
        return shape[:shape.rank - n_values]

    def _batch_shape(self):
        shape = tf.shape(self._samples)
        return shape[:tf.size(shape) - (self._static_value_shape.rank or 0)]

    def sample(self, n_samples=None):
        """The given samples; `n_samples` is ignored."""
        return self._samples

    def _sample(self, n_samples):
        return self._samples

    def _log_prob(self, given):
        raise NotImplementedError(
            "An Implicit distribution has samples, but no log probability. Omit its "
            "node from cond_log_prob and from the log joint density.")


def _unknown(quantity):
    return NotImplementedError(
        "An Empirical distribution has no %s, which depends on the data. Observe its "
        "node, as in BayesianNet(observed={name: data})." % quantity)
