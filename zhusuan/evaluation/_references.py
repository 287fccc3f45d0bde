"""Distributions where particles start: the prior of a model, or a posterior."""
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._model.initial_values import find_initial_values
from zhusuan._model.latent_search import find_latents
from zhusuan._model.target import Target
from zhusuan._model.unconstrained_space import UnconstrainedSpace, make_space
from zhusuan._tf import programs
from zhusuan._tf.gradients import differentiable
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions import Flat, HalfFlat
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import support_checks
from zhusuan.framework.meta_bn import bayesian_net_in
from zhusuan.utils import merge_dicts, sum_terms

__all__ = ["Reference", "posterior_reference", "prior_reference"]


class Reference(NamedTuple):
    """A distribution of vectors of unconstrained space."""

    space: UnconstrainedSpace
    """The unconstrained space."""
    vectors: np.ndarray
    """Draws `[n, d]`."""
    target: Any
    """A function of vectors that returns log densities `[n]` and gradients `[n, d]`."""


def prior_reference(model, observed, n, constraints, seed, session=None):
    """The prior of the latents of a model, a :class:`Reference` with `n` draws.

    :param model: A MetaBayesianNet.
    :param observed: A dict of observed values by name.
    :param constraints: As `resolve` takes.
    """
    names = list(find_latents(model, observed, constraints))
    values = find_initial_values(
        model, observed, "prior", n, constraints, seed, session, names=names)
    try:
        space, vectors = make_space(model, observed, values, constraints, session)
    except ValueError as error:
        if constraints == "auto":
            raise
        raise ValueError(
            "smc: some draws of the prior are outside the constraints=%r, so the prior "
            "has no density there. Omit constraints=, or pass init= with a fit that "
            "has these constraints, such as zs.laplace(model, observed, "
            "constraints=...)."
            % (constraints,)) from error
    return Reference(space, vectors, space.target(
        _PriorTarget(model, observed, list(space.shapes))))


class _PriorTarget(Target):
    """The log density of the latents alone, as a `Target`."""

    def _log_joint(self, position):
        values = merge_dicts(self._observed, dict(zip(self.names, position)))
        with support_checks(False), unchecked_bounds():
            bn = bayesian_net_in(self._model.observe(**values))
        _check_prior(bn, self.names)
        return sum_terms(bn.cond_log_prob(self.names)), [], {}


def _check_prior(bn, names):
    """Raise where the prior has no density, or where its draws do not follow it."""
    for name in names:
        if isinstance(bn[name].dist, (Flat, HalfFlat)):
            raise ValueError(
                "smc: the latent %r has the improper prior %s, from which particles "
                "cannot be drawn. Give it a proper prior, or pass init= with a fit, "
                "such as zs.laplace(model, observed)." % (
                    name, type(bn[name].dist).__name__))
        # All particles would be drawn with the same category.
        if name in getattr(bn, "child_names", ()):
            raise ValueError(
                "smc: the prior of the latent %r depends on a node that zs.marginalize "
                "sums out, so particles cannot be drawn from it. Use "
                "zs.distributions.Mixture as the prior, or pass init= with a fit, such "
                "as zs.laplace(model, observed)." % name)


def posterior_reference(posterior, n, seed, session=None):
    """An automatic posterior, a :class:`Reference` with `n` draws.

    :param posterior: A `Posterior` that has a density.
    """
    def draw(seed):
        with seeded(seed):
            return posterior._distribution().sample(n)

    def log_density(vectors):
        log_prob = posterior._distribution().log_prob(vectors)
        is_split = log_prob.shape.rank == vectors.shape.rank
        return tf.reduce_sum(log_prob, axis=-1) if is_split else log_prob

    def target(vectors):
        log_prob, gradients = differentiable(lambda xs: log_density(xs[0]), [vectors])
        return log_prob, gradients([log_prob])[0]

    vectors = programs.evaluate(draw, np.array([seed, 0], np.int64), session)
    return Reference(posterior._space, vectors, target)
