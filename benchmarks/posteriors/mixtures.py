"""A mixture of two normal distributions."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


@zs.meta_bayesian_net()
def mixture(n):
    bn = zs.BayesianNet()
    mu = bn.normal("mu", tf.zeros([2], tf.float64), std=2., group_ndims=1)
    sigma = bn.half_normal("sigma", tf.fill([2], tf.constant(2., tf.float64)),
                           group_ndims=1)
    theta = bn.beta("theta", 5., 5.)
    components = zs.distributions.Normal(
        mu[..., tf.newaxis, :] * tf.ones([n, 1], tf.float64),
        std=sigma[..., tf.newaxis, :])
    logits = tf.stack([tf.math.log(theta), tf.math.log1p(-theta)], axis=-1)
    bn.mixture_same_family("y", logits[..., tf.newaxis, :], components, group_ndims=1)
    return bn


def mixture_posterior(data):
    return Posterior(
        mixture(len(data["y"])), {"y": data["y"]},
        {"mu": np.array([-1., 1.]), "sigma": np.ones([2]), "theta": np.array(0.5)},
        constraints={"mu": "ordered"})


MODELS = {"low_dim_gauss_mix": mixture_posterior}
