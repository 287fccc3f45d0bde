"""Checks of where chains begin and end, before and after compiled loops."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.constraints import is_outside
from zhusuan._model.latents import observe_all
from zhusuan._tf.gradients import differentiable
from zhusuan.framework import support_checks
from zhusuan.utils._warnings import warn_user

__all__ = ["check_chain_axis", "check_finite", "check_independence",
           "outside_of_support", "warn_outside"]

# Gradients of one chain by the positions of others are exactly 0; rounding, as of a
# maximum over all chains that is subtracted and added again, leaves less than this.
_ROUNDING = 1e-3


def check_finite(names, chain):
    """Raise where no transition could be accepted.

    :param chain: A `ChainState` of arrays.
    """
    wrong = ~np.isfinite(chain.log_prob)
    if np.any(wrong):
        raise ValueError(
            "The log joint density is not finite where %s begin%s: %s. Try better "
            "initialization." % (
                _where(wrong), "s" if not np.ndim(wrong) else "",
                np.asarray(chain.log_prob)[wrong].ravel()[:5]))
    for name, gradient in zip(names, chain.gradient):
        if not np.all(np.isfinite(gradient)):
            raise ValueError(
                "The gradient of the log joint density by the latent %r is not "
                "finite at the start. Try better initialization." % name)


def _where(wrong):
    if not np.ndim(wrong):
        return "the chain"
    chains = [", ".join(map(str, i)) for i in np.argwhere(wrong)]
    more = ", ..." if len(chains) > 5 else ""
    return "the chains %s%s (of %d)" % (
        "; ".join(chains[:5]), more, np.size(wrong))


def check_chain_axis(n_chains, log_prob):
    """Raise unless the log density has the axis that `n_chains` put in front."""
    shape = np.shape(log_prob)
    if n_chains is not None and shape[:1] != (n_chains,):
        raise ValueError(
            "With n_chains=%d the log joint density must have shape [%d], one "
            "number for each chain, but it has %s. Sum over data axes only: "
            "tf.reduce_sum(..., axis=-1) in a function, a smaller group_ndims in a "
            "model." % (
                n_chains, n_chains, list(shape)))


def check_independence(nodes, position, evaluate):
    """Raise if the density of a chain depends on where other chains are.

    A sum over chain axes that is added to a density for each chain has the right
    shape, but makes the likelihood that many times as strong.

    :param nodes: A function that returns a dict of the nodes of the model.
    :param position: A list of arrays, where chains begin.
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
            "The log joint density of one chain depends on the positions of others: "
            "it sums over chain axes, with which all latents begin%s. Sum over data "
            "axes only: tf.reduce_sum(..., axis=-1) in a function, a smaller "
            "group_ndims in a model." % _suspects(nodes()))


def _suspects(nodes):
    """Words for nodes whose log density is one number for all chains."""
    names = [name for name, node in nodes.items()
             if node.dist.group_ndims and not node.cond_log_p.shape.rank]
    return "" if not names else " (see %s)" % ", ".join(map(repr, names))


def outside_of_support(model, observed, draws):
    """Whether draws are outside of the support of their node, by latent.

    :param draws: A dict of Tensors by name.

    :return: A dict of bool Tensors, whose only name is "" where the model is a
        function.
    """
    with support_checks(False):  # `warn_outside` names the latents
        log_joint, bn = observe_all(model, dict(observed, **draws))
    if bn is None:
        return {"": tf.logical_not(log_joint > -np.inf)}
    return {name: is_outside(bn.nodes[name].dist, draws[name])
            for name in draws if name in bn.nodes}


def warn_outside(outside):
    """Warn of latents whose last draws are outside of the support of their node.

    :param outside: A dict of bool arrays, as :func:`outside_of_support` gives them.
    """
    for name, wrong in outside.items():
        if np.any(wrong):
            where = "the support of the latent %r" % name if name else (
                "the support of the log joint density")
            warn_user(
                "%d of %d last draws are outside of %s, so that the draws are not of "
                "the posterior. Pass constraints= that keep them inside, or take "
                "smaller steps." % (np.sum(wrong), np.size(wrong), where))
