"""The variational autoencoder of `vae.py` in TensorFlow-2 style.

The script uses layers and an optimizer of Keras 3, `tf.GradientTape`, and a
`tf.function` that XLA compiles with `--jit-compile`. It requires TensorFlow 2.16 or
later::

    python examples/variational_autoencoders/vae_eager.py --epochs 5

The results are those of `vae.py`.
"""

import os
import sys

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, runs, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae_eager", epochs=10, batch_size=128, particles=1,
        learning_rate=0.001, z_dim=40, dataset="mnist", data_dir="data", resume=False,
        save_every=10, eval_epochs=[], is_samples=1000, jit_compile=False)
    parser.add_argument("--objective", choices=["elbo", "iwae", "dreg"], default="elbo",
                        help="the lower bound and the estimator of its gradient")
    return parser.parse()


def network(input_shape, n_outputs):
    return tf.keras.Sequential([
        tf.keras.Input(input_shape), tf.keras.layers.Dense(500, activation="relu"),
        tf.keras.layers.Dense(500, activation="relu"),
        tf.keras.layers.Dense(n_outputs)])


@zs.meta_bayesian_net(scope="gen")
def build_gen(decoder, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # z ~ N(z|0, I)
    z_mean = tf.zeros([n, z_dim])
    z = bn.normal("z", z_mean, std=1., group_ndims=1, n_samples=n_particles)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    x_logits = decoder(z)
    bn.deterministic("x_mean", tf.sigmoid(x_logits))
    bn.bernoulli("x", x_logits, group_ndims=1)
    return bn


def build_q_net(encoder, x, n_particles):
    bn = zs.BayesianNet()
    z_mean, z_logstd = tf.split(encoder(tf.cast(x, tf.float32)), 2, axis=-1)
    bn.normal("z", z_mean, logstd=z_logstd, group_ndims=1, n_samples=n_particles)
    return bn


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args)
    x_train, _, x_test, _ = images.load(args)
    x_dim = x_train.shape[1]

    # Model and objective
    tf.keras.utils.set_random_seed(args.seed)  # for the initial weights
    decoder = network([None, args.z_dim], x_dim)  # particles precede latents
    encoder = network([x_dim], 2 * args.z_dim)
    weights = decoder.trainable_weights + encoder.trainable_weights
    optimizer = tf.keras.optimizers.Adam(args.learning_rate)
    optimizer.build(weights)
    step = tf.Variable(0, dtype=tf.int64)

    def lower_bounds(x):
        bound = (zs.variational.elbo if args.objective == "elbo"
                 else zs.variational.importance_weighted_objective)
        return bound(build_gen(decoder, args.z_dim, len(x), args.particles), {"x": x},
                     variational=build_q_net(encoder, x, args.particles), axis=0)

    # All samples are a function of the seed and the step, or of the seed of a test.
    @tf.function(jit_compile=args.jit_compile)
    def train(x_input):
        with zs.seeded(tf.stack([tf.constant(args.seed, tf.int64), step])):
            threshold = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
            x = tf.cast(threshold < x_input, tf.int32)
            with tf.GradientTape() as tape:
                bounds = lower_bounds(x)
                costs = bounds.dreg() if args.objective == "dreg" else bounds.sgvb()
                cost = tf.reduce_mean(costs)
        optimizer.apply_gradients(zip(tape.gradient(cost, weights), weights))
        step.assign_add(1)
        return tf.reduce_mean(bounds)

    @tf.function(jit_compile=args.jit_compile)
    def test(x, seed):
        with zs.seeded(seed):
            return lower_bounds(x).tensor, zs.is_loglikelihood(
                build_gen(decoder, args.z_dim, len(x), args.is_samples), {"x": x},
                proposal=build_q_net(encoder, x, args.is_samples), axis=0, n_chunks=100)

    for epoch in run.epochs(tf.train.Checkpoint(
            decoder=decoder, encoder=encoder, optimizer=optimizer, step=step)):
        lbs = [train(x_batch) for x_batch in run.minibatches(epoch, x_train)]
        metrics = {"lower_bound": np.mean(lbs)}
        if epoch in args.eval_epochs or epoch == args.epochs:  # test
            lbs, lls = zip(*(test(x_batch, tf.constant(seed, tf.int64))
                             for x_batch, seed in run.test_batches(x_test, 400)))
            metrics["test_lower_bound"] = np.mean(np.concatenate(lbs))
            metrics["test_log_likelihood"] = np.mean(np.concatenate(lls))
        run.write(epoch, **metrics)

        if epoch % args.save_every == 0:
            with zs.seeded(run.test_seed()):
                x_gen = build_gen(decoder, args.z_dim, 100, 1).observe()["x_mean"]
            images.save_grid(x_gen, run.path("samples.epoch.%d.png" % epoch))

    # Reconstruct test images, and walk from one test image to another in each row
    with zs.seeded(run.test_seed()):
        z = build_q_net(encoder, x_test[:50], 1)["z"].tensor
    means = tf.sigmoid(decoder(z))[0]
    images.save_grid(np.stack([x_test[:50], means], axis=1),
                     run.path("reconstructions.png"))
    points = images.walk(z[:, :20:2], z[:, 1:20:2], 8)
    means = [tf.sigmoid(decoder(point))[0] for point in points]
    images.save_grid(np.stack([x_test[:20:2], *means, x_test[1:20:2]], axis=1),
                     run.path("latent_walk.png"), (10, 10))
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_eager.py requires TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py, which is the same model.".format(tf.__version__))
    script.run(main, parse_options())
