"""A semi-supervised VAE of the latents of a VAE: 100 labels, 60,000 images.

Model M1+M2 of Kingma, Rezende, Mohamed and Welling, "Semi-supervised learning with deep
generative models" (2014). M1 is a VAE of the images, trained without labels. M2 is a
VAE of the latents z1 of M1, with a class y and a style z2. The first half of the epochs
trains M1, the second half M2, compiled by XLA. This requires TensorFlow 2.16 or later::

    python examples/semi_supervised_vae/m1_m2.py --preset paper --label-seed 1
"""

import os
import sys

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, images, runs, script


def parse_options():
    return script.OptionParser(
        __doc__, "m1_m2", epochs=12, batch_size=500, learning_rate=0.012, z_dim=50,
        hidden=300, labels=100, labelled_weight=0.1, classifier_weight=5.,
        label_seed=None, dataset="mnist", data_dir="data", resume=False,
        eval_epochs=[], validate=False, preset=None
    ).parse({"epochs": 24}, batch_size=50, epochs=4, labels=20)


def network(n_inputs, n_hidden, n_outputs):
    layers = [tf.keras.layers.Dense(n, "softplus") for n in n_hidden]
    return tf.keras.Sequential(
        [tf.keras.Input([n_inputs]), *layers, tf.keras.layers.Dense(n_outputs)])


def add_normal(bn, name, net, *inputs):
    mean, logstd = tf.split(net(tf.concat(inputs, axis=-1)), 2, axis=-1)
    # Bounded, because random networks may have outputs far from zero
    return bn.normal(name, mean, logstd=3. * tf.tanh(logstd / 3.), group_ndims=1)


@zs.meta_bayesian_net(scope="m1")
def build_m1(decoder, n, z_dim):
    bn = zs.BayesianNet()
    # z1 ~ N(z1|0, I), x ~ Bernoulli(x|sigmoid(f_NN(z1)))
    z1 = bn.normal("z1", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    bn.bernoulli("x", decoder(z1), group_ndims=1)
    return bn


@zs.meta_bayesian_net(scope="m2")
def build_m2(decoder, n, z_dim):
    bn = zs.BayesianNet()
    # y ~ Categorical(y|1/10), z2 ~ N(z2|0, I), z1 ~ N(z1|f_NN(y, z2))
    y = bn.onehot_categorical("y", tf.zeros([n, 10]), dtype=tf.float32)
    z2 = bn.normal("z2", tf.zeros([n, z_dim]), std=1., group_ndims=1)
    add_normal(bn, "z1", decoder, z2.tensor, y.tensor)
    return bn


def make_training(cost, nets, first_step, n_steps, args):
    weights = [w for net in nets for w in net.trainable_weights]
    rate = tf.keras.optimizers.schedules.CosineDecay(  # after warm-up
        0., n_steps, 0., "rate", args.learning_rate, n_steps // 20)
    optimizer = tf.keras.optimizers.Muon(
        rate, weight_decay=None, adam_weight_decay=None, ns_steps=3)
    optimizer.build(weights)
    @tf.function(jit_compile=True)
    def train(batches):
        total = tf.zeros([])
        for x_input in batches:
            step = first_step + optimizer.iterations.value
            with zs.seeded(tf.stack([args.seed, step])), tf.GradientTape() as tape:
                mean_cost = cost(x_input)
            optimizer.apply_gradients(zip(tape.gradient(mean_cost, weights), weights))
            total += mean_cost
        return total / batches.shape[0]
    return optimizer, train


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    run = runs.Run(args, fixed=["epochs"])  # which the learning rates depend on
    x_train, t_train, x_test, t_test = images.load(args)
    chosen = dataset.choose_labelled(t_train, args.labels, args.label_seed or args.seed)
    x_labelled, y_labelled = x_train[chosen], tf.one_hot(t_train[chosen], 10)
    n_batches, m1_epochs = len(x_train) // args.batch_size, args.epochs // 2

    # Models and objectives
    tf.keras.utils.set_random_seed(args.seed)  # for the initial weights
    z_dim, two, one = args.z_dim, [args.hidden] * 2, [args.hidden]
    q_z1, decoder_1 = network(784, two, 2 * z_dim), network(z_dim, two, 784)
    q_z2, decoder_2 = [network(z_dim + 10, one, 2 * z_dim) for _ in range(2)]
    q_y = network(z_dim, one, 10)

    def infer_z1(x_input):
        uniform = zs.distributions.Uniform(tf.zeros_like(x_input), 1.).sample()
        x, bn = tf.cast(uniform < x_input, tf.float32), zs.BayesianNet()
        add_normal(bn, "z1", q_z1, x)
        return x, bn

    def cost_m1(x_input):
        x, variational = infer_z1(x_input)
        return -tf.reduce_mean(zs.variational.elbo(
            build_m1(decoder_1, len(x), z_dim), {"x": tf.cast(x, tf.int32)},
            variational=variational))

    def bound_m2(z1, y):
        variational = zs.BayesianNet()
        add_normal(variational, "z2", q_z2, z1, y)
        return zs.variational.elbo(build_m2(decoder_2, len(y), z_dim),
                                   {"z1": z1, "y": y}, variational=variational)

    def cost_m2(x_input):
        z1, labelled = [infer_z1(x)[1]["z1"].tensor for x in (x_input, x_labelled)]
        # A bound on log p(z1): the mean over q(y|z1), plus the entropy of q(y|z1)
        log_q, n = tf.nn.log_softmax(q_y(z1)), len(z1)
        bounds = bound_m2(tf.repeat(z1, 10, axis=0), tf.tile(tf.eye(10), [n, 1]))
        bounds = tf.reduce_sum(
            tf.exp(log_q) * (tf.reshape(bounds, [n, 10]) - log_q), axis=1)
        log_q_labels = tf.reduce_sum(y_labelled * tf.nn.log_softmax(q_y(labelled)), -1)
        return -(tf.reduce_mean(bounds)
                 + args.labelled_weight * tf.reduce_mean(bound_m2(labelled, y_labelled))
                 + args.classifier_weight * tf.reduce_mean(log_q_labels))

    optimizer_1, train_m1 = make_training(
        cost_m1, [q_z1, decoder_1], 0, m1_epochs * n_batches, args)
    optimizer_2, train_m2 = make_training(
        cost_m2, [q_z2, decoder_2, q_y], m1_epochs * n_batches,
        (args.epochs - m1_epochs) * n_batches, args)
    for epoch in run.epochs(tf.train.Checkpoint(
            nets=[q_z1, decoder_1, q_z2, decoder_2, q_y],
            optimizers=[optimizer_1, optimizer_2])):
        m, train = (1, train_m1) if epoch <= m1_epochs else (2, train_m2)
        for batches in run.minibatches(epoch, x_train, n_steps=n_batches):
            metrics = {"cost_m%d" % m: train(tf.constant(batches))}
        if epoch in args.eval_epochs or epoch == args.epochs:
            z1 = tf.split(q_z1(tf.constant(x_test, tf.float32)), 2, axis=-1)[0]
            metrics["test_error"] = np.mean(np.argmax(q_y(z1), axis=1) != t_test)
        run.write(epoch, **metrics)
    run.plot("costs", "cost", cost_m1="M1", cost_m2="M2")


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("m1_m2.py requires TensorFlow 2.16 or later, but this is {}. Use "
                 "vae_ssl.py, which trains model M2.".format(tf.__version__))
    script.run(main, parse_options())
