"""A variational autoencoder with binary latents.

Bernoulli latents have no reparameterized samples. The default estimator is REINFORCE
with a learned baseline and a moving mean (Mnih and Gregor, 2014). `--estimator vimco`
selects VIMCO (Mnih and Rezende, 2016), whose bound of several samples requires no
baseline::

    python examples/variational_autoencoders/bernoulli_latent_vae.py --epochs 10
    python examples/variational_autoencoders/bernoulli_latent_vae.py --epochs 10 \
        --estimator vimco
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
        __doc__, "bernoulli_latent_vae", epochs=100, batch_size=128, particles=5,
        learning_rate=0.001, z_dim=200, hidden=500, dataset="mnist", data_dir="data",
        resume=False, save_every=10, eval_epochs=[], is_samples=1000)
    parser.add_argument("--estimator", choices=["reinforce", "vimco"],
                        default="reinforce",
                        help="of the gradient; vimco requires --particles of 2 or more")
    args = parser.parse()
    if args.estimator == "vimco" and args.particles == 1:
        parser.error("--estimator vimco compares samples with each other; "
                     "expected --particles of 2 or more")
    return args


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, hidden, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ Bernoulli(z|0.5)
    z = bn.bernoulli("z", tf.zeros([n, z_dim]), group_ndims=1,
                     n_samples=n_particles, dtype=tf.float32)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    h = tf.layers.dense(z, hidden, activation=tf.nn.relu)
    h = tf.layers.dense(h, hidden, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, hidden, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), hidden, activation=tf.nn.relu)
    h = tf.layers.dense(h, hidden, activation=tf.nn.relu)
    bn.bernoulli("z", tf.layers.dense(h, z_dim), group_ndims=1,
                 n_samples=n_particles, dtype=tf.float32)
    return bn


def build_baseline(x):
    """A prediction of the bound of each image, `[n]`."""
    h = tf.layers.dense(tf.cast(x, tf.float32), 100, activation=tf.tanh)
    return tf.layers.dense(h, 1)[:, 0]


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
        model = build_gen(x_dim, args.z_dim, args.hidden, n, n_particles)
        variational = build_q_net(x, args.z_dim, args.hidden, n_particles)
        if args.estimator == "reinforce":
            lower_bounds = zs.variational.elbo(
                model, {"x": x}, variational=variational, axis=0)
            costs, baseline_costs = lower_bounds.reinforce(baseline=build_baseline(x))
            cost = tf.reduce_mean(costs) + tf.reduce_mean(baseline_costs)
        else:
            lower_bounds = zs.variational.importance_weighted_objective(
                model, {"x": x}, variational=variational, axis=0)
            cost = tf.reduce_mean(lower_bounds.vimco())
        lower_bound = tf.reduce_mean(lower_bounds)
        infer_op = tf.train.AdamOptimizer(args.learning_rate).minimize(
            cost, global_step=step)

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)

        # Mean images of random z, and of z inferred from x
        x_gen = model.observe()["x_mean"]
        x_rec = model.observe(z=variational["z"])["x_mean"]

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

        # Reconstruct test images
        means = sess.run(x_rec, feed_dict={x: x_test[:50], **feed})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
