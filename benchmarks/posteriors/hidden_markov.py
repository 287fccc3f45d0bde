"""Hidden Markov models with two states, which are summed out."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


def transition(bn, alpha):
    """Nodes of the rows of the transition matrix; the log of that matrix."""
    rows = [bn.dirichlet("theta%d" % (j + 1), alpha[j]) for j in range(2)]
    return tf.math.log(tf.stack(rows, axis=-2))


def first_state(alpha):
    """Logits of two states of the same weight."""
    return tf.zeros([2], alpha.dtype)


@zs.meta_bayesian_net()
def normal_emissions(n, alpha):
    bn = zs.BayesianNet()
    log_transition = transition(bn, alpha)
    mu = bn.normal("mu", tf.constant([3., 10.], alpha.dtype), std=1., group_ndims=1)
    bn.hidden_markov("y", first_state(alpha), log_transition,
                     zs.distributions.Normal(mu, std=1.), n_steps=n)
    return bn


@zs.meta_bayesian_net()
def drive(n, alpha, emissions):
    """Two series that depend on the same states."""
    bn = zs.BayesianNet()
    log_transition = transition(bn, alpha)
    prior = tf.constant([0., 3.], alpha.dtype)
    phi = bn.normal("phi", prior, std=1., group_ndims=1)
    rate = bn.normal("lambda", prior, std=1., group_ndims=1)
    bn.hidden_markov("uv", first_state(alpha), log_transition,
                     emissions(tf.stack([phi, rate], axis=-1)), n_steps=n)
    return bn


def exponential_emissions(rates):
    return zs.distributions.Exponential(rates, group_ndims=1)


def normal_emissions_with(tau, rho):
    """A function of means ``[..., 2, 2]``; the two series have known deviations."""
    return lambda means: zs.distributions.Normal(
        means, std=tf.constant([tau, rho], means.dtype), group_ndims=1)


def example_posterior(data):
    return Posterior(
        normal_emissions(len(data["y"]), tf.ones([2, 2], tf.float64)),
        {"y": data["y"]},
        {"theta1": np.full([2], 0.5), "theta2": np.full([2], 0.5),
         "mu": np.array([3., 10.])},
        constraints={"mu": "positive_ordered"})


def drive_posterior(data, emissions, constraint, start):
    series = np.stack([data["u"], data["v"]], axis=-1)
    return Posterior(
        drive(len(series), tf.constant(data["alpha"]), emissions), {"uv": series},
        {"theta1": np.full([2], 0.5), "theta2": np.full([2], 0.5), "phi": start,
         "lambda": start},
        constraints={"phi": constraint, "lambda": constraint})


def drive_0_posterior(data):
    return drive_posterior(
        data, exponential_emissions, "positive_ordered", np.array([1., 3.]))


def drive_1_posterior(data):
    return drive_posterior(
        data, normal_emissions_with(float(data["tau"]), float(data["rho"])), "ordered",
        np.array([0., 1.]))


MODELS = {"hmm_example": example_posterior, "hmm_drive_0": drive_0_posterior,
          "hmm_drive_1": drive_1_posterior}
