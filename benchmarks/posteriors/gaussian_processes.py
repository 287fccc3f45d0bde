"""Gaussian processes on eleven points, with normal and with Poisson data."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


def covariance(x, rho, alpha, added):
    """The squared exponential kernel, with `added` on its diagonal."""
    square = tf.square(x[:, tf.newaxis] - x)
    rho, alpha = rho[..., tf.newaxis, tf.newaxis], alpha[..., tf.newaxis, tf.newaxis]
    kernel = tf.square(alpha) * tf.exp(-0.5 * square / tf.square(rho))
    return kernel + added * tf.eye(x.shape.as_list()[0], dtype=x.dtype)


@zs.meta_bayesian_net()
def normal_data(x):
    bn = zs.BayesianNet()
    rho = bn.gamma("rho", 25., 4.)
    alpha = bn.half_normal("alpha", 2.)
    variance = bn.half_normal("sigma", 1.)
    factor = tf.linalg.cholesky(covariance(
        x, rho, alpha, variance[..., tf.newaxis, tf.newaxis]))
    bn.multivariate_normal_cholesky("y", tf.zeros_like(x), factor)
    return bn


@zs.meta_bayesian_net()
def poisson_data(x):
    bn = zs.BayesianNet()
    rho = bn.gamma("rho", 25., 4.)
    alpha = bn.half_normal("alpha", 2.)
    z = bn.normal("z", tf.zeros_like(x), std=1., group_ndims=1)
    factor = tf.linalg.cholesky(covariance(x, rho, alpha, 1e-10))
    f = bn.deterministic("f", tf.linalg.matvec(factor, z))
    bn.poisson("k", tf.exp(f), group_ndims=1, dtype=tf.int32)
    return bn


def normal_posterior(data):
    return Posterior(normal_data(tf.constant(data["x"])), {"y": data["y"]}, {
        "rho": np.array(6.), "alpha": np.ones([]), "sigma": np.ones([])})


def poisson_posterior(data):
    x = data["x"]

    def derive(draws):
        rho, alpha = draws["rho"][..., None, None], draws["alpha"][..., None, None]
        kernel = alpha ** 2 * np.exp(-0.5 * np.square(x[:, None] - x) / rho ** 2)
        factor = np.linalg.cholesky(kernel + 1e-10 * np.eye(len(x)))
        return {"rho": draws["rho"], "alpha": draws["alpha"],
                "f": np.einsum("...ij,...j->...i", factor, draws["z"])}

    return Posterior(
        poisson_data(tf.constant(x)), {"k": data["k"].astype(np.int32)},
        {"rho": np.array(6.), "alpha": np.ones([]), "z": np.zeros([len(x)])},
        derive=derive)


MODELS = {"gp_regr": normal_posterior, "gp_pois_regr": poisson_posterior}
