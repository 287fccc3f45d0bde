"""Train generative adversarial nets of images: turns of two players.

What scripts share that differ in their networks and their game only::

    args = gan_training.parse(gan_training.option_parser("My game.", "mine"))
    data = gan_training.load(args)
    ...
    gan_training.train(args, data, gan_training.Graph(...))
"""

import collections
import os
import time

import numpy as np

import zhusuan.tf1 as tf
from examples.utils import checkpoint, dataset, files, records, results, script
from examples.utils.images import save_image_collections
from examples.utils.optional import progress_bar


class Graph(collections.namedtuple("Graph", [
        "x", "n", "train_discriminator", "train_generator", "discriminator_cost",
        "generator_cost", "x_gen"])):
    """What a script has built.

    :param x: A placeholder for real images `[batch, 28, 28, 1]` in [-1, 1].
    :param n: A placeholder, how many images to generate.
    :param train_discriminator: The op of one step of that player.
    :param train_generator: The op of one step of the other.
    :param discriminator_cost: Its cost, 0-D.
    :param generator_cost: Its cost, 0-D.
    :param x_gen: Images `[n, 28, 28, 1]` in [-1, 1].
    """


def option_parser(description, name, **defaults):
    """The options of these scripts.

    :param name: The folder of the results, below the folder results.
    :param defaults: Defaults that differ from those below, by option.
    """
    parser = script.OptionParser(description)
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=10,
           help="passes through the images")
    option("--batch-size", type=script.positive_int, default=64,
           help="images per step")
    option("--z-dim", type=script.positive_int, default=40,
           help="dimension of the noise")
    option("--width", type=script.positive_int, default=32,
           help="channels next to the image; twice as many further away")
    option("--learning-rate", type=script.positive_float, default=0.0002,
           help="of Adam, for both players")
    option("--turns", type=script.positive_int, default=1,
           help="steps of the discriminator for each one of the generator")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--result-dir", default=os.path.join("results", name),
           help="for metrics, pictures and TensorBoard events")
    option("--smoke", action="store_true",
           help="use a few images and narrow networks, to see in seconds that all "
                "works; results go to the folder smoke in the result directory")
    parser.set_defaults(**defaults)
    return parser


def parse(parser):
    """The options that were given."""
    return results.parse(parser, epochs=2, width=4)


def load(args):
    """Images `[n, 28, 28, 1]` in [-1, 1], for whose results there is a place."""
    files.prepare_result_dir(args.result_dir)
    x = dataset.load_mnist(args.data_dir, args.dataset).x_train
    return 2. * x[:320 if args.smoke else None].reshape([-1, 28, 28, 1]) - 1.


def train(args, x_train, graph):
    """Play, and write metrics and pictures of the same noise after each epoch."""
    fields = ["discriminator_cost", "generator_cost"]
    iters = dataset.count_batches(len(x_train), args.batch_size)
    with tf.Session() as sess, records.MetricLog(args.result_dir, fields) as metrics:
        sess.run(tf.global_variables_initializer())
        for epoch in range(1, args.epochs + 1):
            time_epoch = -time.time()
            order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
            costs = []
            for t in progress_bar(range(iters), "Epoch {}".format(epoch), leave=False,
                                  disable=None, unit_scale=args.batch_size,
                                  unit=" images"):
                batch = order[t * args.batch_size:(t + 1) * args.batch_size]
                feed = {graph.x: x_train[batch], graph.n: args.batch_size}
                costs.append(sess.run([graph.train_discriminator,
                                       graph.discriminator_cost,
                                       graph.generator_cost], feed)[1:])
                if t % args.turns == 0:
                    sess.run(graph.train_generator, feed)
            costs = np.mean(costs, axis=0)
            time_epoch += time.time()
            print("Epoch {} ({:.1f}s): Costs of discriminator and generator = {:.4f}, "
                  "{:.4f}".format(epoch, time_epoch, *costs), flush=True)
            metrics.write(epoch, **dict(zip(fields, costs)))
            images = sess.run(graph.x_gen, {graph.n: 100})
            save_image_collections(0.5 * images + 0.5, os.path.join(
                args.result_dir, "samples.epoch.{}.png".format(epoch)))
    results.draw_by_epoch(args, "costs", "mean cost", metrics, {
        "discriminator_cost": "discriminator", "generator_cost": "generator"})
