"""One training step of the tutorial's VAE against the same written by hand.

    python -m benchmarks.vae_step

Interleaved in one process: the step with ZhuSuan, the same mathematics in plain
`tf.compat.v1` without any library, and the bare matrix products of both passes,
which no implementation can do without. Also the time to build each graph, and
its number of ops.
"""
import argparse
import time

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf
from benchmarks.timing import interleave, print_table

X_DIM, Z_DIM, HIDDEN, BATCH = 784, 40, 500, 128
LAYERS = [(X_DIM, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, Z_DIM), (HIDDEN, Z_DIM),
          (Z_DIM, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, X_DIM)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=41,
                        help="how often each program has its turn")
    parser.add_argument("--particles", type=int, default=1,
                        help="samples of z for each x")
    options = parser.parse_args()
    x = np.random.RandomState(0).binomial(1, 0.13, [BATCH, X_DIM])
    candidates = {
        "ZhuSuan": build(zhusuan_cost, x, options.particles),
        "by hand": build(handwritten_cost, x, options.particles),
        "bare matrix products": build_products(options.particles)}
    print_table(interleave(candidates, "by hand", rounds=options.rounds),
                "by hand")


def build(make_cost, x, n_particles):
    """A function that makes one Adam step on the cost, in a graph of its own."""
    start = time.perf_counter()
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        x_input = tf.placeholder(tf.int32, [None, X_DIM])
        n, k = tf.placeholder(tf.int32, []), tf.placeholder(tf.int32, [])
        cost = make_cost(x_input, n, k)
        step = tf.train.AdamOptimizer(0.001).minimize(cost)
        print("%s: graph built in %.2f s, %d ops" % (
            make_cost.__name__, time.perf_counter() - start,
            len(graph.get_operations())))
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    feed = {x_input: x, n: BATCH, k: n_particles}
    return lambda: session.run([step, cost], feed)


# -- With ZhuSuan: the tutorial -----------------------------------------------

@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles=1):
    bn = zs.BayesianNet()
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    h = tf.layers.dense(z, HIDDEN, activation=tf.nn.relu)
    h = tf.layers.dense(h, HIDDEN, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_z_per_x):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), HIDDEN, activation=tf.nn.relu)
    h = tf.layers.dense(h, HIDDEN, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_z_per_x)
    return bn


def zhusuan_cost(x, n, n_particles):
    model = build_gen(X_DIM, Z_DIM, n, n_particles)
    variational = build_q_net(x, Z_DIM, n_particles)
    lower_bound = zs.variational.elbo(
        model, {"x": x}, variational=variational, axis=0)
    return tf.reduce_mean(lower_bound.sgvb())


# -- By hand ------------------------------------------------------------------

def handwritten_cost(x, n, n_particles):
    x_float = tf.cast(x, tf.float32)
    h = dense("q1", x_float, HIDDEN, tf.nn.relu)
    h = dense("q2", h, HIDDEN, tf.nn.relu)
    mean, logstd = dense("q3", h, Z_DIM), dense("q4", h, Z_DIM)
    noise = tf.random_normal([n_particles, n, Z_DIM])
    std = tf.exp(logstd)
    z = mean + std * noise
    log_q = normal_log_density(z, mean, std, logstd)
    log_pz = normal_log_density(z, tf.zeros([n, Z_DIM]), 1., 0.)
    h = tf.reshape(z, [-1, Z_DIM])
    h = dense("p1", h, HIDDEN, tf.nn.relu)
    h = dense("p2", h, HIDDEN, tf.nn.relu)
    logits = tf.reshape(dense("p3", h, X_DIM), [n_particles, n, X_DIM])
    # The cross entropy wants labels of the shape of the logits.
    labels = x_float * tf.ones_like(logits)
    log_px = tf.reduce_sum(-tf.nn.sigmoid_cross_entropy_with_logits(
        labels=labels, logits=logits), -1)
    return -tf.reduce_mean(tf.reduce_mean(log_px + log_pz - log_q, 0))


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


# -- The floor ----------------------------------------------------------------

def build_products(n_particles):
    """A function that does the matrix products of one step, and nothing else."""
    with tf.Graph().as_default() as graph:
        outputs = []
        for i, (n_in, n_out) in enumerate(LAYERS):
            rows = BATCH * (n_particles if i >= 4 else 1)
            x, w, dy = (tf.get_variable("%s%d" % (name, i), shape) for
                        name, shape in [("x", [rows, n_in]), ("w", [n_in, n_out]),
                                        ("dy", [rows, n_out])])
            outputs.append(tf.matmul(x, w))
            outputs.append(tf.matmul(x, dy, transpose_a=True))
            if i != 0:  # no gradient with respect to the data
                outputs.append(tf.matmul(dy, w, transpose_b=True))
        # One element of each: all products are computed, nothing is copied out.
        fetches = [y[0, 0] for y in outputs]
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches)


if __name__ == "__main__":
    main()
