"""A semi-supervised VAE, trained by adaptive importance sampling.

The model is that of `vae_ssl.py`, M2 of Kingma et al. (2014). Instead of a sum over all
classes, the bound uses classes drawn from q(y|x), one per particle, with importance
weights (reweighted wake-sleep; Bornschein and Bengio, 2015). The cost does not grow
with the number of classes::

    python examples/semi_supervised_vae/vae_ssl_adaptive_is.py --epochs 10
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, images, runs, script


def parse_options():
    return script.OptionParser(
        __doc__, "vae_ssl_adaptive_is", epochs=30, batch_size=100, particles=10,
        learning_rate=0.001, z_dim=50, hidden=500, labels=100, labelled_weight=0.1,
        classifier_weight=50., dataset="mnist", data_dir="data", resume=False,
        save_every=10, eval_epochs=[], is_samples=1000).parse()


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(z_dim, hidden):
    bn = zs.BayesianNet()
    # y ~ Categorical(y|1/10), z ~ N(z|0, I)
    y = bn.onehot_categorical("y", tf.zeros([10]), dtype=tf.float32)
    z = bn.normal("z", tf.zeros([z_dim]), std=1., group_ndims=1)
    # x ~ Bernoulli(x|sigmoid(f_NN(z, y)))
    h = tf.nn.relu(tf.layers.dense(z, hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    x_logits = tf.layers.dense(h, 28 * 28)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, hidden, n_particles, y=None):
    """q(y, z|x), or q(z|x, y) for given labels."""
    bn = zs.BayesianNet({} if y is None else {"y": y})
    x = tf.cast(x, tf.float32)
    h = tf.layers.dense(x, hidden, activation=tf.nn.relu)
    y = bn.onehot_categorical("y", tf.layers.dense(h, 10), dtype=tf.float32,
                              n_samples=n_particles)
    h = tf.nn.relu(tf.layers.dense(x, hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    bn.normal("z", tf.layers.dense(h, z_dim), logstd=tf.layers.dense(h, z_dim),
              group_ndims=1, is_reparameterized=False)
    return bn


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args)
    x_train, t_train, x_test, t_test = images.load(args)
    labelled = dataset.choose_labelled(t_train, args.labels, args.seed)

    # Model and objective. All samples are a function of `noise`.
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x_input = tf.placeholder(tf.float32, shape=[None, 28 * 28], name="x")
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")

    def binarize(x):
        threshold = zs.distributions.Uniform(tf.zeros_like(x), 1.).sample()
        return tf.cast(tf.less(threshold, x), tf.int32)

    with zs.seeded(noise):
        model = build_gen(args.z_dim, args.hidden)
        # Given labels, only z is sampled; otherwise y and z.
        x_labelled = binarize(tf.constant(x_train[labelled]))
        y_labelled = tf.one_hot(t_train[labelled], 10)
        q_labelled = build_q_net(
            x_labelled, args.z_dim, args.hidden, n_particles, y_labelled)
        x = binarize(x_input)
        q = build_q_net(x, args.z_dim, args.hidden, n_particles)

        def objectives(observed, q):
            bounds = zs.variational.importance_weighted_objective(
                model, observed, variational=q, axis=0)
            divergences = zs.variational.klpq(model, observed, variational=q, axis=0)
            return bounds, tf.reduce_mean(divergences.importance())

        labelled_bounds, labelled_cost = objectives(
            {"x": x_labelled, "y": y_labelled}, q_labelled)
        lower_bounds, cost = objectives({"x": x}, q)
        lower_bound = tf.reduce_mean(lower_bounds)
        optimizer = tf.train.AdamOptimizer(args.learning_rate)
        gradients = optimizer.compute_gradients(
            -lower_bound - args.labelled_weight * tf.reduce_mean(labelled_bounds),
            tf.trainable_variables("gen"))
        gradients += optimizer.compute_gradients(
            cost + args.labelled_weight * labelled_cost
            - args.classifier_weight * tf.reduce_mean(q_labelled.cond_log_prob("y")),
            tf.trainable_variables("q_net"))
        infer_op = optimizer.apply_gradients(gradients, global_step=step)
        # Estimates of log p(x), classes, mean images of all classes for ten random z
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=q, axis=0, n_chunks=100)
        classes = tf.argmax(q["y"].dist.logits, -1)
        z_gen = zs.distributions.Normal(tf.zeros([args.z_dim]), std=1.).sample(10)
        x_gen = model.observe(y=tf.tile(tf.eye(10), [10, 1]),
                              z=tf.repeat(z_gen, 10, axis=0))["x_mean"]
        x_rec = model.observe(y=q["y"], z=q["z"])["x_mean"]

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
                lbs, lls, labels = [], [], []
                for x_batch, seed in run.test_batches(x_test, 100):
                    lbs.extend(sess.run(lower_bounds, feed_dict={
                        x: x_batch, n_particles: args.particles, noise: seed}))
                    lls.extend(sess.run(log_likelihoods, feed_dict={
                        x: x_batch, n_particles: args.is_samples, noise: seed}))
                    labels.extend(sess.run(classes, feed_dict={x: x_batch, **feed}))
                metrics.update(
                    test_lower_bound=np.mean(lbs), test_log_likelihood=np.mean(lls),
                    test_error=np.mean(labels != t_test))
            run.write(epoch, **metrics)

            if epoch % args.save_every == 0:
                images.save_grid(sess.run(x_gen, feed_dict=feed),
                                 run.path("samples.epoch.%d.png" % epoch))
        means = sess.run(x_rec, feed_dict={x: x_test[:50], **feed})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
    run.plot("bounds", "nats per image", lower_bound="train", test_lower_bound="test",
             test_log_likelihood="test log likelihood")


if __name__ == "__main__":
    script.run(main, parse_options())
