"""Distributions of TensorFlow Probability as distributions of ZhuSuan."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._path_derivative import through_value_alone
from zhusuan.distributions._vector_base import sums_to_one
from zhusuan.distributions.base import Distribution

__all__ = ["AdaptedDistribution", "adapted", "event_space_bijector", "is_in_range",
           "is_on_simplex"]

# Their bijector needs a NumPy older than 2.
_SIMPLEX = ("Dirichlet", "RelaxedOneHotCategorical")
_WISHART = ("WishartLinearOperator", "WishartTriL", "Wishart")
# Distributions whose support is that of a part, and the attribute of that part.
_PARTS = {"Independent": "distribution", "Sample": "distribution",
          "MixtureSameFamily": "components_distribution"}

# Attributes of TensorFlow Probability's distributions only.
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

    Its log density is -inf outside of its support, where that can be deduced.

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
        return self._wrapped.sample(n_samples, seed=random_numbers.int32_seed())

    def _log_prob(self, given):
        log_prob, inside = self._wrapped_log_prob(given), self._is_inside(given)
        if inside is None:
            return log_prob
        return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))

    def _is_inside(self, given):
        """Whether values are in the support, by sample; None if it is unknown."""
        rank = self.get_value_shape().rank
        if rank is None or not self._is_continuous:
            return None
        if is_on_simplex(self._wrapped):
            inside, n_axes = _is_simplex(given), rank - 1
        else:
            bijector = _bijector_or_none(self._wrapped)
            if bijector is None or rank < _event_ndims(bijector):
                return None
            inside = is_in_range(bijector, given)
            n_axes = rank - _event_ndims(bijector)
        return tf.reduce_all(inside, axis=list(range(-n_axes, 0)))

    def _wrapped_log_prob(self, given):
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
    bijector = wrapped.experimental_default_event_space_bijector()
    return _onto(bijector) if type(wrapped).__name__ in _WISHART else bijector


def _onto(bijector):
    """The bijector of a Wishart distribution without its first of two softplus.

    With both, the diagonal of the Cholesky factor stays above log(2).
    """
    outer_product, twice = bijector.bijectors
    _, to_scale_tril = twice.bijectors
    return type(bijector)([outer_product, to_scale_tril])


def _bijector_or_none(wrapped):
    """The bijector to the support; None for the real line and if none is known."""
    try:
        bijector = event_space_bijector(wrapped)
    except Exception:  # of whatever kind TensorFlow Probability raises
        return None
    if type(bijector).__name__ == "Identity" or np.ndim(
            getattr(bijector, "inverse_min_event_ndims", 0)):
        return None
    return bijector


def is_in_range(bijector, y):
    """Whether `y` is in the closed range of a bijector of TensorFlow Probability.

    :return: A bool Tensor of the shape of `y` without the axes of an event; True for
        nan.
    """
    axes = list(range(-_event_ndims(bijector), 0))
    if type(bijector).__name__ == "SoftmaxCentered":  # its inverse has no edges
        return _is_simplex(y)
    # TensorFlow Probability returns what it computed from the same object.
    back = bijector.forward(tf.identity(bijector.inverse(tf.identity(y))))
    tolerance = np.finfo(y.dtype.as_numpy_dtype).eps ** 0.5
    return tf.reduce_any(tf.math.is_nan(y), axis=axes) | tf.reduce_all(
        tf.abs(back - y) <= tolerance * (1. + tf.abs(y)), axis=axes)


def is_on_simplex(wrapped):
    """Whether values of a distribution of TensorFlow Probability sum to 1."""
    name = type(wrapped).__name__
    if name in _PARTS:
        return is_on_simplex(getattr(wrapped, _PARTS[name]))
    return name in _SIMPLEX


def _is_simplex(y):
    return tf.reduce_any(tf.math.is_nan(y), axis=-1) | (
        tf.reduce_all(y >= 0., axis=-1) & sums_to_one(y))


def _event_ndims(bijector):
    return int(bijector.inverse_min_event_ndims)


def _common(first, others):
    if any(type(other) is not type(first) for other in others):
        raise NotImplementedError("The components have different supports.")
    return first
