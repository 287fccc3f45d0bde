"""Variational and importance weighted autoencoders by a published protocol, compiled.

Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2016): one or two
layers of latents, tanh networks, images binarized at each step, and log likelihoods by
5,000 importance samples. With several particles, the bound is importance weighted. XLA
compiles each epoch. The script requires TensorFlow 2.16 or later::

    python examples/variational_autoencoders/iwae_paper.py --preset paper
    python examples/variational_autoencoders/iwae_paper.py --preset paper --particles 5

`--validate` holds out 10,000 training images and tests on them.
"""

import os
import sys
import time

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, runs, script

# Dimension of each layer of latents, and hidden units between it and the layer below
LAYERS = {1: [(50, 200)], 2: [(100, 200), (50, 100)]}


def parse_options():
    parser = script.OptionParser(
        __doc__, "iwae_paper", epochs=20, batch_size=500, particles=1,
        learning_rate=0.012, dataset="mnist", data_dir="data", resume=False,
        eval_epochs=[], is_samples=500, validate=False, preset=None)
    parser.add_argument("--estimator", choices=["sgvb", "dreg"], default="sgvb",
                        help="gradient estimator for several particles")
    parser.add_argument("--layers", type=int, choices=[1, 2], default=1,
                        help="layers of latents")
    paper = {"epochs": 160, "is_samples": 5000}
    args = parser.parse(paper, batch_size=50, epochs=2, is_samples=100)
    if args.estimator == "dreg" and args.particles == 1:
        parser.error("--estimator dreg requires several --particles")
    return args


def network(input_shape, n_hidden, n_outputs):
    hidden = [tf.keras.layers.Dense(n_hidden, activation="tanh") for _ in range(2)]
    return tf.keras.Sequential([
        tf.keras.Input(input_shape), *hidden, tf.keras.layers.Dense(n_outputs)])


def add_normal(bn, name, net, inputs, n_samples=None):
    mean, logstd = tf.split(net(inputs), 2, axis=-1)
    return bn.normal(name, mean, logstd=logstd, group_ndims=1, n_samples=n_samples)


@zs.meta_bayesian_net(scope="gen")
def build_gen(decoders, z_dim, n, n_particles):
    bn = zs.BayesianNet()
    # The last layer is z ~ N(z|0, I), and each one is the input of the one below.
    z = bn.normal("z%d" % len(decoders), tf.zeros([n, z_dim]), std=1., group_ndims=1,
                  n_samples=n_particles)
    for i in range(len(decoders) - 1, 0, -1):
        z = add_normal(bn, "z%d" % i, decoders[i], z)
    # x ~ Bernoulli(x|sigmoid(f_NN(z)))
    bn.bernoulli("x", decoders[0](z), group_ndims=1)
    return bn


def build_q_net(encoders, x, n_particles):
    bn = zs.BayesianNet()
    z = add_normal(bn, "z1", encoders[0], x, n_particles)
    for i, encoder in enumerate(encoders[1:], 2):
        z = add_normal(bn, "z%d" % i, encoder, z)
    return bn


def main(args):
    # Data: training images, binarized at each step; binary test images
    run = runs.Run(args, fixed=["epochs"])  # which the learning rate depends on
    x_train, _, x_test, _ = images.load(args)
    x_mean = np.clip(x_train.mean(axis=0), 0.001, 0.999)
    n_batches = len(x_train) // args.batch_size

    # Model and objective
    tf.keras.utils.set_random_seed(args.seed)  # for the initial weights
    encoders, decoders, shape, n_outputs = [], [], x_mean.shape, len(x_mean)
    for z_dim, n_hidden in LAYERS[args.layers]:
        encoders.append(network(shape, n_hidden, 2 * z_dim))
        shape = [None, z_dim]  # particles precede latents
        decoders.append(network(shape, n_hidden, n_outputs))
        n_outputs = 2 * z_dim
    decoders[0].layers[-1].bias.assign(np.log(x_mean / (1 - x_mean)))
    weights = [w for net in encoders + decoders for w in net.trainable_weights]
    rate = tf.keras.optimizers.schedules.CosineDecay(  # after an epoch of warm-up
        0., args.epochs * n_batches, 0., "rate", args.learning_rate, n_batches)
    optimizer = tf.keras.optimizers.Muon(
        rate, weight_decay=None, adam_weight_decay=None, ns_steps=3)
    optimizer.build(weights)
    objective = (zs.variational.elbo if args.particles == 1
                 else zs.variational.importance_weighted_objective)

    def problem(x, n_particles):
        return (build_gen(decoders, z_dim, len(x), n_particles), {"x": x},
                build_q_net(encoders, tf.cast(x, tf.float32) - x_mean, n_particles))

    # All samples are a function of the seed and the step, or of the seed of a test.
    @tf.function(jit_compile=True)
    def train(batches):
        total = tf.zeros([])
        for x_input in batches:
            step = tf.cast(optimizer.iterations.value, tf.int64)
            with zs.seeded(tf.stack([tf.constant(args.seed, tf.int64), step])):
                uniform = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
                x = tf.cast(uniform < x_input, tf.int32)
                with tf.GradientTape() as tape:
                    model, observed, variational = problem(x, args.particles)
                    bounds = objective(model, observed, variational=variational, axis=0)
                    cost = tf.reduce_mean(getattr(bounds, args.estimator)())
            optimizer.apply_gradients(zip(tape.gradient(cost, weights), weights))
            total += tf.reduce_mean(bounds)
        return total / n_batches

    @tf.function(jit_compile=True)
    def test(x, seed):
        with zs.seeded(seed):
            model, observed, variational = problem(x, args.is_samples)
            return zs.is_loglikelihood(model, observed, proposal=variational, axis=0,
                                       n_chunks=args.is_samples // 50)

    for epoch in run.epochs(tf.train.Checkpoint(
            encoders=encoders, decoders=decoders, optimizer=optimizer)):
        start = time.process_time()
        for batches in run.minibatches(epoch, x_train, n_steps=n_batches):
            metrics = {"lower_bound": train(tf.constant(batches)),
                       "processor_seconds": time.process_time() - start}
        if epoch in args.eval_epochs or epoch == args.epochs:
            metrics["test_log_likelihood"] = np.mean([
                test(tf.constant(x_batch), tf.constant(seed, tf.int64))
                for x_batch, seed in run.test_batches(x_test, 100)])
        run.write(epoch, **metrics)
    run.plot("bounds", "nats per image", lower_bound="training bound",
             test_log_likelihood="test log likelihood")


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("iwae_paper.py requires TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py --objective iwae.".format(tf.__version__))
    script.run(main, parse_options())
