"""A variational autoencoder with planar flows in its posterior.

Rezende and Mohamed, "Variational inference with normalizing flows" (2015). Planar
layers transform a normal sample, and the encoder computes their parameters for each
image. The networks are those of `vae.py`::

    python examples/normalizing_flows/vae_nf.py --epochs 10
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
        __doc__, "vae_nf", epochs=100, batch_size=128, particles=1,
        learning_rate=0.001, z_dim=40, dataset="mnist", data_dir="data", resume=False,
        save_every=10, eval_epochs=[], is_samples=1000)
    parser.add_argument("--layers", type=script.positive_int, default=10,
                        help="planar layers of the posterior")
    return parser.parse()


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_layers, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    # Each layer maps z to z + u tanh(w . z + b).
    posterior = zs.distributions.Normal(z_mean, logstd=z_logstd)
    for _ in range(n_layers):
        w = tf.layers.dense(h, z_dim)
        b = tf.layers.dense(h, 1)[:, 0]
        u = tf.layers.dense(h, z_dim, kernel_initializer=tf.random_normal_initializer(
            stddev=0.001))
        # Planar shifts u along w to be invertible. This term cancels the shift at
        # u = 0, so that a layer starts near the identity.
        u += np.log(np.e - 1.) * w / tf.reduce_sum(tf.square(w), -1, keepdims=True)
        posterior = zs.distributions.TransformedDistribution(
            posterior, zs.distributions.bijectors.Planar(u, w, b))
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
        n = tf.placeholder_with_default(tf.shape(x)[0], shape=[])
        model = build_gen(x_dim, args.z_dim, n, n_particles)
        variational = build_q_net(x, args.z_dim, args.layers, n_particles)
        lower_bounds = zs.variational.elbo(
            model, {"x": x}, variational=variational, axis=0)
        lower_bound = tf.reduce_mean(lower_bounds)
        infer_op = tf.train.AdamOptimizer(args.learning_rate).minimize(
            tf.reduce_mean(lower_bounds.sgvb()), global_step=step)

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)

        # Mean images of random z, and of z inferred from x
        z = variational["z"].tensor
        x_gen = model.observe()["x_mean"]
        x_rec = model.observe(z=z)["x_mean"]

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {n_particles: 1, noise: run.test_seed()}  # for pictures
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

            if epoch % args.save_every == 0:
                images.save_grid(sess.run(x_gen, feed_dict={n: 100, **feed}),
                                 run.path("samples.epoch.%d.png" % epoch))

        # Reconstruct test images, and walk from one test image to another in each row
        means = sess.run(x_rec, feed_dict={x: x_test[:50], **feed})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
        begin, end = x_test[:20:2], x_test[1:20:2]
        points = images.walk(sess.run(z, feed_dict={x: begin, **feed}),
                             sess.run(z, feed_dict={x: end, **feed}), 8)
        means = [sess.run(x_rec, feed_dict={z: point})[0] for point in points]
        images.save_grid(np.stack([begin, *means, end], axis=1),
                         run.path("latent_walk.png"), (10, 10))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
