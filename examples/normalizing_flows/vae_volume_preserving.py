"""A variational autoencoder whose posterior has a flow that preserves volume.

The layers are reflections whose directions the encoder computes for each image (Tomczak
and Welling, 2016, "Improving variational auto-encoders using Householder flow"), or
additive couplings shared by all images (Dinh, Krueger and Bengio, 2014, "NICE")::

    python examples/normalizing_flows/vae_volume_preserving.py --epochs 10
    python examples/normalizing_flows/vae_volume_preserving.py --epochs 10 --flow nice
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, runs, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae_volume_preserving", epochs=100, batch_size=128, particles=1,
        learning_rate=0.001, z_dim=40, dataset="mnist", data_dir="data", resume=False,
        eval_epochs=[], is_samples=1000)
    option = parser.add_argument
    option("--flow", choices=["householder", "nice"], default="householder",
           help="the flow of the posterior")
    option("--layers", type=script.positive_int, default=10, help="layers of the flow")
    return parser.parse()


class VolumePreserving(zs.distributions.bijectors.Bijector):
    event_ndims = 1
    has_cheap_inverse = False  # samples keep x, so no inverse is required

    def forward_log_det_jacobian(self, x):
        return tf.zeros_like(x[..., 0])


class Householder(VolumePreserving):
    """The reflection of vectors at the hyperplane that is orthogonal to `v`."""

    def __init__(self, v):
        self._unit = tf.nn.l2_normalize(v, axis=-1)

    def forward(self, x):
        return x - 2. * self._unit * tf.reduce_sum(self._unit * x, -1, keepdims=True)


class AdditiveCoupling(VolumePreserving):
    """Add a function of the even elements to the odd ones, or the reverse."""

    def __init__(self, i, n_dims, n_hidden=100):
        self._kept = tf.constant(np.arange(n_dims) % 2 == i % 2, tf.float32)
        with tf.variable_scope("coupling_%d" % i):
            self._w = [tf.get_variable("w_%d" % j, shape) for j, shape in enumerate(
                [[n_dims, n_hidden], [n_hidden], [n_hidden, n_dims]])]

    def forward(self, x):
        hidden = tf.nn.relu(tf.tensordot(x * self._kept, self._w[0], 1) + self._w[1])
        return x + (1. - self._kept) * tf.tensordot(hidden, self._w[2], 1)


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    bn.bernoulli("x", tf.layers.dense(h, x_dim), group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, flow, n_layers, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    posterior = zs.distributions.Normal(z_mean, logstd=z_logstd)
    for i in range(n_layers):
        if flow == "householder":
            h = tf.layers.dense(h, z_dim)
        posterior = zs.distributions.TransformedDistribution(
            posterior,
            Householder(h) if flow == "householder" else AdditiveCoupling(i, z_dim))
    bn.stochastic("z", posterior, n_samples=n_particles)
    return bn


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args)
    x_train, _, x_test, _ = images.load(args)
    x_dim = x_train.shape[1]

    # Model and objective. All samples are a function of `noise`: the seed and the step,
    # or what tests feed.
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x_input = tf.placeholder(tf.float32, shape=[None, x_dim], name="x")
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
    with zs.seeded(noise):
        threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x = tf.cast(tf.less(threshold, x_input), tf.int32)
        model = build_gen(x_dim, args.z_dim, tf.shape(x)[0], n_particles)
        variational = build_q_net(x, args.z_dim, args.flow, args.layers, n_particles)
        lower_bounds = zs.variational.elbo(
            model, {"x": x}, variational=variational, axis=0)
        lower_bound = tf.reduce_mean(lower_bounds)
        infer_op = tf.train.AdamOptimizer(args.learning_rate).minimize(
            tf.reduce_mean(lower_bounds.sgvb()), global_step=step)

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in run.epochs():
            lbs = []
            for x_batch in run.minibatches(epoch, x_train):
                _, lb = sess.run([infer_op, lower_bound], feed_dict={
                    x_input: x_batch, n_particles: args.particles})
                lbs.append(lb)
            metrics = {"lower_bound": np.mean(lbs)}

            if epoch in args.eval_epochs or epoch == args.epochs:  # test
                lbs, lls = [], []
                for x_batch, seed in run.test_batches(x_test, 100):
                    lbs.extend(sess.run(lower_bounds, feed_dict={
                        x: x_batch, n_particles: args.particles, noise: seed}))
                    lls.extend(sess.run(log_likelihoods, feed_dict={
                        x: x_batch, n_particles: args.is_samples, noise: seed}))
                metrics["test_lower_bound"] = np.mean(lbs)
                metrics["test_log_likelihood"] = np.mean(lls)
            run.write(epoch, **metrics)
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
