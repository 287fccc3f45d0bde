"""Distributions of TensorFlow Probability in the place of ours."""
import tensorflow.compat.v2 as tf

from zhusuan import _random
from zhusuan.distributions._path import through_value_alone
from zhusuan.distributions.base import Distribution

__all__ = ["AdaptedDistribution", "adapted", "event_space_bijector"]

# What TensorFlow Probability's have and ours have not.
_OF_TFP = ("batch_shape_tensor", "event_shape_tensor", "reparameterization_type",
           "parameters", "log_prob", "sample")


def adapted(dist):
    """`dist`, or one of ours that hands on to it where it is of TFP's kind.

    It is known by its methods, so nothing is imported.
    """
    if isinstance(dist, (Distribution, type)) or not all(
            hasattr(dist, name) for name in _OF_TFP):
        return dist
    return AdaptedDistribution(dist)


class AdaptedDistribution(Distribution):
    """A distribution of TensorFlow Probability, or one with its methods.

    :param wrapped: It. Its event shape is the value shape, its batch shape the
        batch shape; it has one dtype.
    """

    def __init__(self, wrapped, group_ndims=0, use_path_derivative=False, **kwargs):
        self._wrapped = wrapped
        dtype = _one_dtype(wrapped)
        super().__init__(
            dtype=dtype,
            param_dtype=dtype if dtype.is_floating else _float_dtype(wrapped),
            is_continuous=dtype.is_floating and not _has_gaps(wrapped),
            is_reparameterized="FULLY" in str(wrapped.reparameterization_type),
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            **kwargs)

    @property
    def wrapped(self):
        """The distribution of TensorFlow Probability."""
        return self._wrapped

    @property
    def mean(self):
        """That of the wrapped distribution."""
        return self._wrapped.mean()

    @property
    def variance(self):
        """That of the wrapped distribution."""
        return self._wrapped.variance()

    @property
    def mode(self):
        """That of the wrapped distribution."""
        return self._wrapped.mode()

    def _get_batch_shape(self):
        return tf.TensorShape(self._wrapped.batch_shape)

    def _get_value_shape(self):
        return tf.TensorShape(self._wrapped.event_shape)

    def _batch_shape(self):
        return self._wrapped.batch_shape_tensor()

    def _value_shape(self):
        return self._wrapped.event_shape_tensor()

    def _sample(self, n_samples):
        return self._wrapped.sample(n_samples, seed=_random.int32_seed())

    def _log_prob(self, given):
        if not self._use_path_derivative:
            return self._wrapped.log_prob(given)
        if not self._is_continuous:
            return tf.stop_gradient(self._wrapped.log_prob(given))
        shape = tf.concat([self.batch_shape, self.value_shape], axis=0)
        return through_value_alone(
            self._wrapped.log_prob, given + tf.zeros(shape, given.dtype),
            self.get_value_shape().rank)

    def _entropy(self):
        return self._wrapped.entropy()

    def _cdf(self, given):
        return self._wrapped.cdf(given)

    def _quantile(self, probability):
        return self._wrapped.quantile(probability)

    def __repr__(self):
        return "<zhusuan.distributions.AdaptedDistribution of %r>" % (self._wrapped,)


def _one_dtype(wrapped):
    try:
        return tf.as_dtype(wrapped.dtype)
    except (TypeError, ValueError):
        raise TypeError(
            "A node takes a distribution of one dtype, but %r has %r. Add one node "
            "for each part of it." % (wrapped, wrapped.dtype)) from None


def _float_dtype(wrapped):
    """The dtype of the first float parameter, of parts too; float32 if none."""
    for value in wrapped.parameters.values():
        if hasattr(value, "parameters"):
            return _float_dtype(value)
        dtype = getattr(value, "dtype", None)
        if dtype is not None and tf.as_dtype(dtype).is_floating:
            return tf.as_dtype(dtype)
    return tf.float32


def _has_gaps(wrapped):
    """Whether it has no bijector from the real line, though it could have one."""
    try:
        return event_space_bijector(wrapped) is None
    except Exception:  # of whatever kind: an unknown support need not have gaps
        return False


def event_space_bijector(wrapped):
    """The bijector of TensorFlow Probability from real numbers to the support.

    None where the support has gaps. A mixture takes the one of its components.

    Raises NotImplementedError or AttributeError where none is known.
    """
    parts = getattr(wrapped, "components_distribution", None)
    if parts is not None:
        return event_space_bijector(parts)
    for part in getattr(wrapped, "components", None) or ():
        return _common(
            event_space_bijector(part), [event_space_bijector(other)
                                         for other in wrapped.components])
    return wrapped.experimental_default_event_space_bijector()


def _common(first, others):
    if any(type(other) is not type(first) for other in others):
        raise NotImplementedError("The components have different supports.")
    return first
