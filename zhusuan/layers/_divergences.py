"""The divergence of the posterior of a weight from its prior."""
import functools
import itertools
import sys

import tensorflow.compat.v2 as tf

from zhusuan.distributions import Distribution, Normal, kl_divergence
from zhusuan.distributions.tfp import AdaptedDistribution, adapt_distribution

__all__ = ["as_user_distribution", "divergence", "own_normal", "register_divergences"]


def divergence(posterior, prior, draw, use_exact=None):
    """The KL divergence: in closed form, else estimated from one draw.

    :param draw: A function without arguments that returns a draw of the posterior.
    :param use_exact: False for the estimate, also if there is a closed form; True to
        raise NotImplementedError if there is none.
    :return: A 0-D Tensor.
    """
    closed_form = None if use_exact is False else _exact_divergence(posterior, prior)
    if closed_form is not None:
        return closed_form
    if use_exact:
        raise NotImplementedError(
            "No closed form of the KL divergence of %s from %s is available. Use "
            "kl_use_exact=False." % (type(posterior).__name__, type(prior).__name__))
    weights = draw()
    return (tf.reduce_sum(posterior.log_prob(weights)) -
            tf.reduce_sum(prior.log_prob(weights)))


def _exact_divergence(posterior, prior):
    """The KL divergence in closed form, a 0-D Tensor; None without one."""
    posterior, prior = own_normal(posterior), own_normal(prior)
    for formula in _of_same_family, _from_normal:
        try:
            return tf.reduce_sum(formula(posterior, prior))
        except NotImplementedError:
            pass
    return None


def _from_normal(posterior, prior):
    """From a normal prior: the cross entropy depends on two moments only."""
    if not isinstance(prior, Normal):
        raise NotImplementedError
    cross_entropy = -prior.without_groups().log_prob(posterior.mean) + (
        0.5 * posterior.variance / tf.square(prior.std))
    return tf.reduce_sum(cross_entropy) - tf.reduce_sum(posterior.entropy())


def _of_same_family(posterior, prior):
    if isinstance(posterior, Normal) and isinstance(prior, Normal):
        return _between_normals(posterior, prior)
    if all(isinstance(each, AdaptedDistribution) for each in (posterior, prior)):
        return posterior.wrapped.kl_divergence(prior.wrapped)
    return kl_divergence(posterior.without_groups(), prior.without_groups())


def _between_normals(posterior, prior):
    """The divergence of each element, in few operations.

    `kl_divergence` has small relative errors for neighbours, too. Sums over weights
    are large, and the step of a training loop computes this for each weight.
    """
    ratio = tf.square(posterior.std / prior.std)
    distance = tf.square((posterior.mean - prior.mean) / prior.std)
    return 0.5 * (ratio + distance - 1.) - (posterior.logstd - prior.logstd)


def own_normal(distribution):
    """A normal distribution of TensorFlow Probability as one of this library.

    Other distributions are returned unchanged.
    """
    wrapped = as_user_distribution(distribution)
    while type(wrapped).__name__ == "Independent":
        wrapped = wrapped.distribution
    if wrapped is distribution or type(wrapped).__name__ != "Normal":
        return distribution
    return Normal(wrapped.loc, std=wrapped.scale)


def as_user_distribution(distribution):
    """The distribution that a function of the user returned."""
    return getattr(distribution, "wrapped", distribution)


def register_divergences():
    """Let `tfd.kl_divergence` accept distributions of this library.

    Functions of users call it, also for the default posteriors and priors.
    """
    probability = sys.modules.get("tensorflow_probability")
    if probability is not None:
        _register_with(probability.distributions)


@functools.lru_cache(maxsize=None)
def _register_with(tfd):
    def formula(p, q, name=None):
        return kl_divergence(*[own_normal(adapt_distribution(x)) for x in (p, q)])

    # A context of their distributions that `tfd.kl_divergence` enters.
    Distribution._name_and_control_scope = lambda self, name=None: tf.name_scope(name)
    classes = Distribution, tfd.Distribution
    for pair in itertools.product(classes, classes):
        if pair != (tfd.Distribution, tfd.Distribution):
            tfd.RegisterKL(*pair)(formula)
