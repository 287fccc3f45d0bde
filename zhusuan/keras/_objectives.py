"""The objectives of generative models by name, with costs for their gradients."""
from typing import Any, NamedTuple

import keras
import tensorflow.compat.v2 as tf

from zhusuan.distributions import TransformedDistribution
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.distributions._conversion import check_int
from zhusuan.framework import support_checks
from zhusuan.layers._kl_weights import check_kl_weight, is_schedule
from zhusuan.variational._training.costs import OBJECTIVES, choose_estimator
from zhusuan.variational.exclusive_kl import elbo
from zhusuan.variational.monte_carlo import importance_weighted_objective
from zhusuan.variational.renyi import renyi_bound

__all__ = ["Costs", "DataObjective", "NAMES"]

# Objectives and estimators of `zs.variational.fit` by name.
NAMES = {
    "elbo": ("elbo", "auto"), "sgvb": ("elbo", "sgvb"),
    "reinforce": ("elbo", "reinforce"),
    "importance_weighted": ("importance_weighted", "auto"),
    "iwae": ("importance_weighted", "sgvb"), "dreg": ("importance_weighted", "dreg"),
    "vimco": ("importance_weighted", "vimco"), "renyi": ("renyi", "sgvb")}

# Estimators that differentiate through samples, and those that compare samples.
_OF_PATHS, _OF_SEVERAL = ("sgvb", "dreg"), ("reinforce", "vimco")


class Costs(NamedTuple):
    """Tensors."""

    cost: Any
    """Its gradient is the estimate to follow, `[n_data]`."""
    bound: Any
    """The estimate of the bound, `[n_data]`."""
    added: Any
    """The sum of losses that layers added, 0-D."""


def _check_kl_weight(kl_weight):
    """A float or a function; Keras would save a variable as a part of the model."""
    if isinstance(kl_weight, (keras.Variable, tf.Variable)):
        raise TypeError(
            "VariationalModel: kl_weight must be a number or a function of the "
            "training step, but it is the variable %r. Create it with trainable=False, "
            "and pass a function that returns its value, such as "
            "`lambda step: weight.value`." % kl_weight.name)
    return check_kl_weight(kl_weight, "VariationalModel")


class DataObjective:
    """A bound on the log density of each datum.

    :param name: A name in `NAMES`.
    :param n_particles: An int, the number of samples of each latent.
    :param alpha: The order of "renyi".
    :param kl_weight: A number, or a function of the training step.
    """

    def __init__(self, name, n_particles, alpha=0.5, kl_weight=1.):
        if name not in NAMES:
            raise ValueError(
                "VariationalModel: objective must be one of %s, but it is %r." % (
                    ", ".join(map(repr, NAMES)), name))
        self._kl_weight = _check_kl_weight(kl_weight)
        if NAMES[name][0] != "elbo" and (
                is_schedule(self._kl_weight) or self._kl_weight != 1.):
            raise ValueError(
                "VariationalModel: kl_weight= is for the ELBO, but objective=%r. Pass "
                "objective=\"elbo\", or omit kl_weight." % name)
        self._name, self._alpha = name, alpha
        self.n_particles = check_int("VariationalModel: n_particles", n_particles)

    def __call__(self, model, observed, q, losses, step=None):
        """The `Costs`.

        :param model: A MetaBayesianNet.
        :param observed: A dict of values of the data by name.
        :param q: A BayesianNet, the posterior with `n_particles` samples.
        :param losses: A function that returns a list of the losses that layers added.
        :param step: The number of the training step, on which the weight of the
            divergence may depend. Without it, the weight is 1.
        """
        name, _ = NAMES[self._name]
        estimator = self._choose_estimator(q)
        with support_checks(False), unchecked_bounds():
            objective = self._evaluate(name, model, observed, q, step)
            _check_data_axis(objective)
            bound = objective.tensor
            # Some estimators evaluate the model again, which adds the losses again.
            added = sum((tf.cast(x, bound.dtype) for x in losses()),
                        tf.zeros([], bound.dtype))
            return Costs(OBJECTIVES[name][estimator](objective), bound, added)

    def _evaluate(self, name, model, observed, q, step):
        if name == "renyi":
            return renyi_bound(model, observed, self._alpha, variational=q, axis=0)
        if name == "importance_weighted":
            return importance_weighted_objective(model, observed, variational=q, axis=0)
        return elbo(model, observed, variational=q, axis=0,
                    kl_weight=self._kl_weight_at(step))

    def _kl_weight_at(self, step):
        if step is None:
            return 1.
        return (self._kl_weight(step) if is_schedule(self._kl_weight)
                else self._kl_weight)

    def _choose_estimator(self, q):
        objective, estimator = NAMES[self._name]
        latents = [q[name] for name in q.stochastic_names if not q[name].is_observed()]
        estimator, _ = choose_estimator(objective, estimator, q)
        if estimator == "path_derivative" and any(isinstance(
                z.dist, TransformedDistribution) for z in latents):
            estimator = "sgvb"  # path derivatives require inverses of flows
        for z in latents:
            if estimator in _OF_PATHS and not z.dist.is_reparameterized:
                raise ValueError(
                    "VariationalModel: objective=%r differentiates through samples, "
                    "but those of the latent %r, a %s, are not reparameterized. Pass "
                    "objective=\"reinforce\" or \"vimco\" to compile." % (
                        self._name, z.name, type(z.dist).__name__))
        if estimator in _OF_SEVERAL and self.n_particles < 2:
            raise ValueError(
                "VariationalModel: objective=%r compares samples of the latents %s, "
                "but n_particles is %d. Pass n_particles=2 or more to compile()." % (
                    self._name, ", ".join(repr(z.name) for z in latents),
                    self.n_particles))
        return estimator


def _check_data_axis(objective):
    """Raise unless the log densities are those of each sample and datum."""
    bn, latents = objective.bn, objective._latents
    terms = {"log q of %r" % name: z.log_prob.shape for name, z in latents.items()}
    terms.update({"log p of %r" % name: bn.cond_log_prob(name).shape
                  for name in latents})
    for term, shape in terms.items():
        if shape.rank != 2:
            raise ValueError(
                "VariationalModel: %s must have the shape [n_samples, n_data], but it "
                "has %s. Add a data axis to each latent, and group the other axes by "
                "group_ndims." % (term, shape))
    for name in bn.stochastic_names:
        node, term = bn[name], bn.cond_log_prob(name).shape
        dist_rank = node.dist.get_batch_shape().rank + node.dist.get_value_shape().rank
        n_event_axes = max(dist_rank, node.tensor.shape.rank) - term.rank
        if name not in latents and node.tensor.shape.rank - n_event_axes != 1:
            raise ValueError(
                "VariationalModel: log p of the data %r must be separate for each "
                "datum, but its shape is %s. Group all axes of %r but the first by "
                "group_ndims."
                % (name, term, name))
    dtype = objective._log_weights().dtype
    if dtype == tf.float16:
        raise ValueError(
            "VariationalModel: the log density has the dtype float16, which represents "
            'sums with three digits only. In mixed precision, pass dtype="float32" to '
            "the last layer of each network.")
