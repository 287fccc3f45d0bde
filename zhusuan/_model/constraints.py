"""Latents that cannot take every value, and the free positions that samplers move.

A free position is any vector of real numbers. A bijector makes the value of it that
the model and the user see; the log density of the position is that of the value
plus the log determinant of the bijector's Jacobian.
"""
from collections import namedtuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import distributions as d
from zhusuan._model.constraint_names import MEANINGS, NAMED, SUPPORTS
from zhusuan._model.target import sum_over_data
from zhusuan._tf.gradients import differentiable
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions import bijectors
from zhusuan.distributions._tfp_support import event_space_bijector, has_simplex_support
from zhusuan.distributions.bijectors.base import bijector_advice
from zhusuan.distributions.tfp import (
    AdaptedBijector,
    AdaptedDistribution,
    adapt_bijector,
)
from zhusuan.framework.meta_bn import MetaBayesianNet, bayesian_net_in
from zhusuan.utils import merge_dicts, nearest_name_hint

__all__ = ["Constraints", "check_position", "resolve"]


def check_position(latent):
    """Raise unless all latents have one float dtype and static shapes."""
    dtypes = {name: tf.as_dtype(x.dtype).base_dtype.name
              for name, x in latent.items()}
    wrong = set(dtypes.values()) - {"float32", "float64"}
    if wrong or len(set(dtypes.values())) > 1:
        raise TypeError(
            "All latents of a sampler must have one dtype, float32 or float64 "
            "(float16 is too coarse to accept or reject by), but they have %s."
            % ", ".join("%r: %s" % item for item in dtypes.items()))
    for name, x in latent.items():
        if not tf.TensorShape(x.shape).is_fully_defined():
            raise ValueError(
                "The latent %r must have a static shape, but it has %s. Give "
                "the variable an initial value of known shape."
                % (name, x.shape))


# -- Constraints of users and distributions ---------------------------------------


def resolve(constraints, model, observed, latent):
    """A dict of the constraint of each latent; None for the whole real line.

    :param constraints: What users give: None for no constraints at all, or a dict,
        or "auto" for an empty one. What is not in the dict is asked of the
        distributions of the model, if it is a MetaBayesianNet.
    :param observed: A dict of observed values by name.
    :param latent: A dict of Tensors by name.
    """
    if constraints is None:
        return dict.fromkeys(latent)
    given = _checked({} if constraints == "auto" else constraints, latent)
    wanted = [name for name in latent if name not in given]
    if wanted and isinstance(model, MetaBayesianNet):
        given.update(_deduced(wanted, model, observed, latent))
    return {name: given.get(name) for name in latent}


def _checked(constraints, latent):
    if not isinstance(constraints, dict):
        raise TypeError(
            "constraints= must be a dict by the names of latents, \"auto\" or None, "
            "but it is %r." % (constraints,))
    for name in constraints:
        if name not in latent:
            raise ValueError("constraints=: %r is none of the latents, which are %s.%s"
                             % (name, ", ".join(map(repr, latent)),
                                nearest_name_hint(name, latent)))
    return dict(constraints)


def _deduced(names, model, observed, latent):
    def supports(values):
        values = merge_dicts(observed, dict(zip(latent, values)))
        with seeded(0):  # nodes reserve seeds, which must not shift those to come
            nodes = bayesian_net_in(model.observe(**values)).nodes
        found = {name: _support(name, nodes[name].dist)
                 for name in names if name in nodes}
        return {name: _probed(constraint, values[name])
                if isinstance(constraint, AdaptedBijector) else constraint
                for name, constraint in found.items()}

    found, gradients = differentiable(
        supports, list(latent.values()), is_persistent=True)
    for name, constraint in found.items():
        if isinstance(constraint, _Probed):
            _refuse_moving_ends(name, [constraint.image], gradients, latent)
            found[name] = constraint.bijector
        elif isinstance(constraint, tuple):
            _refuse_moving_ends(name, constraint, gradients, latent)
    return found


def _support(name, dist):
    """The constraint that all values of `dist` satisfy.

    None for what is unknown here: values outside of it are rejected.
    """
    if not dist.is_continuous:
        raise TypeError(
            "The latent %r follows %s, which is discrete. These samplers move real "
            "numbers: sum it out of the log joint density." % (
                name, type(dist).__name__))
    if isinstance(dist, d.Uniform):
        return dist.minval, dist.maxval
    if isinstance(dist, d.TruncatedNormal):
        return dist.low, dist.high
    if isinstance(dist, d.Pareto):
        return dist.scale, tf.constant(np.inf, dist.dtype)
    if isinstance(dist, AdaptedDistribution):
        return _support_of_wrapped(name, dist.wrapped)
    if isinstance(dist, d.TransformedDistribution):
        is_usual = isinstance(dist.bijector, tuple(NAMED.values())) and (
            not isinstance(dist.bijector, bijectors.Sigmoid))
        base = _support(name, dist.base)
        return dist.bijector if is_usual and base is None else None
    if isinstance(dist, d.Mixture):
        supports = {_word(_support(name, c)) for c in dist.components}
        return supports.pop() if len(supports) == 1 else None
    if isinstance(dist, d.MixtureSameFamily):
        return _word(_support(name, dist.components))
    return next((constraint for constraint, classes in SUPPORTS.items()
                 if isinstance(dist, classes)), None)


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
            "The constraint of the latent %r cannot be deduced from %r (%s). Write "
            "constraints={%r: ...}: None for the whole real line, or a bijector to "
            "its support." % (name, wrapped, error, name)) from error
    return None if type(bijector).__name__ == "Identity" else constraint


# A bijector, and one of its images, which depends on its parameters only.
_Probed = namedtuple("_Probed", ["bijector", "image"])


def _probed(bijector, value):
    x = tf.stop_gradient(bijector.wrapped.inverse(value))
    return _Probed(bijector, bijector.forward(tf.zeros_like(x)))


def _refuse_moving_ends(name, ends, gradients, latent):
    for parent, gradient in zip(latent, gradients(list(ends))):
        if gradient is not None:
            raise ValueError(
                "The ends of the interval that the latent %r lies in depend on the "
                "latent %r. Write it as an interval that stays, such as low + width "
                "* u with a latent u between 0 and 1; or pass constraints={%r: None} "
                "to move it freely and reject what is outside." % (
                    name, parent, name))


# -- From words to bijectors ------------------------------------------------------

def _bijector(name, constraint):
    """The bijector of a constraint, None for the whole line."""
    if constraint is None:
        return None
    constraint = adapt_bijector(constraint)
    if isinstance(constraint, bijectors.Bijector) and constraint.has_cheap_inverse:
        return constraint
    if isinstance(constraint, str) and constraint in NAMED:
        return NAMED[constraint]()
    if isinstance(constraint, (tuple, list)) and len(constraint) == 2:
        return _between(name, *constraint)
    if callable(constraint) and not isinstance(constraint, bijectors.Bijector):
        raise TypeError(
            "constraints=: that of the latent %r is %r, which is not a Bijector. %s" % (
                name, constraint, bijector_advice(constraint)))
    raise ValueError(
        "constraints=: that of the latent %r must be %s, a pair (low, high), a "
        "bijector with an inverse, or None, but it is %r." % (
            name, ", ".join("\"%s\"" % word for word in NAMED), constraint))


def _between(name, low, high):
    low, high = _end(low, -np.inf), _end(high, np.inf)
    known = [end for end in (low, high) if not tf.is_tensor(end)]
    if len(known) == 2 and not np.all(low < high):
        raise ValueError(
            "constraints=: the latent %r must lie between two numbers, the lower one "
            "first, but they are %s and %s." % (name, low, high))
    has_low, has_high = [tf.is_tensor(end) or np.all(np.isfinite(end))
                         for end in (low, high)]
    if any(np.any(np.isinf(end)) and not np.all(np.isinf(end)) for end in known):
        raise ValueError(
            "constraints=: some components of the latent %r have an end, and others "
            "have none: %s and %s. Make two latents of it." % (name, low, high))
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


# -- Between free positions and values --------------------------------------------

class Constraints:
    """Between free positions and values: lists of Tensors, one for each latent.

    :param by_name: A dict such as :func:`resolve` gives.
    """

    def __init__(self, by_name):
        self._names = list(by_name)
        self._words = list(by_name.values())
        self._bijectors = [_bijector(*item) for item in by_name.items()]

    def values(self, position):
        """The values, as in the model, of free positions."""
        return [x if b is None else b.clip(b.forward(x))
                for x, b in zip(position, self._bijectors)]

    def free(self, values):
        """The free positions of values; not finite where a constraint is broken."""
        return [y if b is None else _inverse(b, y)
                for y, b in zip(values, self._bijectors)]

    def checked_free(self, values):
        """The same; InvalidArgumentError where a constraint is broken."""
        return [x if b is None else tf.debugging.check_numerics(x, self._broken(i))
                for i, (x, b) in enumerate(zip(self.free(values), self._bijectors))]

    def refuse_broken(self, position):
        """ValueError for arrays of free positions that are not finite."""
        for i, (x, b) in enumerate(zip(position, self._bijectors)):
            if b is not None and not np.all(np.isfinite(x)):
                raise ValueError(self._broken(i))

    def _broken(self, i):
        word = self._words[i]
        word = adapt_bijector(word)
        if isinstance(word, AdaptedBijector):
            word = "an image of %s" % (word.wrapped.name,)
        elif isinstance(word, bijectors.Bijector):
            word = "an image of %s" % type(word).__name__
        elif isinstance(word, str):
            word = MEANINGS[word]
        else:
            word = "between %s and %s" % tuple(word)
        return ("The latent %r must be %s to begin with, but its value is not "
                "(or is on the edge). Try better initialization" % (
                    self._names[i], word))

    def target(self, target):
        """The target of free positions, from that of values."""
        if not any(self._bijectors):
            return target

        def free_target(position):
            images = [_Image(*pair) for pair in zip(position, self._bijectors)]
            log_joint, gradients = target([image.value for image in images])
            for name, image in zip(self._names, images):
                log_joint = image.corrected(log_joint, name)
            return log_joint, [image.gradient(g) for image, g in
                               zip(images, gradients)]
        return free_target


class _Image:
    """The value at one free position, and how densities change with it."""

    def __init__(self, x, bijector):
        self._bijector, self.value = bijector, x
        if bijector is not None:
            (self.value, self._log_det), self._gradients = differentiable(
                self._value_and_log_det, [x])

    def _value_and_log_det(self, xs):
        value, log_det = self._bijector.forward_and_log_det(*xs)
        return self._bijector.clip(value), log_det

    def corrected(self, log_joint, name):
        """The log density of the position: -inf where rounding left the image."""
        if self._bijector is None:
            return log_joint
        rank = log_joint.shape.rank
        if self._log_det.shape.rank < rank:
            raise ValueError(
                "The constraint of the latent %r is one of vectors along its last "
                "axis, but with %d chain axes its shape %s has no axis left." % (
                    name, rank, self.value.shape))
        log_joint += sum_over_data(self._log_det, rank)
        inside = self._bijector.contains(self.value)
        if inside is None:
            return log_joint
        inside = tf.reduce_all(inside, axis=list(range(rank, inside.shape.rank)))
        return tf.where(inside, log_joint,
                        log_joint.dtype.as_numpy_dtype(-np.inf))

    def gradient(self, of_value):
        """By the position, from the gradient by the value."""
        if self._bijector is None:
            return of_value
        gradient, = self._gradients(
            [self.value, self._log_det], [of_value, tf.ones_like(self._log_det)])
        return gradient


def _inverse(bijector, y):
    inside = bijector.contains(y)
    if inside is not None:
        inside = tf.reshape(inside, tf.concat(
            [tf.shape(inside), [1] * bijector.event_ndims], axis=0))
        y = tf.where(inside, y, y.dtype.as_numpy_dtype(np.nan))
    return bijector.inverse(y)
