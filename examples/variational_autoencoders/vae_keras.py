"""The variational autoencoder of `vae.py` as a Keras model, with `fit` and `evaluate`.

It needs TensorFlow 2.16 or later::

    python examples/variational_autoencoders/vae_keras.py --epochs 20
"""
import os
import sys

import tensorflow as tf
from tensorflow import keras

import zhusuan as zs

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import dataset, files, images, results, script


def parse_options():
    parser = results.option_parser(__doc__.splitlines()[0], "vae_keras")
    option = parser.add_argument
    option("--epochs", type=script.positive_int, default=20, help="train so many")
    option("--z-dim", type=script.positive_int, default=40, help="number of latents")
    option("--objective", choices=["elbo", "iwae", "dreg"], default="elbo")
    option("--n-particles", type=script.positive_int, default=1, help="draws of z")
    option("--is-samples", type=script.positive_int, default=100, help="of the test")
    option("--data-dir", default="data", help="where MNIST is, or is downloaded to")
    return results.parse(parser, epochs=2)


def main(args):
    files.prepare_result_dir(args.result_dir)
    data = dataset.load_mnist(args.data_dir)
    n_train, n_test = (1000, 100) if args.smoke else (60000, 10000)
    keras.utils.set_random_seed(args.seed)
    x_train = tf.data.Dataset.from_tensor_slices(data.x_train[:n_train]).shuffle(
        60000).batch(128).map(lambda x: tf.random.uniform(tf.shape(x)) < x)
    x_test = dataset.binarize(data.x_test[:n_test], args.seed)
    encoder, decoder = (keras.Sequential([
        keras.layers.Dense(500, "relu"), keras.layers.Dense(500, "relu"),
        keras.layers.Dense(n)]) for n in (2 * args.z_dim, 784))
    model = zs.keras.VariationalModel(
        encoder=encoder, decoder=decoder, n_latent=args.z_dim, seed=args.seed)
    model.compile(keras.optimizers.Adam(0.001), args.objective, args.n_particles)
    model.fit(x_train, epochs=args.epochs, verbose=2, shuffle=False, callbacks=[
        keras.callbacks.CSVLogger(os.path.join(args.result_dir, "metrics.csv"))])
    loss, log_likelihood = model.evaluate(x_test, n_samples=args.is_samples, verbose=0)
    print("Test: Lower bound = {:.4f}, log likelihood (IS) = {:.4f}".format(
        -loss, log_likelihood))
    model.save(os.path.join(args.result_dir, "model.keras"))
    images.save_grid(model.generate(100, mean=True).reshape(-1, 28, 28),
                                  os.path.join(args.result_dir, "samples.png"))


if __name__ == "__main__":
    if tf.__version__.startswith("1."):
        sys.exit("vae_keras.py needs TensorFlow 2.16 or later, but this is {}. Use "
                 "vae.py, which is the same model.".format(tf.__version__))
    script.run(main, parse_options())
