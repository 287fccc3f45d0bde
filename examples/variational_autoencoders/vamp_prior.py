"""A variational autoencoder whose prior is a mixture of its posteriors, VampPrior.

Tomczak and Welling, "VAE with a VampPrior" (2018). The prior is the mean of the
posteriors of pseudo-inputs, images trained with the networks of `vae.py`. It is
more flexible than N(0, I)::

    python examples/variational_autoencoders/vamp_prior.py --epochs 10

The results are the bounds by epoch, images of random latents, and the pseudo-inputs.
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
        __doc__, "vamp_prior", epochs=100, batch_size=128, particles=1,
        learning_rate=0.001, z_dim=40, dataset="mnist", data_dir="data", resume=False,
        save_every=10, eval_epochs=[], is_samples=1000)
    parser.add_argument("--pseudo-inputs", type=script.positive_int, default=500,
                        help="components of the prior")
    return parser.parse()


@zs.reuse_variables(scope="encoder")
def encode(x, z_dim):
    h = tf.layers.dense(x, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    # Bounded, because a mixture of very narrow components has no useful gradient
    z_logstd = 3. * tf.tanh(tf.layers.dense(h, z_dim) / 3.)
    return z_mean, z_logstd


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, pseudo_inputs, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ the mean of q(z|u) over the pseudo-inputs u, a mixture with equal weights
    z_mean, z_logstd = encode(pseudo_inputs, z_dim)
    components = zs.distributions.MultivariateNormalDiag(z_mean, tf.exp(z_logstd))
    log_weights = tf.zeros([n, pseudo_inputs.shape[0]])
    z = bn.mixture_same_family("z", log_weights, components, n_samples=n_particles)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


def build_q_net(x, z_dim, n_particles):
    bn = zs.BayesianNet()
    z_mean, z_logstd = encode(tf.cast(x, tf.float32), z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_particles)
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
    # Pseudo-inputs start as training images, and remain images.
    places = np.random.RandomState(args.seed).randint(
        len(x_train), size=args.pseudo_inputs)
    pseudo_inputs = tf.clip_by_value(
        tf.get_variable("pseudo_inputs", initializer=x_train[places]), 0., 1.)
    with zs.seeded(noise):
        threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x = tf.cast(tf.less(threshold, x_input), tf.int32)
        n = tf.placeholder_with_default(tf.shape(x)[0], shape=[])
        model = build_gen(x_dim, args.z_dim, pseudo_inputs, n, n_particles)
        variational = build_q_net(x, args.z_dim, n_particles)
        lower_bounds = zs.variational.elbo(
            model, {"x": x}, variational=variational, axis=0)
        lower_bound = tf.reduce_mean(lower_bounds)
        infer_op = tf.train.AdamOptimizer(args.learning_rate).minimize(
            tf.reduce_mean(lower_bounds.sgvb()), global_step=step)

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)

        x_gen = model.observe()["x_mean"]  # mean images of random z

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

        images.save_grid(sess.run(pseudo_inputs), run.path("pseudo_inputs.png"))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
