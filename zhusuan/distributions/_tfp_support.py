"""Supports of distributions and ranges of bijectors of TensorFlow Probability."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.simplex import is_on_simplex

__all__ = ["bijector_or_none", "event_ndims", "event_space_bijector", "has_gaps",
           "has_simplex_support", "is_in_range", "is_on_simplex_or_nan"]

# Their bijectors fail with NumPy 2.
_SIMPLEX = ("Dirichlet", "RelaxedOneHotCategorical")
_WISHART = ("WishartLinearOperator", "WishartTriL", "Wishart")
# Distributions with the support of a part, and the attribute of the part.
_PARTS = {"Independent": "distribution", "Sample": "distribution",
          "MixtureSameFamily": "components_distribution"}


def has_gaps(wrapped):
    """Whether the support has gaps, so that no bijector maps real numbers to it."""
    try:
        return event_space_bijector(wrapped) is None
    except Exception:  # of any kind: an unknown support is assumed to have no gaps
        return False


def event_space_bijector(wrapped):
    """The bijector of TensorFlow Probability from real numbers to the support.

    The bijector of a mixture is the one of its components.

    :return: A bijector, or None if the support has gaps.

    Raises NotImplementedError or AttributeError if none is known.
    """
    parts = getattr(wrapped, "components_distribution", None)
    if parts is not None:
        return event_space_bijector(parts)
    for part in getattr(wrapped, "components", None) or ():
        return _common(
            event_space_bijector(part), [event_space_bijector(other)
                                         for other in wrapped.components])
    bijector = _with_dtype(
        wrapped.experimental_default_event_space_bijector(), tf.as_dtype(wrapped.dtype))
    return _onto(bijector) if type(wrapped).__name__ in _WISHART else bijector


def _with_dtype(value, dtype):
    """A bijector with constants of `dtype`, or a parameter of one.

    Bijectors of TensorFlow Probability create constants, such as the -1 of Scale(-1.),
    as float32.
    """
    if isinstance(value, (list, tuple)):
        return [_with_dtype(item, dtype) for item in value]
    if isinstance(value, float):
        return tf.constant(value, dtype)
    if not hasattr(value, "forward_min_event_ndims"):
        return value
    changed = {name: _with_dtype(parameter, dtype)
               for name, parameter in value.parameters.items()
               if isinstance(parameter, (list, tuple, float)) or hasattr(
                   parameter, "forward_min_event_ndims")}
    return value.copy(**changed) if changed else value


def _onto(bijector):
    """The bijector of a Wishart distribution without the first of two softplus.

    With both, the diagonal of the Cholesky factor would be above log(2).
    """
    outer_product, twice = bijector.bijectors
    _, to_scale_tril = twice.bijectors
    return type(bijector)([outer_product, to_scale_tril])


def bijector_or_none(wrapped):
    """The bijector to the support; None if unknown or if the support is real."""
    try:
        bijector = event_space_bijector(wrapped)
    except Exception:  # of any kind that TensorFlow Probability raises
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
    axes = list(range(-event_ndims(bijector), 0))
    if type(bijector).__name__ == "SoftmaxCentered":  # infinite at the ends
        return is_on_simplex_or_nan(y)
    # Bijectors of TensorFlow Probability cache results by identity.
    back = bijector.forward(tf.identity(bijector.inverse(tf.identity(y))))
    tolerance = np.finfo(y.dtype.as_numpy_dtype).eps ** 0.5
    return tf.reduce_any(tf.math.is_nan(y), axis=axes) | tf.reduce_all(
        tf.abs(back - y) <= tolerance * (1. + tf.abs(y)), axis=axes)


def has_simplex_support(wrapped):
    """Whether values of a distribution of TensorFlow Probability sum to 1."""
    name = type(wrapped).__name__
    if name in _PARTS:
        return has_simplex_support(getattr(wrapped, _PARTS[name]))
    return name in _SIMPLEX


def is_on_simplex_or_nan(y):
    return tf.reduce_any(tf.math.is_nan(y), axis=-1) | is_on_simplex(y)


def event_ndims(bijector):
    return int(bijector.inverse_min_event_ndims)


def _common(first, others):
    if any(type(other) is not type(first) for other in others):
        raise NotImplementedError("The components have different supports.")
    return first
