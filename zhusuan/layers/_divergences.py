"""The divergence of the posterior of a weight from its prior."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions import Normal, kl_divergence
from zhusuan.distributions.tfp import AdaptedDistribution

__all__ = ["as_user_distribution", "divergence", "own_normal"]


def divergence(posterior, prior, draw):
    """The KL divergence: in closed form, else estimated from one draw.

    :param draw: A function without arguments that returns a draw of the posterior.
    :return: A 0-D Tensor.
    """
    closed_form = _closed_form(own_normal(posterior), own_normal(prior))
    if closed_form is not None:
        return tf.reduce_sum(closed_form)
    weights = draw()
    return (tf.reduce_sum(posterior.log_prob(weights)) -
            tf.reduce_sum(prior.log_prob(weights)))


def _closed_form(posterior, prior):
    """A closed form of this library or of TensorFlow Probability; None without one."""
    are_adapted = [isinstance(each, AdaptedDistribution) for each in (posterior, prior)]
    try:
        if all(are_adapted):
            return posterior.wrapped.kl_divergence(prior.wrapped)
        return kl_divergence(posterior.without_groups(), prior.without_groups())
    except NotImplementedError:
        return None


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
