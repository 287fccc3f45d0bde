"""The log joint density of a model: the target of samplers, and checks of it."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.gradients import differentiable
from zhusuan._tf.random_numbers import draw_beside
from zhusuan._tf.traced_functions import mark_as_data
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.framework.meta_bn import is_model_function, observe_all
from zhusuan.utils import format_term_shapes, merge_dicts, sum_named_terms
from zhusuan.utils._warnings import warn_user

__all__ = ["Target", "called_model", "check_chain_axis", "check_finite",
           "check_independence", "evaluated_once", "expand_chains", "is_outside",
           "mean_over_data", "outside_of_support", "sum_over_data", "warn_outside"]

# Gradients of one chain by the positions of others are exactly 0; rounding, as of a
# maximum over all chains that is subtracted and added again, leaves less than this.
_ROUNDING = 1e-3


def called_model(model):
    """The result of a decorated model function, or `model` if it is none."""
    return model() if is_model_function(model) else model


class Target:
    """The log density that a sampler sees: a function of a list of positions.

    ``target(position)`` returns the log joint density, of the shape of the
    chain axes, and the list of its gradients, both from one evaluation of the
    model. Chains are independent, so the gradient of the sum over chains
    contains the gradients of all.

    :param model: As in :func:`observe_all`.
    :param observed: A dict of observed values by name.
    :param names: The names of the latents, in the order of the positions.
    :param scale: A dict of factors of the log densities of nodes by name.
    """

    def __init__(self, model, observed, names, scale=None):
        self._model, self._observed = model, dict(observed)
        self.names = list(names)
        both = [name for name in self.names if name in self._observed]
        if both:
            raise ValueError(
                "%s both in `observed` and in `latent`. Remove the name from one of "
                "them."
                % _quoted(both, "is", "are"))
        self._scale = dict(scale or {})
        if self._scale and (not isinstance(model, MetaBayesianNet)
                            or model.log_joint is not None):
            raise ValueError(
                "n_data= multiplies the log densities of the nodes in data=, but the "
                "model has a log joint function, which returns their sum. Multiply the "
                "log likelihood in that function, and omit n_data=.")

    def __call__(self, position):
        (log_joint, assertions, terms), gradients = differentiable(
            self._log_joint, position)
        log_joint.set_shape(_chain_shape(log_joint, self.names, position, terms))
        gradients = [
            self._with_shape(name, x, gradient) for name, x, gradient
            in zip(self.names, position, gradients([log_joint]))]
        return log_joint, [_tf.identity_after(assertions, x) for x in gradients]

    def _log_joint(self, position):
        """The density, assertions on which gradients must depend, and terms by name."""
        values = merge_dicts(self._observed, dict(zip(self.names, position)))
        # A proposal may leave the support. The nodes of a model have their own seeds,
        # and do not change the draws of a sampler.
        with support_checks(False), unchecked_bounds(), draw_beside():
            found = observe_all(self._model, values, "latent", self.names)
        bn, log_joint = found.bn, tf.convert_to_tensor(found.log_joint)
        if self._scale:
            log_joint = sum_named_terms({
                name: x * self._scale.get(name, 1.)
                for name, x in bn._log_prob_terms().items()})
        assertions, terms = [], {}
        if bn is not None:
            self._mark_data(bn)
            if self._model.log_joint is None:
                terms = bn._log_prob_terms()
            assertions = [_check_node_shape(name, x, bn.nodes[name].dist)
                          for name, x in zip(self.names, position)]
        if log_joint.dtype != position[0].dtype:
            raise TypeError(
                "The log joint density has dtype %s, but the latents have %s. Use the "
                "same dtype for both." % (
                    log_joint.dtype.name, position[0].dtype.name))
        return log_joint, assertions, terms

    def _mark_data(self, bn):
        for name in self._observed:
            node = bn.nodes.get(name)
            if node is not None and not node.is_partly_observed():
                mark_as_data(node.tensor)

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
                "The log joint density does not depend on the latent %r. Read "
                "values[%r] from the argument of the function, and compute the density "
                "by TensorFlow operations only." % (name, name))


def _check_node_shape(name, x, dist):
    """Raise where a position is stretched to the shape of its node.

    :return: None, or an assertion where the shape of the node is dynamic.
    """
    shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
    message = (
        "The latent %r has shape %s, but its node has shape %s, to which it would be "
        "broadcast. Pass initial values with the shape of the node, with chain axes in "
        "front." % (name, x.shape, shape))
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


def _chain_shape(log_joint, names, position, terms):
    """The static shape of the chain axes, which all positions begin with.

    :param terms: A dict of the terms of the log joint density; empty if unknown.
    """
    rank = log_joint.shape.rank
    shape = log_joint.shape
    fits = rank is not None and all(
        x.shape.rank >= rank and shape.is_compatible_with(x.shape[:rank])
        for x in position)
    if not fits or _has_grouped_chains(rank, names, terms):
        raise ValueError(
            "The log joint density must have the shape of the chain axes, which are "
            "the first axes of all latents, but it is %s, while the latents are %s.%s "
            "Pass group_ndims=n to sum the last n axes of a node, or use tf.reduce_sum "
            "in a factor or a log joint function."
            % (shape, _shapes(names, position),
               " Its terms are %s." % format_term_shapes(terms) if terms else ""))
    if rank > 1 and all(x.shape.rank == rank for x in position):
        warn_user(
            "The log joint density has shape %s and the latents are %s, so each "
            "element is treated as a separate chain. If the last axis is not a chain "
            "axis, sum over it by group_ndims=1."
            % (shape, _shapes(names, position)))
    for x in position:
        shape = shape.merge_with(x.shape[:rank])
    return shape


def _has_grouped_chains(rank, names, terms):
    """Whether the log density of a latent lacks axes of the log joint density."""
    ranks = [terms[name].shape.rank for name in names if name in terms]
    return any(own is not None and own < rank for own in ranks)


def _shapes(names, position):
    return ", ".join("%r: %s" % (name, x.shape)
                     for name, x in zip(names, position))


def _quoted(names, is_, are):
    return "%s %s" % (", ".join(repr(name) for name in names),
                      is_ if len(names) == 1 else are)


def evaluated_once(target, position, value=None):
    """`target` that is evaluated once at the list `position`, or has `value` there."""
    values = [] if value is None else [value]

    def target_with_cache(x):
        if x is not position:
            return target(x)
        if not values:
            values.append(target(x))
        return values[0]
    return target_with_cache


# -- Axes ---------------------------------------------------------------------------

def sum_over_data(x, chain_rank):
    """The sum over all axes after the first `chain_rank`."""
    return tf.reduce_sum(x, axis=list(range(chain_rank, x.shape.rank)))


def mean_over_data(x, chain_rank):
    """The mean over all axes after the first `chain_rank`."""
    return tf.reduce_mean(x, axis=list(range(chain_rank, x.shape.rank)))


def expand_chains(per_chain, x):
    """`per_chain` with axes of length 1 behind, to broadcast against `x`."""
    missing = x.shape.rank - per_chain.shape.rank
    if not missing:
        return per_chain
    shape = per_chain.shape.concatenate([1] * missing)
    if not shape.is_fully_defined():
        shape = tf.concat([tf.shape(per_chain), [1] * missing], 0)
    return tf.reshape(per_chain, shape)


# -- Checks at the start and the end of chains --------------------------------------

def check_finite(names, log_prob, gradients, explain):
    """Raise unless the log density, an array, and its gradients are finite.

    :param explain: A function that returns a clause with the reason, or "".
    """
    wrong = ~np.isfinite(log_prob)
    if np.any(wrong):
        reason = explain()
        raise ValueError(
            "The log joint density is %s at the initial values%s%s. Check the data. "
            "Try better initialization." % (
                np.asarray(log_prob)[wrong].ravel()[0], _where(wrong),
                ", because %s" % reason if reason else ""))
    for name, gradient in zip(names, gradients):
        if not np.all(np.isfinite(gradient)):
            raise ValueError(
                "The gradient of the log joint density with respect to the latent %r "
                "is not finite at the initial values. Check the data. Try better "
                "initialization." % name)


def _where(wrong):
    """The chains of which a bool array of their shape is True."""
    if not np.ndim(wrong):
        return ""
    chains = [str(i[0] if len(i) == 1 else i.tolist()) for i in np.argwhere(wrong)]
    more = ["..."] if len(chains) > 5 else []
    return " of %d of %d chains (%s)" % (
        len(chains), np.size(wrong), ", ".join(chains[:5] + more))


def check_chain_axis(n_chains, log_prob):
    """Raise unless the log density is one number for each of `n_chains` chains."""
    shape = np.shape(log_prob)
    if n_chains is not None and shape != (n_chains,):
        raise ValueError(
            "With n_chains=%d, the log joint density must have shape [%d], one number "
            "for each chain, but it has %s. Sum over data axes only: "
            "tf.reduce_sum(..., axis=-1) in a function, group_ndims in a model." % (
                n_chains, n_chains, list(shape)))


def check_independence(nodes, position, evaluate):
    """Raise if the density of a chain depends on the positions of other chains.

    A sum over chain axes that is added to a density for each chain has the right
    shape, but makes the likelihood that many times as strong.

    :param nodes: A function that returns a dict of the nodes of the model.
    :param position: A list of arrays, the initial positions.
    :param evaluate: A function that returns the arrays of a function of the target
        and positions.
    """
    def slopes_of_first(target, position):
        log_prob, gradients = differentiable(lambda xs: target(xs)[0], position)
        shape = log_prob.shape.as_list()
        if np.prod(shape, dtype=int) < 2:
            return []
        is_first = np.zeros(shape)
        is_first.flat[0] = 1.
        gradients = gradients([log_prob], [tf.constant(is_first, log_prob.dtype)])
        return [tf.reshape(g, [is_first.size, -1]) for g in gradients if g is not None]

    # At a symmetric start, gradients by other chains could be 0 by chance.
    moved = [x + 0.01 * (1. + np.abs(x)) * np.cos(
        np.arange(x.size, dtype=x.dtype)).reshape(x.shape) for x in position]
    slopes = evaluate(slopes_of_first, moved)
    if not slopes:
        return
    own, of_others = [max(np.max(np.abs(g[part]), initial=0.) for g in slopes)
                      for part in (slice(1), slice(1, None))]
    if of_others > _ROUNDING * own:
        raise ValueError(
            "The log joint density of one chain depends on the positions of others, "
            "because it sums over chain axes, the first axes of all latents%s. Sum "
            "over data axes only: tf.reduce_sum(..., axis=-1) in a function, a smaller "
            "group_ndims in a model." % _suspects(nodes()))


def _suspects(nodes):
    """The end of an error: nodes whose log density is one number for all chains."""
    names = [name for name, node in nodes.items()
             if hasattr(node, "dist") and node.dist.group_ndims
             and not node.cond_log_p.shape.rank]
    return "" if not names else " (see %s)" % ", ".join(map(repr, names))


def is_outside(dist, value):
    """Whether `value` is outside of the support of a distribution, a bool Tensor."""
    return tf.logical_not(dist.log_prob(value) > -np.inf)


def outside_of_support(model, observed, draws):
    """Whether draws are outside of the support of their node, by latent.

    :param draws: A dict of Tensors by name.

    :return: A dict of bool Tensors, whose only name is "" if the model is a function.
    """
    with support_checks(False):  # `warn_outside` names the latents
        found = observe_all(model, dict(observed, **draws))
    if found.bn is None:
        return {"": tf.logical_not(found.log_joint > -np.inf)}
    return {name: is_outside(found.bn.nodes[name].dist, draws[name])
            for name in draws if name in found.bn.nodes}


def warn_outside(outside):
    """Warn of latents whose last draws are outside of the support of their node.

    :param outside: A dict of bool arrays, as :func:`outside_of_support` gives them.
    """
    for name, wrong in outside.items():
        if np.any(wrong):
            where = "the support of the latent %r" % name if name else (
                "the support of the log joint density")
            warn_user(
                "%d of %d last draws are outside of %s, so the draws do not follow the "
                "posterior. Pass constraints= that keep them inside, or use a smaller "
                "step size." % (np.sum(wrong), np.size(wrong), where))
