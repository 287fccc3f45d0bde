"""The latents of a posterior or proposal, and the model observed at their samples."""
from typing import Any, Callable, Dict, NamedTuple, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.joint_parts import JointPart, at_samples
from zhusuan.framework.meta_bn import MetaBayesianNet, bayesian_net_in, observe_all
from zhusuan.utils import merge_dicts, sum_terms
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_deprecated

__all__ = ["Latent", "Model", "are_of_one_joint", "collect_latents",
           "log_probs_at_constants", "merge_values", "observe_latents", "path_log_prob",
           "samples_of", "sum_log_probs", "with_samples"]

# A model, or a function of values by name that returns the log joint density.
Model = Union[MetaBayesianNet, Callable[[Dict[str, tf.Tensor]], TensorLike]]


class Latent(NamedTuple):
    """The samples of a latent and their log density."""

    sample: tf.Tensor
    """The samples."""
    log_prob: tf.Tensor
    """The log density at the samples."""
    dist: Any
    """The distribution; None if samples and log densities were passed without it."""

    @property
    def is_reparameterized(self):
        """Whether gradients pass through the samples to the parameters."""
        return self.dist is not None and self.dist.is_reparameterized


def collect_latents(latent, variational):
    """A dict of :class:`Latent` by name, from exactly one of two arguments.

    :param latent: Deprecated. A dict of ``name: (samples, log probabilities)``.
    :param variational: A BayesianNet, or the result of a model function that contains
        one. Its observed nodes are not latents.
    """
    if (latent is None) == (variational is None):
        raise ValueError(
            "Exactly one of `variational` and `latent` must be given, but %s. "
            "Write variational=q with a BayesianNet q." % (
                "none was" if latent is None else "both were"))
    if latent is not None:
        warn_deprecated("The argument `latent`", "`variational`")
        return _check_log_prob_shapes({
            name: Latent(tf.convert_to_tensor(sample),
                         tf.convert_to_tensor(log_prob), None)
            for name, (sample, log_prob) in latent.items()})
    bn = bayesian_net_in(variational)
    if bn is None:
        raise TypeError(
            "`variational` must be a BayesianNet, but it is %r. If a function "
            "decorated with @zs.meta_bayesian_net made it, pass "
            "q.observe()." % (variational,))
    _refuse_factors(bn)
    nodes = [bn[name] for name in bn.stochastic_names]
    return _check_log_prob_shapes({
        node.name: Latent(node.tensor, node.cond_log_p, node.dist)
        for node in nodes if not node.is_observed()})


def _refuse_factors(bn):
    if bn.factor_names:
        raise ValueError(
            "The variational posterior or proposal has the factor %r, so its density "
            "is not normalized. Move the factor to the model."
            % bn.factor_names[0])


def _check_log_prob_shapes(latents):
    """Return `latents`, or raise unless the shapes of their log densities broadcast."""
    seen_names, seen = [], tf.TensorShape([])
    for name, latent in latents.items():
        try:
            seen = tf.broadcast_static_shape(seen, latent.log_prob.shape)
        except ValueError:
            raise ValueError(
                "The latents have different sample or batch axes: log q of %r has "
                "shape %s, and that of %s has shape %s. Pass the same n_samples to all "
                "latent nodes, and the group_ndims that groups the axes of one "
                "event." % (
                    name, latent.log_prob.shape,
                    " and ".join(repr(n) for n in seen_names), seen)) from None
        seen_names.append(name)
    return latents


def samples_of(latents):
    """A dict of samples by name."""
    return {name: z.sample for name, z in latents.items()}


def merge_values(observed, samples):
    """Merge observations and samples of latents into one dict of values by name."""
    both = [name for name in samples if name in observed]
    if both:
        raise ValueError(
            "%s both in `observed` and among the latents of the posterior. Remove it "
            "from `observed`, or observe it in the posterior too: "
            "BayesianNet(observed={%r: ...})." % (
                ", ".join(map(repr, both)) + (" is" if len(both) == 1 else " are"),
                both[0]))
    return merge_dicts(observed, samples)


def observe_latents(model, observed, latents, axis, source="variational"):
    """Evaluate the log joint density of a model at the samples of its latents.

    Raises `ValueError` unless ``log p(x, z) - log q(z)`` has the sample axes.

    :param observed: A dict of observed values by name.
    :param latents: A dict of :class:`Latent` by name.
    :param axis: The sample axes: an int, a list of ints, or None.
    :param source: The argument that has the latents, for errors.
    :return: The log joint density, and the BayesianNet (None for a function).
    """
    found = observe_all(
        model, merge_values(observed, samples_of(latents)), source, latents)
    _check_axis(axis, found.log_joint, latents)
    return found.log_joint, found.bn


def _check_axis(axis, log_joint, latents):
    """Raise unless ``log p(x, z) - log q(z)`` is defined and has the sample axes."""
    shape = tf.convert_to_tensor(log_joint).shape
    for name, latent in latents.items():
        shape = _broadcast_shape(name, latent, shape)
    axes = np.atleast_1d([] if axis is None else axis)
    if axes.size and axes.dtype.kind not in "iu":
        raise TypeError("axis must be an int or a list of ints, but it is %r. Write "
                        "axis=0 for nodes with n_samples." % (axis,))
    for i in axes:
        if shape.rank is not None and not -shape.rank <= i < shape.rank:
            raise ValueError(
                "axis=%r is out of range for the log weights log p(x, z) - log q(z), "
                "which have shape %s. Pass n_samples to the latent nodes (%s), or pass "
                "a smaller group_ndims or another axis." % (
                    axis, shape, ", ".join(repr(name) for name in latents)))


def _broadcast_shape(name, latent, shape):
    try:
        return tf.broadcast_static_shape(shape, latent.log_prob.shape)
    except ValueError:
        raise ValueError(
            "The log joint density has shape %s, but log q of the latent %r has shape "
            "%s, so their sample or batch axes do not broadcast. Pass the group_ndims "
            "that groups the axes of one event, in the model and in the posterior, and "
            "the same n_samples to all latent nodes." % (
                shape, name, latent.log_prob.shape)) from None


def sum_log_probs(latents):
    """:math:`\\log q` of all latents; 0 where there are none."""
    return sum_terms([z.log_prob for z in latents.values()] or [0.])


def path_log_prob(latent):
    """:math:`\\log q`, with gradients to the parameters through the sample only."""
    if latent.dist is None:
        raise ValueError(
            "Path derivatives need the distributions of the latents, but "
            "`latent` has samples and log probabilities only. Pass "
            "`variational`, a BayesianNet.")
    return latent.dist.with_path_derivative().log_prob(latent.sample)


def with_samples(latents, samples):
    """Latents at other samples; their `log_prob` remains that of the first ones.

    :param samples: A dict of samples of all latents by name.
    """
    dists = at_samples({name: z.dist for name, z in latents.items()}, samples)
    return {name: z._replace(sample=samples[name], dist=dists[name])
            for name, z in latents.items()}


def log_probs_at_constants(latents):
    """A list of :math:`\\log q`, with gradients to parameters at constant samples."""
    constants = with_samples(latents, {
        name: tf.stop_gradient(z.sample) for name, z in latents.items()})
    return [z.dist.log_prob(z.sample) if z.is_reparameterized else z.log_prob
            for z in constants.values()]


def are_of_one_joint(latents):
    """Whether a list of latents are parts of one joint density."""
    return all(isinstance(z.dist, JointPart) and z.dist.joint is latents[0].dist.joint
               for z in latents)
