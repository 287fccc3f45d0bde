"""Supports of distributions and ranges of bijectors of TensorFlow Probability."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.vectors import sums_to_one

__all__ = ["bijector_or_none", "event_ndims", "event_space_bijector", "has_gaps",
           "is_in_range", "is_on_simplex", "is_simplex"]

# Their bijector needs a NumPy older than 2.
_SIMPLEX = ("Dirichlet", "RelaxedOneHotCategorical")
_WISHART = ("WishartLinearOperator", "WishartTriL", "Wishart")
# Distributions whose support is that of a part, and the attribute of that part.
_PARTS = {"Independent": "distribution", "Sample": "distribution",
          "MixtureSameFamily": "components_distribution"}


def has_gaps(wrapped):
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


def bijector_or_none(wrapped):
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
    axes = list(range(-event_ndims(bijector), 0))
    if type(bijector).__name__ == "SoftmaxCentered":  # its inverse has no edges
        return is_simplex(y)
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


def is_simplex(y):
    return tf.reduce_any(tf.math.is_nan(y), axis=-1) | (
        tf.reduce_all(y >= 0., axis=-1) & sums_to_one(y))


def event_ndims(bijector):
    return int(bijector.inverse_min_event_ndims)


def _common(first, others):
    if any(type(other) is not type(first) for other in others):
        raise NotImplementedError("The components have different supports.")
    return first
