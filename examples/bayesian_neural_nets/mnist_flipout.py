"""Bayes by backprop with Flipout layers of Keras 3 on MNIST.

The network of Blundell et al., "Weight uncertainty in neural networks" (2015): two
layers of 400 relu units, weights with independent normal posteriors, no augmentation of
the data. `fit` maximizes the evidence lower bound, whose KL divergences are losses of
the layers. Flipout (Wen et al., 2018) reduces the variance of its gradients. The KL
divergences are multiplied by `--kl-weight`; values below 1 give a "cold" posterior.
Test images are classified by the mean probabilities over draws of the weights. The
script requires TensorFlow 2.16 or later::

    python examples/bayesian_neural_nets/mnist_flipout.py --seed 1

This run has a test error of 1.35 % (in `result.csv`). With `--validate`, the script
trains on the first 50,000 images and tests on the other 10,000 training images. The KL
weight was chosen in this way (error 1.42 %).
"""

import os
import sys

import numpy as np
import tensorflow as tf

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, results, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "mnist_flipout", epochs=60, batch_size=128, learning_rate=0.001,
        dataset="mnist", data_dir="data")
    option = parser.add_argument
    option("--prior-std", type=script.positive_float, default=0.1,
           help="standard deviation of the prior of each weight")
    option("--initial-std", type=script.positive_float, default=0.05,
           help="initial standard deviation of each posterior")
    option("--kl-weight", type=script.positive_float, default=0.01,
           help="factor of the KL divergence; 1 is the evidence lower bound")
    option("--test-samples", type=script.positive_int, default=100,
           help="draws of the weights for the test")
    option("--validate", action="store_true",
           help="test on the last 10,000 training images")
    return parser.parse(epochs=2, test_samples=3)


def load_images(args):
    """Images and labels for training, and images and labels for the test."""
    data = dataset.load_mnist(args.data_dir, args.dataset)
    if args.smoke:
        return (data.x_train[:1000], data.t_train[:1000],
                data.x_test[:100], data.t_test[:100])
    if args.validate:
        return (data.x_train[:50000], data.t_train[:50000],
                data.x_train[50000:], data.t_train[50000:])
    return data


def main(args):
    os.makedirs(args.result_dir, exist_ok=True)
    x_train, t_train, x_test, t_test = load_images(args)
    keras = tf.keras
    keras.utils.set_random_seed(args.seed)

    # Model: losses are means over images, and so is the KL divergence
    layer_options = {
        "prior": zs.distributions.Normal(0., std=args.prior_std),
        "initial_std": args.initial_std,
        "kernel_initializer": "he_normal",
        "kl_weight": args.kl_weight / len(x_train)}
    network = keras.Sequential([
        keras.Input([x_train.shape[1]]),
        zs.layers.DenseFlipout(400, "relu", **layer_options),
        zs.layers.DenseFlipout(400, "relu", **layer_options),
        zs.layers.DenseFlipout(10, **layer_options)])

    # Maximize the log likelihood minus the weighted KL divergence
    n_steps = args.epochs * -(-len(x_train) // args.batch_size)
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(
            args.learning_rate, n_steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=True)
    network.fit(x_train, t_train, args.batch_size, args.epochs, verbose=2)

    # Average the probabilities over draws of the weights; each call draws new ones
    probabilities = np.mean([
        keras.ops.convert_to_numpy(keras.ops.softmax(
            network.predict(x_test, batch_size=1000, verbose=0)))
        for _ in range(args.test_samples)], axis=0)
    error = np.mean(probabilities.argmax(-1) != t_test)
    log_likelihood = np.mean(np.log(probabilities[np.arange(len(t_test)), t_test]))
    results.write_table(args, "result", ["error", "log_likelihood"],
                        [[error, log_likelihood]])
    print("{}: error = {:.2%}, log likelihood = {:.4f}".format(
        "Validation" if args.validate else "Test", error, log_likelihood))


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("mnist_flipout.py requires TensorFlow 2.16 or later, but this is {}. "
                 "bnn_vi.py trains a Bayesian neural network on TensorFlow 1.15 "
                 "too.".format(tf.__version__))
    script.run(main, parse_options())
