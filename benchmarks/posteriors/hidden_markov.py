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
def drive_exponential(n, alpha):
    bn = zs.BayesianNet()
    log_transition = transition(bn, alpha)
    prior = tf.constant([0., 3.], alpha.dtype)
    phi = bn.normal("phi", prior, std=1., group_ndims=1)
    rate = bn.normal("lambda", prior, std=1., group_ndims=1)
    bn.hidden_markov(
        "uv", first_state(alpha), log_transition,
        zs.distributions.Exponential(tf.stack([phi, rate], axis=-1), group_ndims=1),
        n_steps=n)
    return bn


@zs.meta_bayesian_net()
def drive_normal(n, alpha, tau, rho):
    bn = zs.BayesianNet()
    log_transition = transition(bn, alpha)
    prior = tf.constant([0., 3.], alpha.dtype)
    phi = bn.normal("phi", prior, std=1., group_ndims=1)
    mean = bn.normal("lambda", prior, std=1., group_ndims=1)
    bn.hidden_markov(
        "uv", first_state(alpha), log_transition,
        zs.distributions.Normal(
            tf.stack([phi, mean], axis=-1), std=tf.constant([tau, rho], alpha.dtype),
            group_ndims=1),
        n_steps=n)
    return bn


def example_posterior(data):
    return Posterior(
        normal_emissions(len(data["y"]), tf.ones([2, 2], tf.float64)),
        {"y": data["y"]},
        {"theta1": np.full([2], 0.5), "theta2": np.full([2], 0.5),
         "mu": np.array([3., 10.])},
        constraints={"mu": "positive_ordered"})


def drive_posterior(model, constraint, *names):
    """The posterior of both series of a drive."""
    def make(data):
        series = np.stack([data["u"], data["v"]], axis=-1)
        ends = np.array([1., 3.]) if constraint == "positive_ordered" else (
            np.array([0., 1.]))
        return Posterior(
            model(len(series), tf.constant(data["alpha"]),
                  *[float(data[name]) for name in names]),
            {"uv": series},
            {"theta1": np.full([2], 0.5), "theta2": np.full([2], 0.5), "phi": ends,
             "lambda": ends},
            constraints={"phi": constraint, "lambda": constraint})
    return make


MODELS = {
    "hmm_example": example_posterior,
    "hmm_drive_0": drive_posterior(drive_exponential, "positive_ordered"),
    "hmm_drive_1": drive_posterior(drive_normal, "ordered", "tau", "rho"),
}
