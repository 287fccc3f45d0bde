"""A deep convolutional generative adversarial net of images.

Radford, Metz and Chintala, "Unsupervised representation learning with deep
convolutional generative adversarial networks" (2015), at the size of MNIST. The
generator is a `BayesianNet`. Its images are an `Implicit` node, which has samples but
no density::

    python examples/generative_adversarial_nets/dcgan.py --epochs 10 --seed 1

`samples.epoch.N.png` shows images after each epoch, and `metrics.csv` contains the
costs.
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
        __doc__, "dcgan", epochs=10, batch_size=64, learning_rate=0.0002, z_dim=40,
        width=32, turns=1, dataset="mnist", data_dir="data", resume=False)
    return parser.parse(epochs=2, width=4)


@zs.meta_bayesian_net(scope="generator", reuse_variables=True)
def build_gen(n, z_dim, width):
    bn = zs.BayesianNet()
    # z ~ N(0, I), and x is a function of z. Batch normalization uses the moments of the
    # batch, in training and after it.
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    h = tf.layers.dense(z, 7 * 7 * 2 * width)
    h = tf.reshape(h, [-1, 7, 7, 2 * width])
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=True))
    h = tf.layers.conv2d_transpose(h, width, 5, 2, "same")
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=True))
    x = tf.tanh(tf.layers.conv2d_transpose(h, 1, 5, 2, "same"))
    bn.stochastic("x", zs.legacy.distributions.Implicit(x, value_shape=[28, 28, 1]))
    return bn


@zs.reuse_variables(scope="discriminator")
def discriminator(x, width):
    """Logits that images are real, `[n]`."""
    h = tf.nn.leaky_relu(tf.layers.conv2d(x, width, 5, 2, "same"))
    h = tf.layers.conv2d(h, 2 * width, 5, 2, "same")
    h = tf.nn.leaky_relu(tf.layers.batch_normalization(h, training=True))
    return tf.layers.dense(tf.layers.flatten(h), 1)[:, 0]


def cross_entropy(logits, is_real):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
        labels=tf.fill(tf.shape(logits), float(is_real)), logits=logits))


def main(args):
    # Data: images in [-1, 1]
    run = runs.Run(args)
    x_train, _, _, _ = images.load(args)
    x_train = 2. * x_train.reshape([-1, 28, 28, 1]) - 1.

    # Model. All samples are a function of `noise`: the seed and the step in training,
    # and the same seed in all pictures.
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(tf.stack([args.seed, step]), shape=[2])
    x = tf.placeholder(tf.float32, shape=[None, 28, 28, 1], name="x")
    n = tf.placeholder(tf.int32, shape=[], name="n")
    with zs.seeded(noise):
        x_gen = build_gen(n, args.z_dim, args.width).observe()["x"].tensor

    # Objective: the discriminator classifies images, and the generator makes it err.
    logits_real = discriminator(x, args.width)
    logits_gen = discriminator(x_gen, args.width)
    discriminator_cost = cross_entropy(logits_real, True) + cross_entropy(
        logits_gen, False)
    generator_cost = cross_entropy(logits_gen, True)
    train_discriminator = tf.train.AdamOptimizer(args.learning_rate, 0.5).minimize(
        discriminator_cost, step, tf.trainable_variables("discriminator"))
    train_generator = tf.train.AdamOptimizer(args.learning_rate, 0.5).minimize(
        generator_cost, step, tf.trainable_variables("generator"))

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in run.epochs():
            costs = []
            for t, x_batch in enumerate(run.minibatches(epoch, x_train)):
                feed = {x: x_batch, n: len(x_batch)}
                costs.append(sess.run([discriminator_cost, generator_cost,
                                       train_discriminator], feed_dict=feed)[:2])
                if (t + 1) % args.turns == 0:
                    sess.run(train_generator, feed_dict=feed)
            costs = np.mean(costs, axis=0)
            run.write(epoch, discriminator_cost=costs[0], generator_cost=costs[1])
            x_samples = sess.run(x_gen, feed_dict={n: 100, noise: run.test_seed()})
            images.save_grid(0.5 * x_samples + 0.5,
                             run.path("samples.epoch.%d.png" % epoch))
    run.plot("costs", "mean cost")


if __name__ == "__main__":
    script.run(main, parse_options())
