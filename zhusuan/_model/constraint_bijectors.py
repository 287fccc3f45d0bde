"""Bijectors from the real line to constraints: words, pairs of ends, bijectors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraint_names import MEANINGS, NAMED
from zhusuan.distributions import bijectors
from zhusuan.distributions.bijectors.base import bijector_advice
from zhusuan.distributions.tfp import AdaptedBijector, adapt_bijector

__all__ = ["bijector_to", "words_for"]


def bijector_to(name, constraint, may_cross=False):
    """The bijector from the real line to a constraint; None for the whole line.

    :param name: The name of the latent.
    :param may_cross: A bool. Whether the ends of an interval may cross.
    """
    if constraint is None:
        return None
    constraint = adapt_bijector(constraint)
    if isinstance(constraint, bijectors.Bijector) and constraint.has_cheap_inverse:
        return constraint
    if isinstance(constraint, str) and constraint in NAMED:
        return NAMED[constraint]()
    if isinstance(constraint, (tuple, list)) and len(constraint) == 2:
        return _between(name, *constraint, may_cross)
    if callable(constraint) and not isinstance(constraint, bijectors.Bijector):
        raise TypeError(
            "constraints=: that of the latent %r is %r, which is not a Bijector. %s" % (
                name, constraint, bijector_advice(constraint)))
    raise ValueError(
        "constraints=: that of the latent %r must be %s, a pair (low, high), a "
        "bijector with an inverse, or None, but it is %r." % (
            name, ", ".join("\"%s\"" % word for word in NAMED), constraint))


def _between(name, low, high, may_cross):
    tensors = low, high
    low, high = _end(low, -np.inf), _end(high, np.inf)
    known = [end for end in (low, high) if not tf.is_tensor(end)]
    if len(known) == 2 and not may_cross and not np.all(low < high):
        raise ValueError(
            "constraints=: the latent %r must lie between two numbers, the lower one "
            "first, but they are %s and %s." % (name, low, high))
    has_low, has_high = [tf.is_tensor(end) or np.all(np.isfinite(end))
                         for end in (low, high)]
    if any(np.any(np.isinf(end)) and not np.all(np.isinf(end)) for end in known):
        raise ValueError(
            "constraints=: some components of the latent %r have an end, and others "
            "have none: %s and %s. Make two latents of it." % (name, low, high))
    if may_cross:  # gradients flow to ends that are Tensors
        low, high = tensors
    if has_low and has_high:
        return bijectors.Sigmoid(low, high)
    if has_low or has_high:
        return bijectors.Beyond(low if has_low else high, is_above=has_low)
    return None


def _end(end, if_none):
    """A float, an array, or a Tensor whose value is not known yet."""
    static = tf.get_static_value(end) if tf.is_tensor(end) else (
        if_none if end is None else end)
    if static is None:
        return end
    static = np.asarray(static)
    return static if static.ndim else float(static)


def words_for(constraint):
    """The words of error messages for what a value must be."""
    constraint = adapt_bijector(constraint)
    if isinstance(constraint, AdaptedBijector):
        return "an image of %s" % (constraint.wrapped.name,)
    if isinstance(constraint, bijectors.Bijector):
        return "an image of %s" % type(constraint).__name__
    if isinstance(constraint, str):
        return MEANINGS[constraint]
    return "between %s and %s" % tuple(constraint)
