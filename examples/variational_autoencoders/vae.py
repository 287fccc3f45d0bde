"""A variational autoencoder of binarized images, step by step.

Kingma and Welling, "Auto-encoding variational Bayes" (2013), in TensorFlow-1 style.
`docs/tutorials/vae.md` explains the model; `vae_eager.py` is in TensorFlow-2 style::

    python examples/variational_autoencoders/vae.py --epochs 5

`--objective iwae` selects the importance weighted bound (Burda et al., 2015), `dreg`
its doubly reparameterized gradient (Tucker et al., 2019). `--steps-per-run 20` performs
20 steps in a run of the session. `--jit-compile fastest` uses XLA if that is faster::

    python examples/variational_autoencoders/vae.py --epochs 3 --objective iwae \
        --particles 50
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import compilation, images, runs, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae", epochs=100, batch_size=128, particles=1, learning_rate=0.001,
        z_dim=40, dataset="mnist", data_dir="data", resume=False, save_every=10,
        eval_epochs=[], is_samples=1000, jit_compile=False, steps_per_run=1)
    parser.add_argument("--objective", choices=["elbo", "iwae", "dreg"], default="elbo",
                        help="the lower bound and the estimator of its gradient")
    return parser.parse()


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1,
                  n_samples=n_particles)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_particles)
    return bn


def training_cost(model, x, n_particles, args):
    """The cost, and the lower bounds of the images `x`."""
    bound = (zs.variational.elbo if args.objective == "elbo"
             else zs.variational.importance_weighted_objective)
    variational = build_q_net(x, args.z_dim, n_particles)
    lower_bounds = bound(model, {"x": x}, variational=variational, axis=0)
    costs = lower_bounds.dreg() if args.objective == "dreg" else lower_bounds.sgvb()
    return tf.reduce_mean(costs), lower_bounds.tensor


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args)
    x_train, _, x_test, _ = images.load(args)

    # Model and objective. Samples are a function of `noise`, which tests feed.
    tf.set_random_seed(args.seed)  # for the initial weights
    tf.get_variable_scope().set_use_resource(args.steps_per_run > 1)
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x_input = tf.placeholder(tf.float32, shape=[None, x_train.shape[1]], name="x")
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
    optimizer = tf.train.AdamOptimizer(args.learning_rate)
    with zs.seeded(noise):
        x = images.binarize(x_input)
        n = tf.placeholder_with_default(tf.shape(x)[0], shape=[])
        model = build_gen(x_train.shape[1], args.z_dim, n, n_particles)
        cost, lower_bounds = compilation.compiled_cost(
            run, lambda: training_cost(model, x, n_particles, args),
            {x_input: x_train[:args.batch_size], n_particles: args.particles})

        # Importance sampling estimates of log p(x), in chunks that bound the memory
        variational = build_q_net(x, args.z_dim, n_particles)
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)

        # Mean images of random z, and of z inferred from x
        z = variational["z"].tensor
        x_gen = model.observe()["x_mean"]
        x_rec = model.observe(z=z)["x_mean"]
    if args.steps_per_run == 1:
        infer = optimizer.minimize(cost, step), tf.reduce_mean(lower_bounds)
        fed, values = x_input, x_train
    else:  # a loop of steps on images in the graph, which is fed with their rows
        def infer_step(x_input):
            with zs.seeded(tf.stack([args.seed, step])):
                cost, lower_bounds = training_cost(
                    model, images.binarize(x_input), n_particles, args)
            return optimizer.minimize(cost, step), tf.reduce_mean(lower_bounds)
        fed, values = tf.placeholder(tf.int32, [None, None]), np.arange(len(x_train))
        infer = zs.utils.repeat_steps(infer_step, fed, data=x_train)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {n_particles: 1, noise: run.test_seed()}  # for pictures
        for epoch in run.epochs():
            lbs = []
            for batch in run.minibatches(epoch, values, n_steps=args.steps_per_run):
                _, lb = sess.run(infer, feed_dict={
                    fed: batch, n_particles: args.particles, n: args.batch_size})
                lbs.extend(np.ravel(lb))
            metrics = {"lower_bound": np.mean(lbs)}
            if epoch in args.eval_epochs or epoch == args.epochs:  # test
                lbs, lls = [], []
                for x_batch, seed in run.test_batches(x_test, 400):
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
        latents = sess.run(z, feed_dict={x: x_test[:20], **feed})
        images.save_walk(x_test[:20], latents, lambda z_walk: sess.run(
            x_rec, feed_dict={z: z_walk})[0], run.path("latent_walk.png"))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
