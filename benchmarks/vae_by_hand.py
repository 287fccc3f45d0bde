"""The steps of `vae.py` written in TensorFlow alone, and their matrix products.

zhusuan is not imported here, so that a process of this takes what TensorFlow takes.
"""
import gc
import time

import numpy as np
import tensorflow.compat.v1 as tf

from benchmarks.work import Work

tf.disable_v2_behavior()

X_DIM, Z_DIM, HIDDEN = 784, 40, 500
N_IMAGES = 6400


def images(n):
    """Binary ones, with as many pixels set as MNIST has."""
    return np.random.RandomState(0).binomial(1, 0.13, [n, X_DIM]).astype("int32")


# -- One step of Adam -------------------------------------------------------------

def fed(make_cost, objective, batch, n_particles):
    """Steps that are fed by a batch each."""
    def inputs():
        return (tf.placeholder(tf.int32, [None, X_DIM]), tf.placeholder(tf.int32, []),
                tf.placeholder(tf.int32, []))
    session, fetches, placeholders, facts = build(make_cost, objective, inputs)
    data, kept = images(N_IMAGES), [0]

    def call():
        first, kept[0] = kept[0], (kept[0] + batch) % (N_IMAGES - batch)
        session.run(fetches, dict(zip(
            placeholders, [data[first:first + batch], batch, n_particles])))
    return Work(call, **facts)


def build(make_cost, objective, make_inputs):
    """A Session, what to run in it for one step, the inputs, and facts."""
    gc.collect()  # else it may come while the graph is built, for what imports left
    start = time.perf_counter()
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        inputs = make_inputs()
        cost = make_cost(objective, *inputs)
        step = tf.train.AdamOptimizer(0.001).minimize(cost)
        facts = {"ops": len(graph.get_operations()),
                 "graph_s": round(time.perf_counter() - start, 3)}
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    return session, [step, cost], inputs, facts


# -- By hand ----------------------------------------------------------------------

def by_feeding(objective="elbo", batch=128, n_particles=1):
    return fed(cost_by_hand, objective, batch, n_particles)


def cost_by_hand(objective, x, n, n_particles):
    x_float = tf.cast(x, tf.float32)
    h = dense("q1", x_float, HIDDEN, tf.nn.relu)
    h = dense("q2", h, HIDDEN, tf.nn.relu)
    if objective == "vimco":
        logits = dense("q3", h, Z_DIM)
        uniform = tf.random_uniform([n_particles, n, Z_DIM])
        z = tf.stop_gradient(tf.cast(uniform < tf.sigmoid(logits), tf.float32))
        log_q = bernoulli_log_density(z, logits + tf.zeros_like(z))
        log_pz = bernoulli_log_density(z, tf.zeros_like(z))
    else:
        mean, logstd = dense("q3", h, Z_DIM), dense("q4", h, Z_DIM)
        std = tf.exp(logstd)
        z = mean + std * tf.random_normal([n_particles, n, Z_DIM])
        log_q = normal_log_density(z, mean, std, logstd)
        log_pz = normal_log_density(z, tf.zeros([n, Z_DIM]), 1., 0.)
    h = tf.reshape(z, [-1, Z_DIM])
    h = dense("p1", h, HIDDEN, tf.nn.relu)
    h = dense("p2", h, HIDDEN, tf.nn.relu)
    logits = tf.reshape(dense("p3", h, X_DIM), [n_particles, n, X_DIM])
    # The cross entropy wants labels of the shape of the logits.
    log_px = bernoulli_log_density(x_float * tf.ones_like(logits), logits)
    return objective_by_hand(objective, log_px + log_pz - log_q, log_q, n_particles)


def objective_by_hand(objective, log_w, log_q, n_particles):
    if objective == "elbo":
        return -tf.reduce_mean(tf.reduce_mean(log_w, 0))
    k = tf.cast(n_particles, tf.float32)
    bound = tf.reduce_logsumexp(log_w, 0) - tf.log(k)
    if objective == "vimco":
        others = (tf.reduce_sum(log_w, 0) - log_w) / (k - 1.)
        largest = tf.reduce_max(log_w, 0)
        w = tf.exp(log_w - largest)
        rest = tf.maximum(tf.reduce_sum(w, 0) - w, 0.) + tf.exp(others - largest)
        signal = tf.stop_gradient(bound - (largest + tf.log(rest) - tf.log(k)))
        bound += tf.reduce_sum(signal * log_q, 0)
    return -tf.reduce_mean(bound)


def dense(name, x, units, activation=None):
    with tf.variable_scope(name):
        kernel = tf.get_variable("kernel", [x.shape[-1], units])
        bias = tf.get_variable(
            "bias", [units], initializer=tf.zeros_initializer())
    y = tf.nn.bias_add(tf.matmul(x, kernel), bias)
    return y if activation is None else activation(y)


def normal_log_density(x, mean, std, logstd):
    return tf.reduce_sum(-0.5 * np.log(2 * np.pi).astype("float32") - logstd
                         - 0.5 * tf.square((x - mean) / std), -1)


def bernoulli_log_density(x, logits):
    return -tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(
        labels=x, logits=logits), -1)


# -- The floor --------------------------------------------------------------------

def products(objective="elbo", batch=128, n_particles=1):
    """The matrix products of one step, and nothing else."""
    rows, latents = batch * n_particles, 1 if objective == "vimco" else 2
    layers = ([(batch, X_DIM, HIDDEN), (batch, HIDDEN, HIDDEN)]
              + [(batch, HIDDEN, Z_DIM)] * latents
              + [(rows, Z_DIM, HIDDEN), (rows, HIDDEN, HIDDEN), (rows, HIDDEN, X_DIM)])
    with tf.Graph().as_default() as graph:
        outputs = []
        for i, (n, n_in, n_out) in enumerate(layers):
            x, w, dy = (tf.get_variable("%s%d" % (name, i), shape) for
                        name, shape in [("x", [n, n_in]), ("w", [n_in, n_out]),
                                        ("dy", [n, n_out])])
            outputs.append(tf.matmul(x, w))
            outputs.append(tf.matmul(x, dy, transpose_a=True))
            is_constant = i == 0 or (objective == "vimco" and n_in == Z_DIM)
            if not is_constant:  # the data, and latents that are discrete
                outputs.append(tf.matmul(dy, w, transpose_b=True))
        # One element of each: all products are computed, nothing is copied out.
        fetches = [y[0, 0] for y in outputs]
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches)
