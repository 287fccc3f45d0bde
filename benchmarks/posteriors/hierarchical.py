"""The eight schools (Rubin, 1981), centred and not centred."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


@zs.meta_bayesian_net()
def centred(standard_errors):
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=5.)
    tau = bn.half_cauchy("tau", 5.)
    theta = bn.normal("theta", mu[..., tf.newaxis] * tf.ones_like(standard_errors),
                      std=tau[..., tf.newaxis], group_ndims=1)
    bn.normal("y", theta, std=standard_errors, group_ndims=1)
    return bn


@zs.meta_bayesian_net()
def noncentred(standard_errors):
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=5.)
    tau = bn.half_cauchy("tau", 5.)
    z = bn.normal("z", tf.zeros_like(standard_errors), std=1., group_ndims=1)
    theta = bn.deterministic(
        "theta", mu[..., tf.newaxis] + tau[..., tf.newaxis] * z)
    bn.normal("y", theta, std=standard_errors, group_ndims=1)
    return bn


def centred_posterior(data):
    return Posterior(centred(tf.constant(data["sigma"])), {"y": data["y"]}, {
        "mu": np.zeros([]), "tau": np.ones([]), "theta": np.zeros([8])})


def noncentred_posterior(data):
    def derive(draws):
        theta = draws["mu"][..., None] + draws["tau"][..., None] * draws["z"]
        return {"mu": draws["mu"], "tau": draws["tau"], "theta": theta}

    return Posterior(noncentred(tf.constant(data["sigma"])), {"y": data["y"]}, {
        "mu": np.zeros([]), "tau": np.ones([]), "z": np.zeros([8])}, derive=derive)


MODELS = {"eight_schools_centered": centred_posterior,
          "eight_schools_noncentered": noncentred_posterior}
