"""The variational autoencoder of `vae.py` in TensorFlow-2 style.

The script uses layers and an optimizer of Keras 3, `tf.GradientTape`, and a
`tf.function` that XLA compiles with `--jit-compile`. It requires TensorFlow 2.16 or
later::

    python examples/variational_autoencoders/vae_eager.py --epochs 5
"""

import os
import sys
import time

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import checkpoint, dataset, script
from examples.utils.optional import progress_bar

TEST_BATCH = 400
IS_SAMPLES = 1000
IS_CHUNKS = 100
NOT_A_STEP = 2 ** 42  # noise of tests is numbered from here


def parse_options():
    parser = script.OptionParser(__doc__.splitlines()[0])
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=10, help="train so many")
    option("--batch-size", type=script.positive_int, default=128,
           help="images per step")
    option("--z-dim", type=script.positive_int, default=40,
           help="dimension of the latent representation z")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--jit-compile", action="store_true", help="compile with XLA")
    option("--smoke", action="store_true",
           help="use a few images only, to see in seconds that all works")
    return parser.parse_args()


def network(n_outputs):
    return tf.keras.Sequential([tf.keras.layers.Dense(500, activation="relu"),
                                tf.keras.layers.Dense(500, activation="relu"),
                                tf.keras.layers.Dense(n_outputs)])


def main(args):
    data = dataset.load_mnist(args.data_dir, args.dataset)
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    x_train = data.x_train[:n_train]
    x_test = dataset.binarize(data.x_test[:n_test], args.seed)
    iters = dataset.count_batches(len(x_train), args.batch_size)
    tf.keras.utils.set_random_seed(args.seed)
    decoder, encoder = network(x_train.shape[1]), network(2 * args.z_dim)
    optimizer = tf.keras.optimizers.Adam(args.learning_rate)

    @zs.meta_bayesian_net(scope="gen")
    def build_gen(n, n_particles):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([n, args.z_dim]), std=1., group_ndims=1,
                      n_samples=n_particles)
        bn.bernoulli("x", decoder(z), group_ndims=1)
        return bn

    def build_q_net(x, n_particles):
        bn = zs.BayesianNet()
        z_mean, z_logstd = tf.split(encoder(tf.cast(x, tf.float32)), 2, axis=-1)
        bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1,
                  n_samples=n_particles)
        return bn

    def lower_bounds(x):
        return zs.variational.elbo(
            build_gen(len(x), 1), {"x": x}, variational=build_q_net(x, 1), axis=0)

    @tf.function(jit_compile=args.jit_compile)
    def train(x_input, noise):
        with zs.seeded(noise), tf.GradientTape() as tape:
            threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
            bounds = lower_bounds(tf.cast(threshold < x_input, tf.int32))
            cost = tf.reduce_mean(bounds.sgvb())
        weights = decoder.trainable_weights + encoder.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(cost, weights), weights))
        return tf.reduce_mean(bounds)

    @tf.function(jit_compile=args.jit_compile)
    def test(x, noise):
        with zs.seeded(noise):
            return lower_bounds(x).tensor, zs.is_loglikelihood(
                build_gen(len(x), IS_SAMPLES), {"x": x},
                proposal=build_q_net(x, IS_SAMPLES), axis=0, n_chunks=IS_CHUNKS)

    for epoch in range(1, args.epochs + 1):
        time_epoch = -time.time()
        order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
        lbs = []
        for t in progress_bar(range(iters), "Epoch {}".format(epoch), leave=False,
                              disable=None, unit_scale=args.batch_size, unit=" images"):
            batch = order[t * args.batch_size:(t + 1) * args.batch_size]
            step = tf.constant([args.seed, (epoch - 1) * iters + t], tf.int64)
            lbs.append(train(tf.constant(x_train[batch]), step))
        time_epoch += time.time()
        print("Epoch {} ({:.1f}s, {:.0f} images/s): Lower bound = {:.4f}".format(
            epoch, time_epoch, iters * args.batch_size / time_epoch, np.mean(lbs)),
            flush=True)

    results = [test(tf.constant(x_test[start:start + TEST_BATCH]),
                    tf.constant([args.seed, NOT_A_STEP + start], tf.int64))
               for start in range(0, len(x_test), TEST_BATCH)]
    bound, log_likelihood = (np.mean(np.concatenate(r)) for r in zip(*results))
    print("Test: Lower bound = {:.4f}, log likelihood (IS) = {:.4f}".format(
        bound, log_likelihood))


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_eager.py needs TensorFlow 2.16 or later, but this is {}. "
                 "Use vae.py, which is the same model for TensorFlow 1.15 "
                 "too.".format(tf.__version__))
    script.run(main, parse_options())
