"""A deep convolutional generative adversarial net of images.

Radford, Metz and Chintala, "Unsupervised representation learning with deep
convolutional generative adversarial networks" (2015), at the size of MNIST. The
generator is a `BayesianNet`. Its images are an `Implicit` node, which has samples but
no density::

    python examples/generative_adversarial_nets/dcgan.py --epochs 10 --seed 1

`samples.epoch.N.png` shows images after each epoch, and `metrics.csv` contains the
costs."""

import os
import sys

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import gan_training, script


def parse_options():
    return gan_training.parse(gan_training.option_parser(
        __doc__.splitlines()[0], "dcgan"))


def normalized(x):
    """By the moments of the batch, in training and after it."""
    return tf.layers.batch_normalization(x, training=True)


@zs.meta_bayesian_net(scope="generator", reuse_variables=True)
def build_gen(n, z_dim, width):
    bn = zs.BayesianNet()
    # z ~ N(0, I), and x is a function of z
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    h = tf.layers.dense(z, 7 * 7 * 2 * width)
    h = tf.nn.relu(normalized(tf.reshape(h, [-1, 7, 7, 2 * width])))
    h = tf.layers.conv2d_transpose(h, width, 5, 2, "same")
    h = tf.nn.relu(normalized(h))
    x = tf.tanh(tf.layers.conv2d_transpose(h, 1, 5, 2, "same"))
    bn.stochastic("x", zs.legacy.distributions.Implicit(x, value_shape=[28, 28, 1]))
    return bn


@zs.reuse_variables(scope="discriminator")
def discriminator(x, width):
    """Logits that images are real, `[n]`."""
    h = tf.nn.leaky_relu(tf.layers.conv2d(x, width, 5, 2, "same"))
    h = tf.nn.leaky_relu(normalized(tf.layers.conv2d(h, 2 * width, 5, 2, "same")))
    return tf.layers.dense(tf.layers.flatten(h), 1)[:, 0]


def cost_of(logits, is_real):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
        labels=tf.fill(tf.shape(logits), float(is_real)), logits=logits))


def main(args):
    data = gan_training.load(args)
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="x")
    n = tf.placeholder(tf.int32, [], name="n")

    model = build_gen(n, args.z_dim, args.width)
    x_gen = model.observe()["x"].tensor
    logits_real = discriminator(x, args.width)
    logits_gen = discriminator(x_gen, args.width)
    # Each player is right about the images, or wrong in the other's favour.
    discriminator_cost = cost_of(logits_real, True) + cost_of(logits_gen, False)
    generator_cost = cost_of(logits_gen, True)

    def minimize(cost, scope):
        variables = tf.trainable_variables(scope)
        return tf.train.AdamOptimizer(args.learning_rate, beta1=0.5).minimize(
            cost, var_list=variables)

    # Pictures show the same noise after each epoch.
    with zs.seeded(args.seed):
        pictures = model.observe()["x"].tensor
    gan_training.train(args, data, gan_training.Graph(
        x, n, minimize(discriminator_cost, "discriminator"),
        minimize(generator_cost, "generator"), discriminator_cost, generator_cost,
        pictures))


if __name__ == "__main__":
    script.run(main, parse_options())
