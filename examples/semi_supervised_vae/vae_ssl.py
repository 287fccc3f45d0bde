"""A semi-supervised variational autoencoder: 100 labels, 60,000 images.

Model M2 of Kingma, Rezende, Mohamed and Welling, "Semi-supervised learning with deep
generative models" (2014). The latents of an image are its class y and its style z::

    python examples/semi_supervised_vae/vae_ssl.py --epochs 10
    python examples/semi_supervised_vae/vae_ssl.py --preset paper --label-seed 1

For images without a label, the bound is a sum over all classes. The pictures show one
class per column and one style per row. `--validate` holds out 10,000 training images.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, images, runs, schedules, script


def parse_options():
    return script.OptionParser(
        __doc__, "vae_ssl", epochs=10, batch_size=100, particles=1, learning_rate=0.001,
        z_dim=50, hidden=300, labels=100, labelled_weight=0.1, classifier_weight=50.,
        dataset="mnist", data_dir="data", resume=False, save_every=10, eval_epochs=[],
        label_seed=None, validate=False, preset=None
    ).parse({"epochs": 5, "batch_size": 250, "learning_rate": 0.012})


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


@zs.reuse_variables(scope="qz_xy")
def build_qz_xy(x, y, z_dim, hidden, n_particles):
    bn = zs.BayesianNet()
    h = tf.nn.relu(tf.layers.dense(tf.cast(x, tf.float32), hidden)
                   + tf.layers.dense(y, hidden, use_bias=False))
    bn.normal("z", tf.layers.dense(h, z_dim), logstd=tf.layers.dense(h, z_dim),
              group_ndims=1, n_samples=n_particles)
    return bn


@zs.reuse_variables(scope="qy_x")
def qy_x(x, is_training):
    """The logits of the classifier, which drops half of its units in training."""
    def drop(h):
        mask = zs.distributions.Bernoulli(tf.zeros_like(h), dtype=tf.float32)
        return 2. * h * mask.sample() if is_training else h
    h = tf.reshape(tf.cast(x, tf.float32), [-1, 28, 28, 1])
    for channels in 8, 16:
        h = tf.layers.conv2d(h, channels, 5, padding="same", activation=tf.nn.relu)
        h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.dense(drop(tf.layers.flatten(h)), 128, activation=tf.nn.relu)
    return tf.layers.dense(drop(h), 10)


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args, fixed=["epochs"] if args.preset else [])
    x_train, t_train, x_test, t_test = images.load(args)
    chosen = dataset.choose_labelled(t_train, args.labels, args.label_seed or args.seed)

    # Model and objective. All samples are a function of `noise`.
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x_input = tf.placeholder(tf.float32, shape=[None, 28 * 28], name="x")

    def binarize(x):
        threshold = zs.distributions.Uniform(tf.zeros_like(x), 1.).sample()
        return tf.cast(tf.less(threshold, x), tf.int32)

    with zs.seeded(noise):
        model = build_gen(args.z_dim, args.hidden)
        def bound(x, y):
            q = build_qz_xy(x, y, args.z_dim, args.hidden, args.particles)
            return zs.variational.elbo(model, {"x": x, "y": y}, variational=q, axis=0)
        # L(x, y), a bound on log p(x, y), of the images with labels
        x_labelled = binarize(tf.constant(x_train[chosen]))
        y_labelled = tf.one_hot(t_train[chosen], 10)
        labelled_bounds = bound(x_labelled, y_labelled)
        log_q_labels = zs.distributions.OnehotCategorical(
            qy_x(x_labelled, is_training=True), dtype=tf.float32).log_prob(y_labelled)
        # U(x), a bound on log p(x), of those without: L(x, y) for all y, averaged with
        # q(y|x), plus the entropy of q(y|x)
        x = binarize(x_input)
        y = tf.tile(tf.eye(10)[:, None], [1, tf.shape(x)[0], 1])
        bounds_by_class = bound(x, y)

        def average(logits):
            log_q = tf.transpose(tf.nn.log_softmax(logits))
            return tf.reduce_sum(tf.exp(log_q) * (bounds_by_class - log_q), 0)
        lower_bound = tf.reduce_mean(average(qy_x(x, is_training=True)))
        rate = schedules.learning_rate(args, step, len(x_train))
        infer_op = tf.train.AdamOptimizer(rate).minimize(
            -lower_bound - args.labelled_weight * tf.reduce_mean(labelled_bounds)
            - args.classifier_weight * tf.reduce_mean(log_q_labels), global_step=step)

        # Mean images of all classes for ten random z, and of inferred y and z
        test_logits = qy_x(x, is_training=False)
        test_bounds, classes = average(test_logits), tf.argmax(test_logits, 1)
        z_gen = zs.distributions.Normal(tf.zeros([args.z_dim]), std=1.).sample(10)
        x_gen = model.observe(y=tf.tile(tf.eye(10), [10, 1]),
                              z=tf.repeat(z_gen, 10, axis=0))["x_mean"]
        y_rec = tf.one_hot(classes, 10)
        z_rec = build_qz_xy(x, y_rec, args.z_dim, args.hidden, 1)["z"]
        x_rec = model.observe(y=y_rec, z=z_rec)["x_mean"]

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in run.epochs():
            lbs = []
            for x_batch in run.minibatches(epoch, x_train):
                lbs.append(sess.run([infer_op, lower_bound], {x_input: x_batch})[1])
            metrics = {"lower_bound": np.mean(lbs)}
            if epoch in args.eval_epochs or epoch == args.epochs:  # test
                lbs, labels = map(np.concatenate, zip(*[
                    sess.run([test_bounds, classes], feed_dict={x: batch, noise: seed})
                    for batch, seed in run.test_batches(x_test, 400)]))
                metrics["test_lower_bound"] = np.mean(lbs)
                metrics["test_error"] = np.mean(labels != t_test)
            run.write(epoch, **metrics)
            if epoch % args.save_every == 0:
                images.save_grid(sess.run(x_gen, feed_dict={noise: run.test_seed()}),
                                 run.path("samples.epoch.%d.png" % epoch))

        means = sess.run(x_rec, {x: x_test[:50], noise: run.test_seed()})[0]
        images.save_grid(np.stack([x_test[:50], means], axis=1),
                         run.path("reconstructions.png"))
    run.plot("bounds", "nats per image", lower_bound="train", test_lower_bound="test")


if __name__ == "__main__":
    script.run(main, parse_options())
