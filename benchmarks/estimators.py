"""Gradients of the estimators against the number of samples K.

A model of MNIST's size (batch 100, a layer of latents, 784 pixels), for each estimator
with latents of the kind that it is for.
"""
import numpy as np
import tensorflow as tf

import zhusuan as zs

__all__ = ["dreg", "reinforce", "sgvb", "vimco"]

BATCH, X_DIM, HIDDEN, Z_DIM = 100, 784, 200, 40


def sgvb(k):
    return gradients_of("sgvb", k)


def dreg(k):
    return gradients_of("dreg", k)


def vimco(k):
    return gradients_of("vimco", k)


def reinforce(k):
    return gradients_of("reinforce", k)


def gradients_of(name, k):
    """A function that computes the gradients of one estimator with K samples."""
    random = np.random.RandomState(0)

    def weights(n_in, n_out):
        values = random.normal(0., n_in ** -0.5, [n_in, n_out])
        return tf.Variable(values, dtype=tf.float32)

    is_discrete = name in ("vimco", "reinforce")
    q_1, q_2 = weights(X_DIM, HIDDEN), weights(HIDDEN, Z_DIM)
    p_1, p_2 = weights(Z_DIM, HIDDEN), weights(HIDDEN, X_DIM)
    variables = [q_1, q_2, p_1, p_2]
    x = tf.constant(random.binomial(1, 0.13, [BATCH, X_DIM]), tf.int32)

    def latent(bn, parameters, n_samples=None):
        if is_discrete:
            return bn.bernoulli("z", parameters, group_ndims=1, n_samples=n_samples,
                                dtype=tf.float32)
        return bn.normal("z", parameters, std=1., group_ndims=1, n_samples=n_samples)

    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        z = latent(bn, tf.zeros([BATCH, Z_DIM]))
        h = tf.nn.relu(tf.tensordot(z, p_1, 1))
        bn.bernoulli("x", tf.tensordot(h, p_2, 1), group_ndims=1)
        return bn
    model = build()  # eagerly, the moving mean belongs to it

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            q = zs.BayesianNet()
            h = tf.nn.relu(tf.matmul(tf.cast(x, tf.float32), q_1))
            latent(q, tf.matmul(h, q_2), n_samples=k)
            make = (zs.variational.elbo if name == "reinforce"
                    else zs.variational.iw_objective)
            bound = make(model, {"x": x}, variational=q, axis=0)
            cost = tf.reduce_mean(getattr(bound, name)())
        return tape.gradient(cost, variables)

    return lambda: [gradient.numpy() for gradient in gradients()]
