"""The constraints that the supports of distributions imply."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import distributions as d
from zhusuan._model.constraint_names import NAMED, SUPPORTS
from zhusuan.distributions import bijectors
from zhusuan.distributions._repeated_entries import RepeatedEntries
from zhusuan.distributions._selected_entries import SelectedEntries
from zhusuan.distributions._tfp_support import event_space_bijector, has_simplex_support
from zhusuan.distributions.tfp import AdaptedDistribution, adapt_bijector

__all__ = ["support_of"]

# Intervals that have a name.
_INTERVALS = {None: (None, None), "positive": (0., None), "unit": (0., 1.)}


def support_of(name, dist):
    """The constraint that all values of the distribution of a latent satisfy.

    A word, a bijector or a pair of ends, of which None is infinite. The result is None
    for what is unknown here: values outside of it are rejected.
    """
    if isinstance(dist, (d.MaskedDistribution, RepeatedEntries)):
        return support_of(name, dist.dist)
    if isinstance(dist, SelectedEntries):
        return dist.select_support(support_of(name, dist.dist))
    has_mass = getattr(dist, "has_mass_at_ends", False)
    if has_mass or not dist.is_continuous:
        raise TypeError(
            "The latent %r follows %s, which %s, but samplers require continuous "
            "latents. Sum it out of the log joint density." % (
                name, type(dist).__name__, "has mass at its ends"
                if has_mass else "is discrete"))
    if isinstance(dist, d.Uniform):
        return dist.minval, dist.maxval
    if isinstance(dist, d.TruncatedNormal):
        return dist.low, dist.high
    if isinstance(dist, d.Truncated):
        return _truncated(support_of(name, dist.dist), dist.low, dist.high)
    if isinstance(dist, d.Pareto):
        return dist.scale, None
    if isinstance(dist, AdaptedDistribution):
        return _support_of_wrapped(name, dist.wrapped)
    if isinstance(dist, d.TransformedDistribution):
        return _transformed(support_of(name, dist.base), dist.bijector)
    if isinstance(dist, d.Mixture):
        supports = {_word(support_of(name, c)) for c in dist.components}
        return supports.pop() if len(supports) == 1 else None
    if isinstance(dist, d.MixtureSameFamily):
        return _word(support_of(name, dist.components))
    return next((constraint for constraint, classes in SUPPORTS.items()
                 if isinstance(dist, classes)), None)


def _truncated(constraint, low, high):
    """The ends of a truncated distribution, of which some may be those of its base."""
    ends = _as_interval(constraint)
    if ends is None:
        return low, high
    return (_tighter(tf.maximum, low, ends[0]), _tighter(tf.minimum, high, ends[1]))


def _tighter(choose, end, other):
    if end is None or other is None:
        return other if end is None else end
    return choose(end, tf.cast(other, end.dtype))


def _transformed(constraint, bijector):
    """The constraint of images of values that satisfy one."""
    is_usual = isinstance(bijector, tuple(NAMED.values())) and (
        not isinstance(bijector, bijectors.Sigmoid))
    if is_usual and constraint is None:
        return bijector
    ends = _as_interval(constraint)
    image = None if ends is None else _image(bijector, *ends)
    return None if image == (None, None) else image


def _as_interval(constraint):
    """The pair of ends of a constraint of numbers; None if it is another one."""
    if isinstance(constraint, str) or constraint is None:
        return _INTERVALS.get(constraint)
    return constraint if isinstance(constraint, tuple) else None


def _image(bijector, low, high):
    """The ends of the image of an interval; None for a bijector unknown here."""
    if isinstance(bijector, bijectors.Chain):
        ends = low, high
        for part in bijector.bijectors[::-1]:
            ends = None if ends is None else _image(part, *ends)
        return ends
    if type(bijector) not in _LIMITS:
        return None
    is_increasing = bijector.is_increasing
    if tf.is_tensor(is_increasing) or np.ndim(is_increasing) != 0:
        return None
    ends = [limit if end is None else bijector.forward(end)
            for end, limit in zip((low, high), _LIMITS[type(bijector)](bijector))]
    return tuple(ends if is_increasing else ends[::-1])


# The limits of a bijector at minus infinity and infinity, None for infinite ones.
_LIMITS = {
    bijectors.Affine: lambda b: (None, None), bijectors.Exp: lambda b: (0., None),
    bijectors.Softplus: lambda b: (0., None),
    bijectors.Beyond: lambda b: (b.end, None),
    bijectors.Sigmoid: lambda b: (b.low, b.high)}


def _word(constraint):
    """The constraint, if it is a word; None for all else, such as moving ends."""
    return constraint if isinstance(constraint, str) else None


def _support_of_wrapped(name, wrapped):
    if has_simplex_support(wrapped):
        return "simplex"
    try:
        bijector = event_space_bijector(wrapped)
        constraint = adapt_bijector(bijector)
    except Exception as error:  # of whatever kind TensorFlow Probability raises
        raise ValueError(
            "The constraint of the latent %r cannot be inferred from %r (%s). Pass "
            "constraints={%r: ...} with a bijector to its support, or with None if the "
            "latent is unconstrained." % (name, wrapped, error, name)) from error
    return None if type(bijector).__name__ == "Identity" else constraint
