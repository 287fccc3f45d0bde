"""The log joint density of a model as a function of the positions of a sampler."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import observe_all
from zhusuan._tf.gradients import differentiable
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.utils import merge_dicts
from zhusuan.utils._warnings import warn_user

__all__ = ["Target"]


class Target:
    """The log density that a sampler sees: a function of a list of positions.

    ``target(position)`` returns the log joint density, of the shape of the
    chain axes, and the list of its gradients, both from one evaluation of the
    model. Chains do not see each other, so the gradient of the sum over chains
    holds the gradients of all.

    :param model: As in :func:`observe_all`.
    :param observed: A dict of observed values by name.
    :param names: The names of the latents, in the order of the positions.
    """

    def __init__(self, model, observed, names):
        self._model, self._observed = model, dict(observed)
        self.names = list(names)
        both = [name for name in self.names if name in self._observed]
        if both:
            raise ValueError(
                "%s both in `observed` and in `latent`. A sampler moves what is "
                "latent; take the name out of one of the two."
                % _quoted(both, "is", "are"))

    def __call__(self, position):
        (log_joint, assertions), gradients = differentiable(self._log_joint, position)
        log_joint.set_shape(_chain_shape(log_joint, self.names, position))
        gradients = [
            self._with_shape(name, x, gradient) for name, x, gradient
            in zip(self.names, position, gradients([log_joint]))]
        return log_joint, [_tf.identity_after(assertions, x) for x in gradients]

    def _log_joint(self, position):
        """The density, and assertions on which gradients must depend."""
        values = merge_dicts(self._observed, dict(zip(self.names, position)))
        with support_checks(False):  # a proposal may leave the support
            log_joint, bn = observe_all(self._model, values)
        log_joint, assertions = tf.convert_to_tensor(log_joint), []
        if bn is not None:
            assertions = [_check_node_shape(name, x, bn.nodes[name].dist)
                          for name, x in zip(self.names, position)]
        if log_joint.dtype != position[0].dtype:
            raise TypeError(
                "The log joint density has dtype %s, but the latents have %s. "
                "Make them the same." % (
                    log_joint.dtype.name, position[0].dtype.name))
        return log_joint, assertions

    def _with_shape(self, name, x, gradient):
        if gradient is None:
            self._refuse_unused(name)
            return tf.zeros_like(x)
        gradient.set_shape(x.shape)
        return gradient

    def _refuse_unused(self, name):
        # A MetaBayesianNet refuses names that it does not know; a latent of its
        # own may have a flat density. A function could just not look at it.
        if not isinstance(self._model, MetaBayesianNet):
            raise ValueError(
                "The log joint density does not depend on the latent %r. Does "
                "the function read values[%r] from its argument, and compute "
                "with TensorFlow only?" % (name, name))


def _check_node_shape(name, x, dist):
    """Raise where a position is stretched to the shape of its node.

    :return: None, or an assertion where the shape of the node is dynamic.
    """
    shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
    message = (
        "The latent %r has shape %s, but its node has shape %s, so that one number of "
        "the latent would stand for several of the node. Begin with values of the "
        "shape of the node, with chain axes in front." % (name, x.shape, shape))
    if shape.is_fully_defined():
        if _is_stretched(x.shape.as_list(), shape.as_list()):
            raise ValueError(message)
        return None
    shape = tf.concat([dist.batch_shape, dist.value_shape], axis=0)
    return tf.debugging.assert_equal(
        tf.broadcast_dynamic_shape(tf.shape(x), shape), tf.shape(x), message)


def _is_stretched(shape, to):
    n_missing = max(len(to) - len(shape), 0)
    padded = ([1] * n_missing + shape)[-len(to):] if to else []
    return any(m == 1 and n != 1 for m, n in zip(padded, to))


def _chain_shape(log_joint, names, position):
    """The static shape of the chain axes, which all positions begin with."""
    rank = log_joint.shape.rank
    shape = log_joint.shape
    fits = rank is not None and all(
        x.shape.rank >= rank and shape.is_compatible_with(x.shape[:rank])
        for x in position)
    if not fits:
        raise ValueError(
            "The shape of the log joint density must be that of the chain axes, "
            "with which all latents begin, but it is %s, while the latents are "
            "%s. Write group_ndims=n to sum the last n axes of a node, or "
            "tf.reduce_sum in a log joint function."
            % (shape, _shapes(names, position)))
    if rank > 1 and all(x.shape.rank == rank for x in position):
        warn_user(
            "The log joint density has shape %s and the latents are %s, so that "
            "every single number is taken for a chain of its own. If the last "
            "axis is not one of chains, sum over it: group_ndims=1."
            % (shape, _shapes(names, position)))
    for x in position:
        shape = shape.merge_with(x.shape[:rank])
    return shape


def _shapes(names, position):
    return ", ".join("%r: %s" % (name, x.shape)
                     for name, x in zip(names, position))


def _quoted(names, is_, are):
    return "%s %s" % (", ".join(repr(name) for name in names),
                      is_ if len(names) == 1 else are)
