"""A variational autoencoder of binarized images, step by step.

Kingma and Welling, "Auto-encoding variational Bayes" (2013), with the model of
`docs/tutorials/vae.md`. TensorFlow-1 style; `vae_eager.py` is the same in
TensorFlow-2 style::

    python examples/variational_autoencoders/vae.py --epochs 5

Each number is a function of the options, the seed and the data: training noise
depends on the seed and the step, test noise on the seed and the test batch.
"""

import os
import sys
import time

import numpy as np
from tqdm import tqdm

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import checkpoint, dataset, files, records, script
from examples.utils.images import save_image_collections

TEST_BATCH = 400
IS_SAMPLES = 1000  # of the importance sampler, per test image
IS_CHUNKS = 100  # decoded one after another, which bounds the memory
# Noise of tests and pictures is numbered from here, beyond any training step.
NOT_A_STEP = 2 ** 42


def parse_options():
    parser = script.OptionParser(__doc__.splitlines()[0])
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=100,
           help="train up to this epoch")
    option("--batch-size", type=script.positive_int, default=128,
           help="images per step")
    option("--z-dim", type=script.positive_int, default=40,
           help="dimension of the latent representation z")
    option("--particles", type=script.positive_int, default=1,
           help="samples of z per image and step")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--result-dir", default=os.path.join("results", "vae"),
           help="for metrics, pictures, TensorBoard events and the checkpoint")
    option("--resume", action="store_true",
           help="go on after the last complete epoch in the result directory")
    option("--save-every", type=script.positive_int, default=10,
           help="epochs between pictures of samples")
    option("--eval-epochs", type=script.positive_int, nargs="*", default=[],
           metavar="EPOCH", help="epochs to test after, beside the last")
    option("--smoke", action="store_true",
           help="use a few images only, to see in seconds that all works; results "
                "go to the folder smoke in the result directory")
    args = parser.parse_args()
    if args.smoke:
        args.result_dir = os.path.join(args.result_dir, "smoke")
    return args


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(x_dim, z_dim, n, n_particles=1):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    # x_logits = f_NN(z)
    h = tf.layers.dense(z, 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    x_logits = tf.layers.dense(h, x_dim)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    # x ~ Bernoulli(x|sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


@zs.reuse_variables(scope="q_net")
def build_q_net(x, z_dim, n_z_per_x):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.cast(x, tf.float32), 500, activation=tf.nn.relu)
    h = tf.layers.dense(h, 500, activation=tf.nn.relu)
    z_mean = tf.layers.dense(h, z_dim)
    z_logstd = tf.layers.dense(h, z_dim)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_z_per_x)
    return bn


def main(args):
    # Data: grey images, binarized anew at each step; for tests once.
    files.prepare_result_dir(args.result_dir)
    if not args.resume:
        checkpoint.refuse_to_overwrite(args.result_dir)
    data = dataset.load_mnist(args.data_dir, args.dataset)
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    x_train = data.x_train[:n_train]
    x_test = dataset.binarize(data.x_test[:n_test], args.seed)
    x_dim = x_train.shape[1]
    iters = dataset.count_batches(len(x_train), args.batch_size)

    # Build the model. All noise below is a function of `noise`.
    tf.set_random_seed(args.seed)  # of the initial weights
    step = tf.train.get_or_create_global_step()
    noise = tf.placeholder_with_default(
        tf.stack([tf.constant(args.seed, tf.int64), step]), shape=[2])
    n_particles = tf.placeholder(tf.int32, shape=[], name="n_particles")
    n = tf.placeholder(tf.int32, shape=[], name="n")
    x_input = tf.placeholder(tf.float32, shape=[None, x_dim], name="x")
    with zs.seeded(noise):
        threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x = tf.cast(tf.less(threshold, x_input), tf.int32)

        model = build_gen(x_dim, args.z_dim, n, n_particles)
        variational = build_q_net(x, args.z_dim, n_particles)
        lower_bounds = zs.variational.elbo(
            model, {"x": x}, variational=variational, axis=0)
        cost = tf.reduce_mean(lower_bounds.sgvb())
        lower_bound = tf.reduce_mean(lower_bounds)
        optimizer = tf.train.AdamOptimizer(args.learning_rate)
        infer_op = optimizer.minimize(cost, global_step=step)

        # Importance sampling estimates of log p(x)
        log_likelihoods = zs.is_loglikelihood(
            model, {"x": x}, proposal=variational, axis=0,
            n_chunks=IS_CHUNKS)

        # Mean images of random z, and of z inferred from x
        x_gen = tf.reshape(model.observe()["x_mean"], [-1, 28, 28, 1])
        x_rec = tf.reshape(model.observe(z=variational["z"])["x_mean"],
                           [-1, 28, 28, 1])

    def test(sess, values, particles):
        """The mean over the test images of a Tensor of shape [n]."""
        results = []
        for i in tqdm(range(0, len(x_test), TEST_BATCH), "Test", leave=False,
                      disable=None):
            x_batch = x_test[i:i + TEST_BATCH]
            results.append(sess.run(values, feed_dict={
                x: x_batch, n: len(x_batch), n_particles: particles,
                noise: [args.seed, NOT_A_STEP + i]}))
        return np.mean(np.concatenate(results))

    def save_samples(sess, epoch):
        images = sess.run(x_gen, feed_dict={
            n: 100, n_particles: 1, noise: [args.seed, NOT_A_STEP]})
        save_image_collections(images, os.path.join(
            args.result_dir, "samples.epoch.{}.png".format(epoch)))

    def save_reconstructions(sess):
        x_batch = x_test[:50]
        images = sess.run(x_rec, feed_dict={
            x: x_batch, n: len(x_batch), n_particles: 1,
            noise: [args.seed, NOT_A_STEP]})
        pairs = np.stack([x_batch.reshape(images.shape), images], axis=1)
        save_image_collections(pairs.reshape((-1,) + images.shape[1:]), os.path.join(
            args.result_dir, "reconstructions.png"))

    # Run the inference
    settings = {name: getattr(args, name) for name in (
        "dataset", "z_dim", "particles", "batch_size", "learning_rate", "seed",
        "smoke")}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        done = checkpoint.restore(sess, args.result_dir, settings)
        last = done.epoch if done else 0
        if last >= args.epochs:
            print("Epoch {} is done already; choose more --epochs to go on.".format(
                last))
        metrics = records.MetricLog(
            args.result_dir,
            ["lower_bound", "test_lower_bound", "test_log_likelihood"],
            resume_after=last or None)

        for epoch in range(last + 1, args.epochs + 1):
            time_epoch = -time.time()
            order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
            lbs = []
            bar = tqdm(range(iters), "Epoch {}".format(epoch), leave=False,
                       disable=None, unit_scale=args.batch_size, unit=" images")
            for t in bar:
                batch = order[t * args.batch_size:(t + 1) * args.batch_size]
                _, lb = sess.run([infer_op, lower_bound], feed_dict={
                    x_input: x_train[batch], n: args.batch_size,
                    n_particles: args.particles})
                lbs.append(lb)
                bar.set_postfix(lower_bound=lb, refresh=False)
            time_epoch += time.time()
            values = {"lower_bound": np.mean(lbs)}
            print("Epoch {} ({:.1f}s, {:.0f} images/s): Lower bound = {:.4f}".format(
                epoch, time_epoch, iters * args.batch_size / time_epoch,
                values["lower_bound"]), flush=True)
            if not np.isfinite(values["lower_bound"]):
                sys.exit("Training diverged in epoch {}, of which nothing was kept; "
                         "expected a finite lower bound. Choose a --learning-rate "
                         "below {}.".format(epoch, args.learning_rate))

            if epoch in args.eval_epochs or epoch == args.epochs:
                time_test = -time.time()
                values["test_lower_bound"] = test(sess, lower_bounds, 1)
                values["test_log_likelihood"] = test(
                    sess, log_likelihoods, IS_SAMPLES)
                time_test += time.time()
                print("Test ({:.1f}s): Lower bound = {:.4f}, "
                      "log likelihood (IS) = {:.4f}".format(
                          time_test, values["test_lower_bound"],
                          values["test_log_likelihood"]), flush=True)
            if epoch % args.save_every == 0:
                save_samples(sess, epoch)
            metrics.write(epoch, **values)
            checkpoint.save(sess, args.result_dir, epoch, settings)

        metrics.close()
        save_reconstructions(sess)


if __name__ == "__main__":
    script.run(main, parse_options())
