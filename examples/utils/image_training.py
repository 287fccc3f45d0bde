"""Train a model of binarized images by a lower bound, epoch by epoch.

What scripts share that differ in their model and their objective only. A script
parses its options, loads the data, builds its graph and hands it over::

    args = image_training.parse(image_training.option_parser("My model.", "mine"))
    data = image_training.load(args)
    inputs = image_training.Inputs(args.seed, data.x_train.shape[1])
    with zs.seeded(inputs.noise):
        x = inputs.binarize()
        ...
    image_training.train(args, data, image_training.Graph(...))

Results depend only on the options, the seed and the data. Training noise is a function
of the seed and the step, test noise of the seed and the test batch.
"""

import argparse
import collections
import os
import sys
import time

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf
from examples.utils import checkpoint, dataset, files, records, results, script
from examples.utils.images import save_image_collections
from examples.utils.optional import progress_bar

IS_CHUNKS = 100  # of importance samples, one after another: bounds the memory
WALK_STEPS = 8
# Noise of tests and pictures is numbered from here, beyond any training step.
NOT_A_STEP = 2 ** 42
# Options that may change from one part of a run to the next.
NOT_SETTINGS = ("epochs", "data_dir", "result_dir", "resume", "save_every",
                "eval_epochs", "is_samples")
# What the picture of the bounds calls them.
LABELS = {"lower_bound": "training bound", "test_lower_bound": "test bound",
          "test_log_likelihood": "test log likelihood"}

#: Images `[n, x_dim]`: x_train in [0, 1], x_test 0 or 1; their labels `[n]`.
Images = collections.namedtuple("Images", "x_train t_train x_test t_test")


class Graph(collections.namedtuple("Graph", [
        "inputs", "infer_op", "mean_bound", "lower_bounds", "log_likelihoods", "x_gen",
        "x_rec", "z", "classes"], defaults=(None, None))):
    """What a script has built.

    :param inputs: The :class:`Inputs`.
    :param infer_op: The op that makes one training step.
    :param mean_bound: The mean of the bounds of the images, 0-D.
    :param lower_bounds: The bound for each image, `[n]`.
    :param log_likelihoods: Estimates of log p(x), `[n]`, or None.
    :param x_gen: Mean images `[n_particles, n, x_dim]` of random latents, or
        `[n, x_dim]`.
    :param x_rec: Mean images of the same shape of latents inferred from x.
    :param z: The Tensor of those latents, `[n_particles, n, z_dim]`, where the prior
        is N(0, I), for a picture of walks between them; or None.
    :param classes: The most probable label of each image, `[n]`, or None.
    """


def option_parser(description, name, has_log_likelihood=True, **defaults):
    """The options of all these scripts.

    :param name: The folder of the results, below the folder results.
    :param has_log_likelihood: Whether the test has one.
    :param defaults: Defaults that differ from those below, by option.
    """
    parser = script.OptionParser(description)
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=100,
           help="train up to this epoch")
    option("--batch-size", type=script.positive_int, default=128,
           help="images per step")
    option("--particles", type=script.positive_int, default=1,
           help="samples of the latents per image and step")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--result-dir", default=os.path.join("results", name),
           help="for metrics, pictures, TensorBoard events and the checkpoint")
    option("--resume", action="store_true",
           help="go on after the last complete epoch in the result directory")
    option("--save-every", type=script.positive_int, default=10,
           help="epochs between pictures of samples")
    option("--eval-epochs", type=script.positive_int, nargs="*", default=[],
           metavar="EPOCH", help="epochs to test after, beside the last")
    if has_log_likelihood:
        option("--is-samples", type=_in_chunks, default=1000,
               help="importance samples per test image, a multiple of {}, for the log "
                    "likelihood".format(IS_CHUNKS))
    option("--smoke", action="store_true",
           help="use a few images only, to see in seconds that all works; results "
                "go to the folder smoke in the result directory")
    parser.set_defaults(**defaults)
    return parser


def _in_chunks(text):
    value = script.positive_int(text)
    if value % IS_CHUNKS:
        raise argparse.ArgumentTypeError(
            "{} was given, expected a multiple of {}".format(text, IS_CHUNKS))
    return value


def parse(parser):
    """The options that were given."""
    return results.parse(parser)


def load(args):
    """The :class:`Images` of a run, for whose results there is a place.

    Training images are grey, to be binarized anew at each step; those of the test
    are binarized once.
    """
    files.prepare_result_dir(args.result_dir)
    if not args.resume:
        checkpoint.refuse_to_overwrite(args.result_dir)
    data = dataset.load_mnist(args.data_dir, args.dataset)
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    return Images(data.x_train[:n_train], data.t_train[:n_train],
                  dataset.binarize(data.x_test[:n_test], args.seed),
                  data.t_test[:n_test])


def binarize(grey):
    """Images drawn from grey ones, int32 of the same shape."""
    threshold = zs.distributions.Uniform(tf.zeros_like(grey), 1.).sample()
    return tf.cast(tf.less(threshold, grey), tf.int32)


class Inputs:
    """Placeholders for a batch of images.

    `n` is the number of images, `n_particles` that of the samples of latents for each,
    `grey` the images in [0, 1], `noise` what all random numbers are a function of: the
    seed and the step, unless it is fed.
    """

    def __init__(self, seed, x_dim):
        step = tf.train.get_or_create_global_step()
        self.noise = tf.placeholder_with_default(
            tf.stack([tf.constant(seed, tf.int64), step]), shape=[2])
        self.n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
        self.n = tf.placeholder(tf.int32, shape=[], name="n")
        self.grey = tf.placeholder(tf.float32, shape=[None, x_dim], name="x")
        self.x = None

    def binarize(self):
        """Images `x` drawn from the grey ones, which tests feed in their place."""
        self.x = binarize(self.grey)
        return self.x

    def feed(self, x, n_particles, noise):
        """What to feed for binarized images."""
        return {self.x: x, self.n: len(x), self.n_particles: n_particles,
                self.noise: noise}


def train(args, data, graph, test_particles=1, test_batch=400):
    """Train, test, and write metrics, pictures and checkpoints.

    :param test_particles: Samples of the latents for the bound of the test.
    :param test_batch: Images that are tested at a time.
    """
    settings = {name: value for name, value in vars(args).items()
                if name not in NOT_SETTINGS}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        done = checkpoint.restore(sess, args.result_dir, settings)
        last = done.epoch if done else 0
        if last >= args.epochs:
            print("Epoch {} is done already; choose more --epochs to go on.".format(
                last))
        with records.MetricLog(args.result_dir, _metrics(graph),
                               resume_after=last or None) as metrics:
            for epoch in range(last + 1, args.epochs + 1):
                values = _train_epoch(sess, args, data.x_train, graph, epoch)
                if epoch in args.eval_epochs or epoch == args.epochs:
                    values.update(_test_epoch(
                        sess, args, data, graph, test_particles, test_batch))
                if epoch % args.save_every == 0:
                    _save_samples(sess, args, graph, epoch)
                metrics.write(epoch, **values)
                checkpoint.save(sess, args.result_dir, epoch, settings)
        _save_reconstructions(sess, args, graph, data.x_test[:50])
        if graph.z is not None:
            _save_walks(sess, args, graph, data.x_test[:20])
    results.draw_by_epoch(args, "bounds", "nats per image", metrics, {
        name: LABELS[name] for name in _metrics(graph) if name in LABELS})


def _metrics(graph):
    """Names of what is measured."""
    return (["lower_bound", "test_lower_bound"]
            + ["test_log_likelihood"] * (graph.log_likelihoods is not None)
            + ["test_error"] * (graph.classes is not None))


def _train_epoch(sess, args, x_train, graph, epoch):
    iters = dataset.count_batches(len(x_train), args.batch_size)
    inputs = graph.inputs
    time_epoch = -time.time()
    order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
    lbs = []
    bar = progress_bar(range(iters), "Epoch {}".format(epoch), leave=False,
                       disable=None, unit_scale=args.batch_size, unit=" images")
    for t in bar:
        batch = order[t * args.batch_size:(t + 1) * args.batch_size]
        _, lb = sess.run([graph.infer_op, graph.mean_bound], feed_dict={
            inputs.grey: x_train[batch], inputs.n: args.batch_size,
            inputs.n_particles: args.particles})
        lbs.append(lb)
        bar.set_postfix(lower_bound=lb, refresh=False)
    time_epoch += time.time()
    mean = np.mean(lbs)
    print("Epoch {} ({:.1f}s, {:.0f} images/s): Lower bound = {:.4f}".format(
        epoch, time_epoch, iters * args.batch_size / time_epoch, mean), flush=True)
    if not np.isfinite(mean):
        sys.exit("Training diverged in epoch {}, of which nothing was kept; "
                 "expected a finite lower bound. Choose a --learning-rate "
                 "below {}.".format(epoch, args.learning_rate))
    return {"lower_bound": mean}


def _test_epoch(sess, args, data, graph, test_particles, test_batch):
    def run(values, n_particles):
        """For each test image, of a Tensor of shape [n]."""
        results = []
        for i in progress_bar(range(0, len(data.x_test), test_batch), "Test",
                              leave=False, disable=None):
            results.append(sess.run(values, feed_dict=graph.inputs.feed(
                data.x_test[i:i + test_batch], n_particles,
                [args.seed, NOT_A_STEP + i])))
        return np.concatenate(results)

    time_test = -time.time()
    values = {"test_lower_bound": np.mean(run(graph.lower_bounds, test_particles))}
    text = "Lower bound = {:.4f}".format(values["test_lower_bound"])
    if graph.log_likelihoods is not None:
        log_likelihood = np.mean(run(graph.log_likelihoods, args.is_samples))
        values["test_log_likelihood"] = log_likelihood
        text += ", log likelihood (IS) = {:.4f}".format(log_likelihood)
    if graph.classes is not None:
        error = np.mean(run(graph.classes, 1) != data.t_test)
        values["test_error"] = error
        text += ", error = {:.2f} %".format(100 * error)
    print("Test ({:.1f}s): {}".format(time_test + time.time(), text), flush=True)
    return values


def _save_samples(sess, args, graph, epoch):
    inputs = graph.inputs
    images = sess.run(graph.x_gen, feed_dict={
        inputs.n: 100, inputs.n_particles: 1, inputs.noise: [args.seed, NOT_A_STEP]})
    save_image_collections(images.reshape([-1, 28, 28]), os.path.join(
        args.result_dir, "samples.epoch.{}.png".format(epoch)))


def _save_reconstructions(sess, args, graph, x_batch):
    images = sess.run(graph.x_rec, feed_dict=graph.inputs.feed(
        x_batch, 1, [args.seed, NOT_A_STEP]))
    pairs = np.stack([x_batch.reshape([-1, 28, 28]),
                      images.reshape([-1, 28, 28])], axis=1)
    save_image_collections(pairs.reshape([-1, 28, 28]), os.path.join(
        args.result_dir, "reconstructions.png"))


def _save_walks(sess, args, graph, x_batch):
    """A row for each two images: one, the walk between their latents, the other."""
    n = len(x_batch) // 2
    begin, end = x_batch[:2 * n:2], x_batch[1:2 * n:2]
    z_begin, z_end = (sess.run(graph.z, feed_dict=graph.inputs.feed(
        x, 1, [args.seed, NOT_A_STEP])) for x in (begin, end))
    means = [sess.run(graph.x_rec, feed_dict={
        graph.z: z, graph.inputs.n: n, graph.inputs.n_particles: 1})
        for z in walk(z_begin, z_end, WALK_STEPS)]
    rows = np.stack([x.reshape([n, 28, 28]) for x in [begin] + means + [end]], axis=1)
    save_image_collections(rows.reshape([-1, 28, 28]), os.path.join(
        args.result_dir, "latent_walk.png"), rows.shape[:2])


def walk(begin, end, n):
    """Points on an arc between two arrays, the first and the last of them included.

    If the ends are independent draws of N(0, I), so is each point: a straight line
    would lead through places that the prior all but excludes.

    :param n: int, how many.
    :return: A list of arrays.
    """
    return [np.cos(angle) * begin + np.sin(angle) * end
            for angle in np.linspace(0., np.pi / 2, n)]
