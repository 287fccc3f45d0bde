"""Annealed importance sampling of a normal model, by ZhuSuan and by TFP.

Chains go from the prior to the posterior by HMC with 5 leapfrogs of a fixed step size.
"""
import numpy as np
import tensorflow as tf

import zhusuan as zs
from benchmarks.work import Work

__all__ = ["tfp", "zhusuan", "zhusuan_not_compiled"]

STEP_SIZE, N_LEAPFROGS = 0.1, 5


def log_likelihood(z):
    return -0.5 * tf.reduce_sum(tf.square(z - 1.), -1)


def evidence(n_dims):
    """The log of the mean of the likelihood over the prior."""
    return n_dims * (-0.5 * np.log(2.) - 0.25)


def zhusuan(n_chains, n_dims, n_temperatures, jit_compile=True):
    @zs.meta_bayesian_net()
    def prior():
        bn = zs.BayesianNet()
        bn.normal("z", tf.zeros([n_dims]), std=1., group_ndims=1, n_samples=n_chains)
        return bn

    model = prior()
    model.log_joint = lambda bn: bn.cond_log_prob("z") + log_likelihood(bn["z"])
    ais = zs.evaluation.AIS(
        model, prior(), zs.HMC(STEP_SIZE, N_LEAPFROGS), {},
        {"z": tf.Variable(tf.zeros([n_chains, n_dims]))}, n_temperatures=n_temperatures,
        jit_compile=jit_compile)
    return Work(ais.run, n_temperatures, off=round(ais.run() - evidence(n_dims), 2))


def zhusuan_not_compiled(**arguments):
    return zhusuan(jit_compile=False, **arguments)


def tfp(n_chains, n_dims, n_temperatures):
    import tensorflow_probability
    tfd, mcmc = tensorflow_probability.distributions, tensorflow_probability.mcmc
    prior = tfd.MultivariateNormalDiag(tf.zeros([n_dims]))

    @tf.function(jit_compile=True, autograph=False)
    def chains(seed):
        _, log_weights, _ = mcmc.sample_annealed_importance_chain(
            n_temperatures, prior.log_prob,
            lambda z: prior.log_prob(z) + log_likelihood(z),
            prior.sample(n_chains, seed=seed),
            lambda target: mcmc.HamiltonianMonteCarlo(target, STEP_SIZE, N_LEAPFROGS),
            seed=seed)
        return tf.reduce_logsumexp(log_weights) - np.log(n_chains).astype("float32")

    kept = [0]

    def call():
        kept[0] += 1
        return chains(tf.constant([1, kept[0]])).numpy()
    return Work(call, n_temperatures, off=round(float(call()) - evidence(n_dims), 2))
