"""Autoregression, moving averages and changing variances of a time series."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior
from benchmarks.posteriors.regressions import predictions

__all__ = ["MODELS"]


@zs.meta_bayesian_net()
def autoregression(lags):
    bn = zs.BayesianNet()
    alpha = bn.normal("alpha", 0., std=10.)
    beta = bn.normal("beta", tf.zeros([lags.shape[1]], lags.dtype), std=10.,
                     group_ndims=1)
    sigma = bn.half_cauchy("sigma", 2.5)
    bn.normal("y", alpha[..., tf.newaxis] + predictions(beta, lags),
              std=sigma[..., tf.newaxis], group_ndims=1)
    return bn


def autoregression_posterior(data):
    y, order = data["y"], int(data["K"])
    lags = np.stack([y[order - k:-k] for k in range(1, order + 1)], axis=-1)
    return Posterior(autoregression(tf.constant(lags)), {"y": y[order:]}, {
        "alpha": np.zeros([]), "beta": np.zeros([order]), "sigma": np.ones([])})


@zs.meta_bayesian_net()
def arma(y):
    """ARMA(1, 1): only the errors are sequential."""
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=10.)
    phi = bn.normal("phi", 0., std=2.)
    theta = bn.normal("theta", 0., std=2.)
    sigma = bn.half_cauchy("sigma", 2.5)
    before = tf.concat([[mu], tf.ones_like(mu)[tf.newaxis] * y[:-1, tf.newaxis]
                        if mu.shape.rank else y[:-1]], axis=0)
    without_error = (y[:, tf.newaxis] if mu.shape.rank else y) - mu - phi * before
    errors = tf.scan(lambda error, x: x - theta * error, without_error,
                     initializer=tf.zeros_like(mu))
    bn.factor("errors", tf.reduce_sum(zs.distributions.Normal(
        tf.zeros_like(sigma), std=sigma).log_prob(errors), axis=0))
    return bn


def arma_posterior(data):
    return Posterior(arma(tf.constant(data["y"])), {}, {
        "mu": np.zeros([]), "phi": np.zeros([]), "theta": np.zeros([]),
        "sigma": np.ones([])})


@zs.meta_bayesian_net()
def garch(y, first_scale):
    """GARCH(1, 1), whose upper bound of `beta1` depends on `alpha1`."""
    bn = zs.BayesianNet()
    mu = bn.flat("mu")
    alpha0 = bn.half_flat("alpha0")
    alpha1 = bn.uniform("alpha1", 0., 1.)
    beta1 = bn.uniform("beta1", 0., 1. - alpha1)
    # The density of this uniform node is 1 / (1 - alpha1), that of the model is 1.
    bn.factor("flat", tf.math.log1p(-alpha1))
    deviations = (y[:-1, tf.newaxis] if mu.shape.rank else y[:-1]) - mu
    first = tf.zeros_like(mu) + tf.square(tf.constant(first_scale, mu.dtype))
    variances = tf.scan(
        lambda variance, square: alpha0 + alpha1 * square + beta1 * variance,
        tf.square(deviations), initializer=first)
    variances = tf.concat([[first], variances], axis=0)
    last_axis = list(range(1, variances.shape.rank)) + [0]
    bn.normal("y", mu[..., tf.newaxis], group_ndims=1,
              std=tf.sqrt(tf.transpose(variances, last_axis)))
    return bn


def garch_posterior(data):
    return Posterior(
        garch(tf.constant(data["y"]), data["sigma1"]), {"y": data["y"]},
        {"mu": np.zeros([]), "alpha0": np.ones([]), "alpha1": np.array(0.5),
         "beta1": np.array(0.25)})


MODELS = {"arK": autoregression_posterior, "arma11": arma_posterior,
          "garch11": garch_posterior}
