"""A variational autoencoder of binarized images, in TensorFlow-1 style.

Kingma and Welling, "Auto-encoding variational Bayes" (2013). `docs/tutorials/vae.md`
explains the model; `vae_eager.py` is in TensorFlow-2 style. `--objective iwae` selects
the bound of Burda et al. (2015), and `dreg` its gradient by Tucker et al. (2019).
`--steps-per-run 20` loops in the graph. `--fastest` uses XLA if that is faster::

    python examples/variational_autoencoders/vae.py --epochs 5
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
        __doc__, "vae", epochs=100, batch_size=128, particles=1, learning_rate=0.001,
        z_dim=40, dataset="mnist", data_dir="data", resume=False, save_every=10,
        eval_epochs=[], is_samples=1000, steps_per_run=None, jit_compile=False,
        fastest=False)
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
    z_mean, z_logstd = tf.layers.dense(h, z_dim), tf.layers.dense(h, z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_particles)
    return bn


def add_bound(model, x, n_particles, args):
    """The variational posterior, and the lower bounds of the images `x`."""
    variational = build_q_net(x, args.z_dim, n_particles)
    bound = (zs.variational.elbo if args.objective == "elbo"
             else zs.variational.importance_weighted_objective)
    return variational, bound(model, {"x": x}, variational=variational, axis=0)


def add_cost(model, x_input, step, n_particles, args):
    """The cost, and the mean bound, of images in [0, 1], binarized at each step."""
    with zs.seeded(tf.stack([args.seed, step])):
        threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x = tf.cast(tf.less(threshold, x_input), tf.int32)
        _, bounds = add_bound(model, x, n_particles, args)
        costs = bounds.dreg() if args.objective == "dreg" else bounds.sgvb()
    return tf.reduce_mean(costs), tf.reduce_mean(bounds)


def main(args):
    x_train, _, x_test, _ = images.load(args)
    x_dim = x_train.shape[1]

    tf.set_random_seed(args.seed)  # for the initial weights
    tf.get_variable_scope().set_use_resource(bool(args.steps_per_run))  # for the loop
    step = tf.train.get_or_create_global_step()
    n = tf.placeholder(tf.int32, shape=[], name="n")
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
    model = build_gen(x_dim, args.z_dim, n, n_particles)
    feed = {n: args.batch_size, n_particles: args.particles}

    def infer(x_input):
        cost, bound = zs.variational.compiled_cost(
            lambda: add_cost(model, x_input, step, n_particles, args), args.jit_compile)
        return tf.train.AdamOptimizer(args.learning_rate).minimize(cost, step), bound

    if not args.steps_per_run:
        fed, values = tf.placeholder(tf.float32, shape=[None, x_dim]), x_train
        if args.fastest:
            args.jit_compile = zs.variational.is_compilation_faster(
                lambda: add_cost(model, fed, step, n_particles, args),
                {fed: x_train[:args.batch_size], **feed})
        infer_op = infer(fed)
    else:  # feed row numbers of the images
        fed, values = tf.placeholder(tf.int32, [None, None]), np.arange(len(x_train))
        infer_op = zs.utils.repeat_steps(infer, fed, data=x_train)

    x = tf.placeholder(tf.int32, shape=[None, x_dim], name="x")
    noise = tf.placeholder(tf.int64, shape=[2])  # of binary test images
    with zs.seeded(noise):
        variational, lower_bounds = add_bound(model, x, n_particles, args)
        log_likelihoods = zs.is_loglikelihood(  # in chunks that bound the memory
            model, {"x": x}, proposal=variational, axis=0, n_chunks=100)
        x_gen, z = model.observe()["x_mean"], variational["z"].tensor
        x_rec = model.observe(z=z)["x_mean"]

    run = runs.Run(args)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        picture = {n: 100, n_particles: 1, noise: run.test_seed()}
        for epoch in run.epochs():
            lbs = []
            for batch in run.minibatches(epoch, values, n_steps=args.steps_per_run):
                _, lb = sess.run(infer_op, feed_dict={fed: batch, **feed})
                lbs.extend(np.ravel(lb))
            metrics = {"lower_bound": np.mean(lbs)}
            if epoch in args.eval_epochs or epoch == args.epochs:  # test
                lbs, lls = [], []
                for x_batch, seed in run.test_batches(x_test, 400):
                    test = {x: x_batch, n: len(x_batch), noise: seed}
                    lbs.extend(sess.run(lower_bounds.tensor, {**feed, **test}))
                    lls.extend(sess.run(log_likelihoods, feed_dict={
                        n_particles: args.is_samples, **test}))
                metrics["test_lower_bound"] = np.mean(lbs)
                metrics["test_log_likelihood"] = np.mean(lls)
            run.write(epoch, **metrics)
            if epoch % args.save_every == 0:
                images.save_grid(sess.run(x_gen, feed_dict=picture), run.path(
                    "samples.epoch.%d.png" % epoch))
        # Reconstruct test images, and walk from one test image to another in each row
        means = sess.run(x_rec, feed_dict={x: x_test[:50], **picture})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
        latents = sess.run(z, feed_dict={x: x_test[:20], **picture})
        means = [sess.run(x_rec, feed_dict={z: point})[0] for point in images.walk(
            latents[:, ::2], latents[:, 1::2], 8)]
        images.save_grid(np.stack([x_test[:20:2], *means, x_test[1:20:2]], axis=1),
                         run.path("latent_walk.png"), (10, 10))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    script.run(main, parse_options())
