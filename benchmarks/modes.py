"""A training step of the VAE in the idiom of TensorFlow 2, by ZhuSuan and by hand.

Keras layers and Adam, a GradientTape; eagerly, traced, traced in a loop of several
steps, or compiled by XLA. Layers and optimizer are the same: what differs is who writes
the bound.
"""
import numpy as np
import tensorflow as tf

from benchmarks.work import Work

__all__ = ["by_hand", "zhusuan"]

X_DIM, Z_DIM, HIDDEN, BATCH = 784, 40, 500, 128
N_LOOPED = 10  # steps in one call


def zhusuan(mode):
    import zhusuan as zs

    @zs.meta_bayesian_net()
    def model(decoder, n):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n, Z_DIM]), std=1., group_ndims=1, n_samples=1)
        bn.bernoulli("x", decoder(z), group_ndims=1)
        return bn

    def cost(encoder, decoder, x):
        posterior = zs.BayesianNet()
        mean, logstd = tf.split(encoder(tf.cast(x, tf.float32)), 2, axis=-1)
        posterior.normal("z", mean, logstd=logstd, group_ndims=1, n_samples=1)
        return tf.reduce_mean(zs.variational.elbo(
            model(decoder, len(x)), {"x": x}, variational=posterior, axis=0).sgvb())

    return step_of(cost, mode)


def by_hand(mode):
    def cost(encoder, decoder, x):
        x = tf.cast(x, tf.float32)
        mean, logstd = tf.split(encoder(x), 2, axis=-1)
        std = tf.exp(logstd)
        z = mean + std * tf.random.normal([1, len(x), Z_DIM])
        logits = decoder(z)
        log_px = -tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(
            x * tf.ones_like(logits), logits), -1)
        log_pz = normal_log_density(z, tf.zeros([len(x), Z_DIM]), 1., 0.)
        log_qz = normal_log_density(z, mean, std, logstd)
        return -tf.reduce_mean(tf.reduce_mean(log_px + log_pz - log_qz, 0))

    return step_of(cost, mode)


def normal_log_density(x, mean, std, logstd):
    return tf.reduce_sum(-0.5 * np.log(2 * np.pi).astype("float32") - logstd
                         - 0.5 * tf.square((x - mean) / std), -1)


def step_of(cost, mode):
    """Steps of the bound `cost(encoder, decoder, x)` in `mode`."""
    encoder, decoder = network([X_DIM], 2 * Z_DIM), network([None, Z_DIM], X_DIM)
    weights = encoder.trainable_variables + decoder.trainable_variables
    optimizer = tf.keras.optimizers.Adam(0.001)
    optimizer.build(weights)
    x = tf.constant(np.random.RandomState(0).binomial(1, 0.13, [BATCH, X_DIM]),
                    tf.int32)

    def step():
        with tf.GradientTape() as tape:
            value = cost(encoder, decoder, x)
        optimizer.apply_gradients(zip(tape.gradient(value, weights), weights))
        return value

    if mode == "looped":
        return looped(step)
    if mode != "eager":
        step = tf.function(step, jit_compile=mode == "compiled")
    return Work(lambda: step().numpy())


def looped(step):
    """Several steps in a loop that is traced."""
    @tf.function
    def steps():
        value = 0.
        for _ in tf.range(N_LOOPED):
            value = step()
        return value
    return Work(lambda: steps().numpy(), N_LOOPED)


def network(input_shape, n_outputs):
    layers = [tf.keras.layers.Dense(n, activation=activation) for n, activation in
              [(HIDDEN, "relu"), (HIDDEN, "relu"), (n_outputs, None)]]
    return tf.keras.Sequential([tf.keras.Input(input_shape)] + layers)
