"""Expectations of gradient estimators: exact by enumeration, or from many samples.

An estimator is a function `cost(q, parameters)` of a variational BayesianNet and the
tape-watched parameters; its cost has the shape [n], one value for each repetition.
"""
import itertools

import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs


def enumerated(values, logits, **kwargs):
    """A Bernoulli distribution whose samples are given instead of drawn."""
    dist = zs.distributions.Bernoulli(logits, **kwargs)
    dist._sample = lambda n_samples: tf.constant(values, dist.dtype)
    return dist


def all_tuples(n_samples, n_bits):
    """All values of `n_samples` draws of `n_bits` bits: int [n_samples, n, n_bits]."""
    bits = list(itertools.product([0, 1], repeat=n_samples * n_bits))
    return np.array(bits, np.int32).reshape(-1, n_samples, n_bits).transpose(1, 0, 2)


def bit_posterior(logits, values):
    """q(z) with `values` [K, n, d] for samples, and the probability [n] of each tuple.

    `logits` has the shape [d]; log q has the shape [K, n].
    """
    n = values.shape[1]
    bn = zs.BayesianNet()
    node = bn.stochastic("z", enumerated(values, tf.tile(logits[None], [n, 1]),
                                         group_ndims=1), n_samples=values.shape[0])
    return bn, tf.stop_gradient(tf.exp(tf.reduce_sum(node.cond_log_p, 0)))


@zs.meta_bayesian_net()
def bit_model(parameters):
    """d bits z ~ Bernoulli; x ~ Normal(linear in the bits plus their product, 1).

    `parameters` is a dict with the Tensors `prior` and `weights`, of shape [d]. It is
    read when the model is observed, so that one model lasts while they change.
    """
    bn = zs.BayesianNet()
    z = bn.bernoulli("z", parameters["prior"], group_ndims=1)
    bits = tf.cast(z, parameters["weights"].dtype)
    mean = tf.reduce_sum(bits * parameters["weights"], -1) + tf.reduce_prod(bits, -1)
    bn.normal("x", mean, std=1.)
    return bn


def bit_log_weights(prior, weights, logits, x):
    """log p(x, z) - log q(z) and q(z) for all 2^d values of z."""
    z = tf.cast(all_tuples(1, logits.shape[0])[0], logits.dtype)

    def log_bernoulli(logit):
        return tf.reduce_sum(z * tf.math.log_sigmoid(logit)
                             + (1 - z) * tf.math.log_sigmoid(-logit), -1)
    mean = tf.reduce_sum(z * weights, -1) + tf.reduce_prod(z, -1)
    log_x = -0.5 * tf.square(x - mean) - 0.5 * np.log(2 * np.pi)
    log_q = log_bernoulli(logits)
    return log_x + log_bernoulli(prior) - log_q, tf.exp(log_q)


def gradients(function, *parameters):
    """The value's gradients to the parameters, by a tape."""
    with tf.GradientTape() as tape:
        for p in parameters:
            tape.watch(p)
        value = function(*parameters)
    return tape.gradient(value, parameters)


def z_scores(per_sample, exact):
    """Standard errors between the mean of estimates [n, ...] and the exact value."""
    per_sample = np.asarray(per_sample, np.float64)
    error = per_sample.std(0, ddof=1) / np.sqrt(len(per_sample))
    return (per_sample.mean(0) - exact) / np.maximum(error, 1e-6)


def fixed_noise(noise, mean, **kwargs):
    """A normal distribution whose standard noise is given instead of drawn."""
    dist = zs.distributions.Normal(mean, **kwargs)
    dist._sample = lambda n_samples: dist.mean + noise * dist.std
    return dist


def normal_quadrature(n_samples, n_nodes=181):
    """Nodes [K, n] for K standard normals, and their weights [n].

    The trapezoidal rule: for smooth integrands that vanish at the ends, its error falls
    exponentially with the number of nodes.
    """
    nodes = np.linspace(-9., 9., n_nodes)
    weights = np.exp(-nodes ** 2 / 2)
    weights /= weights.sum()
    grids = np.meshgrid(*[nodes] * n_samples, indexing="ij")
    products = np.meshgrid(*[weights] * n_samples, indexing="ij")
    return (np.stack([g.ravel() for g in grids]),
            np.prod([p.ravel() for p in products], 0))
