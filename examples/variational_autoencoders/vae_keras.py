"""The variational autoencoder of `vae.py` as a Keras model, with `fit` and `evaluate`.

`zs.keras.VariationalModel` derives the model and its posterior from two networks, so
that Keras runs the training loop. It needs TensorFlow 2.16 or later::

    python examples/variational_autoencoders/vae_keras.py --epochs 20

`metrics.csv` contains the negative bounds by epoch, and `model.keras` the model.
`samples.png` shows images of random latents, and `reconstructions.png` test images
beside the images of their latents.
"""

import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow import keras

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae_keras", epochs=20, batch_size=128, learning_rate=0.001, z_dim=40,
        is_samples=100, dataset="mnist", data_dir="data")
    parser.add_argument("--objective", choices=["elbo", "iwae", "dreg"], default="elbo",
                        help="the lower bound and the estimator of its gradient")
    parser.add_argument("--n-particles", type=script.positive_int, default=1,
                        help="samples of the latents per example")
    return parser.parse(epochs=2)


def network(n_outputs):
    return keras.Sequential([
        keras.layers.Dense(500, "relu"), keras.layers.Dense(500, "relu"),
        keras.layers.Dense(n_outputs)])


def main(args):
    # Data: training images in [0, 1], binarized at each step; binary test images
    os.makedirs(args.result_dir, exist_ok=True)
    x_train, _, x_test, _ = images.load(args)
    keras.utils.set_random_seed(args.seed)
    batches = tf.data.Dataset.from_tensor_slices(x_train).shuffle(60000).batch(
        args.batch_size).map(lambda x: tf.random.uniform(tf.shape(x)) < x)

    # Model: z ~ N(0, I), x ~ Bernoulli(decoder(z)), and q(z|x) = N(encoder(x))
    model = zs.keras.VariationalModel(
        encoder=network(2 * args.z_dim), decoder=network(x_train.shape[1]),
        n_latent=args.z_dim, seed=args.seed)
    model.compile(keras.optimizers.Adam(args.learning_rate), args.objective,
                  args.n_particles)

    # Train, test and save
    model.fit(batches, epochs=args.epochs, verbose=2, shuffle=False, callbacks=[
        keras.callbacks.CSVLogger(os.path.join(args.result_dir, "metrics.csv"))])
    loss, log_likelihood = model.evaluate(x_test, n_samples=args.is_samples, verbose=0)
    print("Test: Lower bound = {:.4f}, log likelihood (IS) = {:.4f}".format(
        -loss, log_likelihood))
    model.save(os.path.join(args.result_dir, "model.keras"))

    # Generate and reconstruct images
    images.save_grid(model.generate(100, mean=True),
                     os.path.join(args.result_dir, "samples.png"))
    means = model.predict(x_test[:50], verbose=0)
    images.save_grid(np.stack([x_test[:50], means], axis=1),
                     os.path.join(args.result_dir, "reconstructions.png"))


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_keras.py needs TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py, which is the same model.".format(tf.__version__))
    script.run(main, parse_options())
