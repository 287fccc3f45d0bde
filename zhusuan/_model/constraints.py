"""Constraints of latents, and positions of samplers in unconstrained space.

A bijector maps a position, any vector of real numbers, to a constrained value. The log
density of the position is that of the value plus the log determinant of the Jacobian.

The ends of an interval may depend on other latents. The model then makes the value: at
its node, when the distribution is known, and after the latents on which that depends.
The Jacobian of all values is triangular, so that its log determinant is a sum.
"""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraint_names import MEANINGS, NAMED
from zhusuan._model.supports import support_of
from zhusuan._model.target import expand_chains, sum_over_data
from zhusuan._tf.gradients import differentiable
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions import bijectors
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.distributions.bijectors.base import bijector_advice
from zhusuan.distributions.tfp import AdaptedBijector, adapt_bijector
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.framework.meta_bn import ObservationOfDistribution
from zhusuan.utils import merge_dicts, nearest_name_hint

__all__ = ["Constraints", "Image", "bijector_to", "check_latent_names",
           "check_position", "resolve"]

# The constraint of a latent whose interval depends on other latents.
_MOVING = object()


def check_position(latent):
    """Raise unless all latents have one float dtype and static shapes."""
    dtypes = {name: tf.as_dtype(x.dtype).base_dtype.name
              for name, x in latent.items()}
    wrong = set(dtypes.values()) - {"float32", "float64"}
    if wrong or len(set(dtypes.values())) > 1:
        raise TypeError(
            "All latents of a sampler must have one dtype, float32 or float64 (float16 "
            "is not precise enough to accept or reject proposals), but they have %s."
            % ", ".join("%r: %s" % item for item in dtypes.items()))
    for name, x in latent.items():
        if not tf.TensorShape(x.shape).is_fully_defined():
            raise ValueError(
                "The latent %r must have a static shape, but it has %s. Give "
                "the variable an initial value of known shape."
                % (name, x.shape))


# -- Constraints of users and distributions ---------------------------------------


def resolve(constraints, model, observed, latent):
    """A dict of the constraint of each latent, for :class:`Constraints`.

    The constraint of an unconstrained latent is None.

    :param constraints: None for no constraints, a dict, or "auto" for an empty one.
        Constraints of other latents are inferred from the distributions of the model,
        if it is a MetaBayesianNet.
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
    check_latent_names("constraints", constraints, latent)
    return dict(constraints)


def check_latent_names(argument, names, latent):
    """Raise ValueError, which names the argument, unless all are names of latents."""
    for name in names:
        if name not in latent:
            raise ValueError("%s: unknown latent %r.%s" % (
                argument, name, nearest_name_hint(name, latent)))


def _deduced(names, model, observed, latent):
    def supports(values):
        nodes = _nodes_of(model, observed, dict(zip(latent, values)))
        found = {name: support_of(name, nodes[name].dist)
                 for name in names if name in nodes}
        return found, {name: _ends(constraint, latent[name])
                       for name, constraint in found.items()}

    (found, ends), gradients = differentiable(
        supports, list(latent.values()), is_persistent=True)
    for name in found:
        if ends[name] and any(g is not None for g in gradients(ends[name])):
            found[name] = _MOVING
    return found


def _ends(constraint, value):
    """Tensors that depend on what the ends of a constraint depend on."""
    if isinstance(constraint, tuple):
        return [end for end in constraint if tf.is_tensor(end)]
    if isinstance(constraint, AdaptedBijector):
        x = tf.stop_gradient(constraint.wrapped.inverse(value))
        return [constraint.forward(tf.zeros_like(x))]
    return []


def _nodes_of(model, observed, values):
    """A dict of the nodes of a model, observed at values of latents."""
    # Nodes reserve seeds, which must not shift those to come.
    with seeded(0), support_checks(False), unchecked_bounds():
        return model._observed_net(
            merge_dicts(observed, values), "latent", values).nodes


# -- Positions in unconstrained space and constrained values -----------------------

class Image(NamedTuple):
    """The constrained value at a position in unconstrained space."""

    value: Any
    """The value, a Tensor."""
    log_det: Any
    """The log determinant of the bijector's Jacobian; None without a bijector."""
    inside: Any
    """Whether the value is in range after rounding; None if all are."""


def _image(bijector, x):
    if bijector is None:
        return Image(x, None, None)
    value, log_det = bijector.forward_and_log_det(x)
    value = bijector.clip(value)
    return Image(value, log_det, bijector.contains(value))


class Constraints:
    """Conversion between positions in unconstrained space and constrained values.

    Both are lists of Tensors, one for each latent.

    :param by_name: A dict that :func:`resolve` returned.
    :param model: The model, which is evaluated if intervals depend on latents.
    :param observed: A dict of observed values by name.
    """

    def __init__(self, by_name, model=None, observed=None):
        self._names, self._constraints = list(by_name), by_name
        self._model, self._observed = model, observed
        self._bijectors = [None if constraint is _MOVING else
                           bijector_to(name, constraint)
                           for name, constraint in by_name.items()]
        self._moving = [i for i, constraint in enumerate(by_name.values())
                        if constraint is _MOVING]

    def values(self, position):
        """The constrained values of positions."""
        return [image.value for image in self.images(position)]

    def images(self, position):
        """The :class:`Image` of each position."""
        images = [_image(*pair) for pair in zip(self._bijectors, position)]
        if not self._moving:
            return images
        values = {name: image.value for name, image in zip(self._names, images)}

        def value_at(i):
            def value(dist):
                images[i] = _image(self._moving_bijector(i, dist), position[i])
                return images[i].value
            return ObservationOfDistribution(value, position[i].dtype)

        for i in self._moving:
            values[self._names[i]] = value_at(i)
        _nodes_of(self._model, self._observed, values)
        return images

    def _moving_bijector(self, i, dist):
        name = self._names[i]
        return bijector_to(name, support_of(name, dist), may_cross=True)

    def free(self, values):
        """The positions of values; not finite if a value violates its constraint."""
        all_bijectors = list(self._bijectors)
        if self._moving:
            nodes = _nodes_of(
                self._model, self._observed, dict(zip(self._names, values)))
            for i in self._moving:
                all_bijectors[i] = self._moving_bijector(
                    i, nodes[self._names[i]].dist)
        return [y if b is None else _inverse(b, y)
                for y, b in zip(values, all_bijectors)]

    def checked_free(self, values):
        """As :meth:`free`; InvalidArgumentError if a value violates its constraint."""
        return [tf.debugging.check_numerics(x, self._broken(name))
                if self._constraints[name] is not None else x
                for name, x in zip(self._names, self.free(values))]

    def refuse_broken(self, position, values, describe):
        """Raise ValueError unless the positions, arrays, are finite.

        :param describe: A function of a position and its value that describes it.
        """
        for name, x, value in zip(self._names, position, values):
            if self._constraints[name] is not None and not np.all(np.isfinite(x)):
                raise ValueError(self._broken(name, describe(x, value)))

    def _broken(self, name, description="is not inside"):
        constraint = self._constraints[name]
        words = "between its ends, which depend on other latents and must not cross" \
            if constraint is _MOVING else words_for(constraint)
        return ("The latent %r must be %s, but its initial value %s. Pass a value "
                "inside the support, not at its edge. Try better initialization." % (
                    name, words, description))

    def target(self, target):
        """The target in unconstrained space, from the target of values."""
        if not any(self._bijectors) and not self._moving:
            return target

        def free_target(position):
            images, gradients = differentiable(self.images, position)
            log_joint, by_value = target([image.value for image in images])
            log_joint, inside = self._with_jacobian(log_joint, images)
            log_dets = [image.log_det for image in images if image.log_det is not None]
            slopes = gradients([image.value for image in images] + log_dets,
                               by_value + [tf.ones_like(x) for x in log_dets])
            if self._moving:  # crossed ends make slopes nan
                slopes = [tf.where(expand_chains(inside, g), g, tf.zeros_like(g))
                          for g in slopes]
            return log_joint, slopes
        return free_target

    def _with_jacobian(self, log_joint, images):
        """The log density of a position, -inf if its rounded value is out of range.

        :return: The density, and whether all images are in range.
        """
        rank, all_inside = log_joint.shape.rank, tf.ones_like(log_joint, tf.bool)
        for name, image in zip(self._names, images):
            if image.log_det is None:
                continue
            if image.log_det.shape.rank < rank:
                raise ValueError(
                    "The constraint of the latent %r applies to vectors along its last "
                    "axis, but with %d chain axes its shape %s has no axis left. Pass "
                    "an initial value with one more axis." % (
                        name, rank, image.value.shape))
            log_joint += sum_over_data(image.log_det, rank)
            if image.inside is not None:
                inside = tf.reduce_all(image.inside, axis=list(
                    range(rank, image.inside.shape.rank)))
                all_inside = tf.logical_and(all_inside, inside)
        minus_infinity = log_joint.dtype.as_numpy_dtype(-np.inf)
        return tf.where(all_inside, log_joint, minus_infinity), all_inside


def _inverse(bijector, y):
    inside = bijector.contains(y)
    if inside is not None:
        inside = tf.reshape(inside, tf.concat(
            [tf.shape(inside), [1] * bijector.event_ndims], axis=0))
        y = tf.where(inside, y, y.dtype.as_numpy_dtype(np.nan))
    return bijector.inverse(y)


# -- Bijectors to constraints: words, pairs of ends, bijectors ------------------------

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
            "constraints: the constraint of the latent %r is %r, which is not a "
            "Bijector. %s" % (
                name, constraint, bijector_advice(constraint)))
    raise ValueError(
        "constraints: the constraint of the latent %r must be %s, a pair (low, high), "
        "a bijector with an inverse, or None, but it is %r." % (
            name, ", ".join("\"%s\"" % word for word in NAMED), constraint))


def _between(name, low, high, may_cross):
    tensors = low, high
    low, high = _end(low, -np.inf), _end(high, np.inf)
    known = [end for end in (low, high) if not tf.is_tensor(end)]
    if len(known) == 2 and not may_cross and not np.all(low < high):
        raise ValueError(
            "constraints: the interval (low, high) of the latent %r must have low < "
            "high, but low is %s and high is %s." % (name, low, high))
    has_low, has_high = [tf.is_tensor(end) or np.all(np.isfinite(end))
                         for end in (low, high)]
    if any(np.any(np.isinf(end)) and not np.all(np.isinf(end)) for end in known):
        raise ValueError(
            "constraints: the interval of the latent %r has finite ends for some of "
            "its elements only: %s and %s. Split it into two latents." % (
                name, low, high))
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
    """Describe a constraint in an error message."""
    constraint = adapt_bijector(constraint)
    if isinstance(constraint, AdaptedBijector):
        return "an image of %s" % (constraint.wrapped.name,)
    if isinstance(constraint, bijectors.Bijector):
        return "an image of %s" % type(constraint).__name__
    if isinstance(constraint, str):
        return MEANINGS[constraint]
    return "between %s and %s" % tuple(constraint)
