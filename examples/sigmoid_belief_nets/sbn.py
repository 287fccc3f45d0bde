"""A sigmoid belief net of binarized images, by VIMCO or adaptive importance sampling.

The model has three layers of binary latents. VIMCO (Mnih and Rezende, "Variational
inference for Monte Carlo objectives", 2016) maximizes a bound of several samples.
Adaptive importance sampling (Bornschein and Bengio, "Reweighted wake-sleep", 2015) fits
only the model to this bound, and the posterior by the inclusive KL divergence::

    python examples/sigmoid_belief_nets/sbn.py --epochs 3
    python examples/sigmoid_belief_nets/sbn.py --preset paper
    python examples/sigmoid_belief_nets/sbn.py --epochs 3 --objective adaptive_is
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, runs, schedules, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "sbn", epochs=100, batch_size=24, particles=10, learning_rate=0.001,
        dataset="mnist", data_dir="data", resume=False, save_every=10, eval_epochs=[],
        is_samples=1000, validate=False, jit_compile=False, preset=None)
    parser.add_argument("--objective", choices=["vimco", "adaptive_is"],
                        default="vimco", help="of the approximate posterior")
    parser.add_argument("--layer-dims", type=script.positive_int, nargs=3,
                        default=[200, 200, 200], metavar="DIM",
                        help="latents in each layer, from the one next to x up")
    return parser.parse({"epochs": 50, "batch_size": 100, "particles": 5,
                         "learning_rate": 0.008,
                         "jit_compile": not tf.__version__.startswith("1.")})


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, layer_dims, n, n_particles):
    bn = zs.BayesianNet()
    # h3 ~ Bernoulli(h3|0.5), the top layer
    h = bn.bernoulli("h3", tf.zeros([n, layer_dims[2]]), group_ndims=1,
                     n_samples=n_particles, dtype=tf.float32)
    # h_l ~ Bernoulli(h_l|sigmoid(W h_{l+1} + b))
    for name, dim in [("h2", layer_dims[1]), ("h1", layer_dims[0])]:
        h = bn.bernoulli(name, tf.layers.dense(h, dim), group_ndims=1,
                         dtype=tf.float32)
    # x ~ Bernoulli(x|sigmoid(W h1 + b))
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, layer_dims, n_particles):
    bn = zs.BayesianNet()
    h = bn.bernoulli("h1", tf.layers.dense(x, layer_dims[0]),
                     group_ndims=1, n_samples=n_particles, dtype=tf.float32)
    for name, dim in [("h2", layer_dims[1]), ("h3", layer_dims[2])]:
        h = bn.bernoulli(name, tf.layers.dense(h, dim), group_ndims=1,
                         dtype=tf.float32)
    return bn


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args, fixed=["epochs"] if args.preset else [])
    x_train, _, x_test, _ = images.load(args)

    # Model and objective. All samples are a function of `noise`: the seed and the step,
    # or what tests feed.
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x_input = tf.placeholder(tf.float32, shape=[None, x_train.shape[1]], name="x")
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
    with zs.seeded(noise):
        threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x = tf.cast(tf.less(threshold, x_input), tf.int32)
        n = tf.placeholder_with_default(tf.shape(x)[0], shape=[])
        # The preset centers the input of the posterior: it trains faster.
        image = tf.cast(x, tf.float32) - (x_train.mean(axis=0) if args.preset else 0.)
        model = build_gen(x_train.shape[1], args.layer_dims, n, n_particles)

        def add_bounds():
            variational = build_q_net(image, args.layer_dims, n_particles)
            return variational, zs.variational.importance_weighted_objective(
                model, {"x": x}, variational=variational, axis=0)

        def add_vimco():
            _, bounds = add_bounds()
            return tf.reduce_mean(bounds.vimco()), tf.reduce_mean(bounds)

        rate = schedules.learning_rate(args, step, len(x_train))
        optimizer = tf.train.AdamOptimizer(rate, epsilon=1e-4)
        if args.objective == "vimco":  # on TensorFlow 2, XLA may compile it
            cost, bound = zs.variational.compiled_cost(add_vimco, args.jit_compile)
            gradients = optimizer.compute_gradients(cost)
        variational, lower_bounds = add_bounds()
        if args.objective == "adaptive_is":
            bound = tf.reduce_mean(lower_bounds)
            divergence = tf.reduce_mean(zs.variational.klpq(
                model, {"x": x}, variational=variational, axis=0).importance())
            gradients = optimizer.compute_gradients(
                -bound, tf.trainable_variables("gen"))
            gradients += optimizer.compute_gradients(
                divergence, tf.trainable_variables("q_net"))
        infer_op = optimizer.apply_gradients(gradients, global_step=step)

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)
        # Mean images of random latents, and of those inferred from x
        x_gen = model.observe()["x_mean"]
        x_rec = model.observe(
            **{name: variational[name] for name in ["h1", "h2", "h3"]})["x_mean"]

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {n_particles: 1, noise: run.test_seed()}  # for pictures
        for epoch in run.epochs():
            lbs = []
            for x_batch in run.minibatches(epoch, x_train):
                lbs.append(sess.run([infer_op, bound], feed_dict={
                    x_input: x_batch, n_particles: args.particles})[1])
            metrics = {"lower_bound": np.mean(lbs)}
            if epoch in args.eval_epochs or epoch == args.epochs:  # test
                lbs, lls = [], []
                for x_batch, seed in run.test_batches(x_test, 100):
                    lbs.extend(sess.run(lower_bounds.tensor, feed_dict={
                        x: x_batch, n_particles: args.particles, noise: seed}))
                    lls.extend(sess.run(log_likelihoods, feed_dict={
                        x: x_batch, n_particles: args.is_samples, noise: seed}))
                metrics["test_lower_bound"] = np.mean(lbs)
                metrics["test_log_likelihood"] = np.mean(lls)
            run.write(epoch, **metrics)
            if epoch % args.save_every == 0:
                images.save_grid(sess.run(x_gen, feed_dict={n: 100, **feed}),
                                 run.path("samples.epoch.%d.png" % epoch))
        means = sess.run(x_rec, feed_dict={x: x_test[:50], **feed})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
