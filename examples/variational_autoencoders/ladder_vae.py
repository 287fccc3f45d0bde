"""A ladder variational autoencoder: several layers of latents, inferred from the top.

Sonderby et al., "Ladder variational autoencoders" (2016), without batch normalization.
The posterior of each layer is the product of a normal density from the image and the
conditional prior of the model, given the layer above. During warm-up, the weight of the
KL divergence increases to 1. XLA compiles each epoch. This requires TensorFlow 2.16::

    python examples/variational_autoencoders/ladder_vae.py --epochs 40
    python examples/variational_autoencoders/ladder_vae.py --layer-dims 64 32 16 8 4
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
        __doc__, "ladder_vae", epochs=40, batch_size=500, particles=1,
        learning_rate=0.012, hidden=200, dataset="mnist", data_dir="data", resume=False,
        eval_epochs=[], is_samples=500, validate=False)
    parser.add_argument("--layer-dims", type=script.positive_int, nargs="+",
                        default=[64, 32], metavar="DIM",
                        help="latents in each layer, from the one next to x up")
    parser.add_argument("--warmup-epochs", type=script.positive_int, default=10,
                        help="first epochs, with a smaller weight of the KL divergence")
    return parser.parse(batch_size=50, epochs=2, is_samples=100)


def network(input_shape, n_hidden, n_outputs):
    hidden = [tf.keras.layers.Dense(n_hidden, "leaky_relu") for _ in range(2)]
    return tf.keras.Sequential([
        tf.keras.Input(input_shape), *hidden, tf.keras.layers.Dense(n_outputs)])


def multiply_normals(mean_a, logstd_a, mean_b, logstd_b):
    """The normal density proportional to the product of two, whose precisions add."""
    log_ratio = 2. * (logstd_b - logstd_a)  # of the precision of a to that of b
    return (mean_b + tf.sigmoid(log_ratio) * (mean_a - mean_b),
            logstd_a + 0.5 * tf.math.log_sigmoid(log_ratio))


@zs.meta_bayesian_net(scope="gen")
def build_gen(decoders, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # The last layer is z ~ N(z|0, I), and each one is the input of the one below.
    z = bn.normal("z%d" % len(decoders), tf.zeros([n, z_dim]), std=1., group_ndims=1,
                  n_samples=n_particles)
    for i in range(len(decoders) - 1, 0, -1):
        mean, logstd = tf.split(decoders[i](z), 2, axis=-1)
        z = bn.normal("z%d" % i, mean, logstd=logstd, group_ndims=1)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    bn.bernoulli("x", decoders[0](z), group_ndims=1)
    return bn


def build_q_net(encoders, decoders, x, n_particles):
    bn, h, from_image = zs.BayesianNet(), x, []
    for encoder, decoder in zip(encoders, decoders):  # up
        sizes = [-1] + 2 * [decoder.input_shape[-1]]
        h, mean, logstd = tf.split(encoder(h), sizes, axis=-1)
        from_image.append((mean, logstd))
    z = bn.normal("z%d" % len(encoders), mean, logstd=logstd, group_ndims=1,
                  n_samples=n_particles)
    for i in range(len(encoders) - 1, 0, -1):  # down
        mean, logstd = multiply_normals(
            *from_image[i - 1], *tf.split(decoders[i](z), 2, axis=-1))
        z = bn.normal("z%d" % i, mean, logstd=logstd, group_ndims=1)
    return bn


def main(args):
    # Data: training images, binarized at each step; binary test images
    run = runs.Run(args, fixed=["epochs"])  # which the learning rate depends on
    x_train, _, x_test, _ = images.load(args)
    x_mean = np.clip(x_train.mean(axis=0), 0.001, 0.999)
    n_batches = len(x_train) // args.batch_size

    # Model and objective
    tf.keras.utils.set_random_seed(args.seed)  # for the initial weights
    encoders, decoders, n_inputs, n_outputs = [], [], len(x_mean), len(x_mean)
    for z_dim in args.layer_dims:
        encoders.append(network([n_inputs], args.hidden, args.hidden + 2 * z_dim))
        decoders.append(network([None, z_dim], args.hidden, n_outputs))
        n_inputs, n_outputs = args.hidden, 2 * z_dim
    decoders[0].layers[-1].bias.assign(np.log(x_mean / (1 - x_mean)))
    weights = [w for net in encoders + decoders for w in net.trainable_weights]
    rate = tf.keras.optimizers.schedules.CosineDecay(  # after an epoch of warm-up
        0., args.epochs * n_batches, 0., "rate", args.learning_rate, n_batches)
    optimizer = tf.keras.optimizers.Muon(
        rate, weight_decay=None, adam_weight_decay=None, ns_steps=3)
    optimizer.build(weights)

    def problem(x, n_particles):
        return (build_gen(decoders, args.layer_dims[-1], len(x), n_particles), {"x": x},
                build_q_net(encoders, decoders, tf.cast(x, tf.float32) - x_mean,
                            n_particles))

    # All samples are a function of the seed and the step, or of the seed of a test.
    @tf.function(jit_compile=True)
    def train(batches, weight):
        total = tf.zeros([])
        for x_input in batches:
            step = tf.cast(optimizer.iterations.value, tf.int64)
            with zs.seeded(tf.stack([tf.constant(args.seed, tf.int64), step])):
                uniform = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
                x = tf.cast(uniform < x_input, tf.int32)
                with tf.GradientTape() as tape:
                    model, observed, q = problem(x, args.particles)
                    bound = tf.reduce_mean(zs.variational.elbo(
                        model, observed, variational=q, axis=0))
                    # The bound is the mean log p(x|z) minus the KL divergence.
                    log_p_x = model.observe(z1=q["z1"], **observed).cond_log_prob("x")
                    cost = -weight * bound - (1. - weight) * tf.reduce_mean(log_p_x)
            optimizer.apply_gradients(zip(tape.gradient(cost, weights), weights))
            total += bound / n_batches
        return total

    @tf.function(jit_compile=True)
    def test(x, seed):
        with zs.seeded(seed):
            model, observed, q = problem(x, args.is_samples)
            return zs.is_loglikelihood(
                model, observed, proposal=q, axis=0, n_chunks=args.is_samples // 50)

    for epoch in run.epochs(tf.train.Checkpoint(
            nets=encoders + decoders, optimizer=optimizer)):
        weight = tf.constant(min(1., epoch / args.warmup_epochs))
        for batches in run.minibatches(epoch, x_train, n_steps=n_batches):
            metrics = {"lower_bound": train(tf.constant(batches), weight)}
        if epoch in args.eval_epochs or epoch == args.epochs:
            metrics["test_log_likelihood"] = np.mean([
                test(tf.constant(x_batch), tf.constant(seed, tf.int64))
                for x_batch, seed in run.test_batches(x_test, 100)])
        run.write(epoch, **metrics)
    run.plot("bounds", "nats per image")


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("ladder_vae.py requires TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py, which has one layer of latents.".format(tf.__version__))
    script.run(main, parse_options())
