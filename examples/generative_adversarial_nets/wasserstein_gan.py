"""A Wasserstein generative adversarial net of images, with gradient penalty.

Arjovsky, Chintala and Bottou, "Wasserstein GAN" (2017); Gulrajani et al., "Improved
training of Wasserstein GANs" (2017), algorithm 1. The critic maximizes an estimate of
the Wasserstein distance between real and generated images, minus a penalty that keeps
the norm of its gradient close to 1. The distance decreases during training::

    python examples/generative_adversarial_nets/wasserstein_gan.py --epochs 20 --seed 1

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
    parser = gan_training.option_parser(
        __doc__.splitlines()[0], "wasserstein_gan", epochs=20, turns=5)
    parser.add_argument("--penalty", type=script.positive_float, default=10.,
                        help="weight of the squared distance of slopes from 1")
    return gan_training.parse(parser)


@zs.meta_bayesian_net(scope="generator", reuse_variables=True)
def build_gen(n, z_dim, width):
    bn = zs.BayesianNet()
    # z ~ N(0, I), and x is a function of z
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    h = tf.layers.dense(z, 7 * 7 * 2 * width)
    h = tf.reshape(h, [-1, 7, 7, 2 * width])
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=True))
    h = tf.layers.conv2d_transpose(h, width, 5, 2, "same")
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=True))
    x = tf.tanh(tf.layers.conv2d_transpose(h, 1, 5, 2, "same"))
    bn.stochastic("x", zs.legacy.distributions.Implicit(x, value_shape=[28, 28, 1]))
    return bn


@zs.reuse_variables(scope="critic")
def critic(x, width):
    """Numbers `[n]`, greater for real images; no statistics of batches here."""
    h = tf.nn.leaky_relu(tf.layers.conv2d(x, width, 5, 2, "same"))
    h = tf.nn.leaky_relu(tf.layers.conv2d(h, 2 * width, 5, 2, "same"))
    return tf.layers.dense(tf.layers.flatten(h), 1)[:, 0]


def slope_penalty(x, x_gen, width):
    """Mean squared distance of slopes from 1, on lines between the two sets."""
    share = zs.distributions.Uniform(tf.zeros([tf.shape(x)[0], 1, 1, 1]), 1.).sample()
    between = share * x + (1. - share) * x_gen
    slopes, = tf.gradients(critic(between, width), between)
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), [1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norms - 1.))


def main(args):
    data = gan_training.load(args)
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="x")
    n = tf.placeholder(tf.int32, [], name="n")

    model = build_gen(n, args.z_dim, args.width)
    x_gen = model.observe()["x"].tensor
    mean_gen = tf.reduce_mean(critic(x_gen, args.width))
    distance = tf.reduce_mean(critic(x, args.width)) - mean_gen
    critic_cost = args.penalty * slope_penalty(x, x_gen, args.width) - distance

    def minimize(cost, scope):
        variables = tf.trainable_variables(scope)
        return tf.train.AdamOptimizer(args.learning_rate, 0.5, 0.9).minimize(
            cost, var_list=variables)

    # Pictures show the same noise after each epoch.
    with zs.seeded(args.seed):
        pictures = model.observe()["x"].tensor
    gan_training.train(args, data, gan_training.Graph(
        x, n, minimize(critic_cost, "critic"), minimize(-mean_gen, "generator"),
        critic_cost, -mean_gen, pictures))


if __name__ == "__main__":
    script.run(main, parse_options())
