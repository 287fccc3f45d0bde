"""The cost of one step of training, and the estimators of its gradient."""
from typing import Any, Callable, Dict, NamedTuple

import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.variational.exclusive_kl import elbo
from zhusuan.variational.inclusive_kl import klpq
from zhusuan.variational.monte_carlo import importance_weighted_objective
from zhusuan.variational.renyi import renyi_bound

__all__ = ["Cost", "CostFunction", "OBJECTIVES", "choose_estimator"]

# The axis of particles.
_AXIS = 0


class Cost(NamedTuple):
    """0-D Tensors."""

    cost: Any
    """Its gradient is the estimate to follow."""
    bound: Any
    """The estimate of the bound, for all data; the ELBO if the objective has none."""


def _leave_one_out_reinforce(objective):
    """REINFORCE with the mean of the other particles as the baseline.

    (Kool, van Hoof and Welling, 2019, "Buy 4 REINFORCE samples, get a baseline for
    free!", eq. 8.)
    """
    log_weights = tf.stop_gradient(objective._log_weights())
    total = tf.reduce_sum(log_weights, _AXIS, keepdims=True)
    others = tf.cast(tf.shape(log_weights)[_AXIS] - 1, total.dtype)
    return objective.reinforce(
        variance_reduction=False, baseline=(total - log_weights) / others,
        path_derivative=True)[0]


# Functions of an objective by the names of estimators, by the names of objectives. The
# first is for latents that are all reparameterized, the last for all others.
OBJECTIVES: Dict[str, Dict[str, Callable[[Any], Any]]] = {
    "elbo": {
        "path_derivative": lambda objective: objective.sgvb(path_derivative=True),
        "sgvb": lambda objective: objective.sgvb(),
        "reinforce": _leave_one_out_reinforce},
    "importance_weighted": {
        "dreg": lambda objective: objective.dreg(),
        "sgvb": lambda objective: objective.sgvb(),
        "vimco": lambda objective: objective.vimco()},
    "renyi": {"sgvb": lambda objective: objective.sgvb()},
    "klpq": {"importance": lambda objective: objective.importance()}}


def choose_estimator(objective, estimator, q):
    """The name of an estimator, and the name of the estimator of each latent.

    :param estimator: The name, or "auto".
    :param q: A BayesianNet, the posterior.
    """
    if objective not in OBJECTIVES:
        raise ValueError("fit: objective must be one of %s, but it is %r." % (
            ", ".join(map(repr, OBJECTIVES)), objective))
    known = list(OBJECTIVES[objective])
    if estimator not in known + ["auto"]:
        raise ValueError(
            "fit: estimator must be \"auto\" or one of %s, but it is %r." % (
                ", ".join(map(repr, known)), estimator))
    is_path = {name: q[name].dist.is_reparameterized for name in q.stochastic_names}
    if estimator == "auto":
        estimator = known[0] if all(is_path.values()) else known[-1]
    if estimator == "reinforce":
        return estimator, {name: "path_derivative" if is_path[name] else estimator
                           for name in is_path}
    return estimator, dict.fromkeys(is_path, estimator)


class CostFunction(NamedTuple):
    """A function of a model, observations and a posterior that returns the `Cost`."""

    objective: str
    estimator: str
    alpha: float
    scale: Dict[str, Any]
    """Factors of the log densities of nodes by name."""

    def __call__(self, model, observed, q, batch_names, factor):
        """Evaluate the cost.

        :param batch_names: The names of observed values of a minibatch.
        :param factor: The number of data divided by that of a minibatch.
        """
        with support_checks(False), unchecked_bounds():
            objective = self._objective_of(model, observed, q, self.scale)
            if _has_data_axes(objective):
                _check_data_axes(objective)
            elif factor != 1.:
                scale = dict(dict.fromkeys(batch_names, factor), **self.scale)
                objective, factor = self._objective_of(model, observed, q, scale), 1.
            cost = OBJECTIVES[self.objective][self.estimator](objective)
            bound = objective if self.objective != "klpq" else (
                self._elbo(model, observed, q, {}))
            return Cost(factor * tf.reduce_sum(cost),
                        factor * tf.reduce_sum(bound.tensor))

    def _objective_of(self, model, observed, q, scale):
        if self.objective == "elbo":
            return self._elbo(model, observed, q, scale)
        if scale:
            raise ValueError(
                "fit: minibatches and scale= multiply terms of the evidence lower "
                "bound, but the objective is %r. Write objective=\"elbo\"."
                % self.objective)
        if self.objective == "importance_weighted":
            return importance_weighted_objective(
                model, observed, variational=q, axis=_AXIS)
        if self.objective == "renyi":
            return renyi_bound(model, observed, self.alpha, variational=q, axis=_AXIS)
        return klpq(model, observed, variational=q, axis=_AXIS)

    @staticmethod
    def _elbo(model, observed, q, scale):
        if scale and not isinstance(model, MetaBayesianNet):
            raise ValueError(
                "fit: the log likelihood of a minibatch cannot be scaled, because the "
                "model is a function that returns the sum of all terms. Scale the log "
                "likelihood in the function, and pass n_data=None.")
        return elbo(model, observed, variational=q, axis=_AXIS, scale=scale or None)


def _has_data_axes(objective):
    """Whether the terms of single data are not summed: their bounds are separate."""
    rank = objective._log_weights().shape.rank
    return rank is not None and rank > 1


def _check_data_axes(objective):
    """Raise if a term has no data axes: it would be added to that of each datum."""
    axes = objective._log_weights().shape[1:]
    terms = {"latent %r" % name: z.log_prob.shape[1:]
             for name, z in objective._latents.items()}
    model = objective.meta_bn
    if isinstance(model, MetaBayesianNet) and model.log_joint is None:
        for name, term in objective.bn._log_prob_terms().items():
            # Terms that do not depend on latents have no axis of particles.
            terms.setdefault("latent %r" % name if name in objective._latents else (
                "node %r" % name), term.shape[-axes.rank:])
    for owner, shape in terms.items():
        if not shape.is_compatible_with(axes):
            raise ValueError(
                "fit: the %s belongs to all data, but the log densities have one "
                "element per datum, with the shape %s for each particle. Pass "
                "group_ndims=1 to the nodes of data." % (owner, axes))
