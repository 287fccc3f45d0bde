"""The variational autoencoder of `vae.py` as a Keras model, with `fit` and `evaluate`.

It requires TensorFlow 2.16 or later::

    python examples/variational_autoencoders/vae_keras.py --epochs 20
"""
import os
import sys

import tensorflow as tf
from tensorflow import keras

import zhusuan as zs

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "vae_keras", epochs=20, batch_size=128, particles=1, z_dim=40,
        learning_rate=0.001, is_samples=100, dataset="mnist", data_dir="data")
    parser.add_argument("--objective", choices=["elbo", "iwae", "dreg"], default="elbo",
                        help="the lower bound and the estimator of its gradient")
    return parser.parse(epochs=2)


def main(args):
    # Data: training images, binarized at each step; binary test images
    x_train, _, x_test, _ = images.load(args)
    keras.utils.set_random_seed(args.seed)
    batches = tf.data.Dataset.from_tensor_slices(x_train).shuffle(60000).batch(
        args.batch_size).map(lambda x: tf.random.uniform(tf.shape(x)) < x)

    # Model: z ~ N(0, I), x ~ Bernoulli(decoder(z)), and q(z|x) = N(encoder(x))
    encoder, decoder = (keras.Sequential([
        keras.layers.Dense(500, "relu"), keras.layers.Dense(500, "relu"),
        keras.layers.Dense(n)]) for n in (2 * args.z_dim, 784))
    model = zs.keras.VariationalModel(
        encoder=encoder, decoder=decoder, n_latent=args.z_dim, seed=args.seed)
    model.compile(keras.optimizers.Adam(args.learning_rate), args.objective,
                  args.particles)

    # Train and test; save the model, and images of random latents
    os.makedirs(args.result_dir, exist_ok=True)
    path = os.path.join(args.result_dir, "")
    model.fit(batches, epochs=args.epochs, verbose=2, shuffle=False,
              callbacks=[keras.callbacks.CSVLogger(path + "metrics.csv")])
    loss, log_likelihood = model.evaluate(x_test, n_samples=args.is_samples, verbose=0)
    print("Test: Lower bound = {:.4f}, log likelihood (IS) = {:.4f}".format(
        -loss, log_likelihood))
    model.save(path + "model.keras")
    images.save_grid(model.generate(100, mean=True), path + "samples.png")


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_keras.py requires TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py, which is the same model.".format(tf.__version__))
    script.run(main, parse_options())
