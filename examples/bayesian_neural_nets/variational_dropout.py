"""Variational dropout: a classifier of digits that learns its dropout rates.

Kingma, Salimans and Welling, "Variational dropout and the local reparameterization
trick" (2015). The inputs of a layer are multiplied by noise from N(1, alpha), with one
alpha per unit. The noise is a latent of the model with the prior N(1, 1), so alpha is
learned by the evidence lower bound instead of a search. As in the paper, separate noise
is drawn for each image, which has the same mean and a smaller variance. MNIST is
downloaded in the first run::

    python examples/bayesian_neural_nets/variational_dropout.py --seed 1

`metrics.csv` contains the bound by epoch, and two test errors: averaged over the noise,
and without noise. `dropout.png` shows the errors, and alpha for each pixel. The script
is in TensorFlow-1 style.
"""

import os
import sys
import time

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import checkpoint, dataset, results, script
from examples.utils.optional import progress_bar

N_CLASSES = 10
TEST_BATCH = 500


def parse_options():
    parser = results.option_parser(__doc__.splitlines()[0], "variational_dropout")
    option = parser.add_argument
    option("--dataset", choices=["mnist", "fashion_mnist"], default="mnist",
           help="the images")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--hidden", type=script.positive_int, nargs="+", default=[500, 500],
           help="units of the hidden layers")
    option("--epochs", type=script.positive_int, default=30, help="train so many")
    option("--batch-size", type=script.positive_int, default=100,
           help="images per step")
    option("--particles", type=script.positive_int, default=1,
           help="samples of the noise per image and step")
    option("--test-particles", type=script.positive_int, default=20,
           help="samples of the noise per image in the test")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam, in the first half; it then falls to 0")
    return results.parse(parser, epochs=3, hidden=[50], batch_size=20)


@zs.meta_bayesian_net(scope="net", reuse_variables=True)
def build_net(x, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    h = x
    for i, n_out in enumerate(layer_sizes[1:]):
        h = tf.nn.relu(h) if i else h
        noise = bn.normal("noise%d" % i, tf.ones_like(h if i == 0 else h[0]), std=1.,
                          n_samples=n_particles, group_ndims=2)
        h = tf.layers.dense(h * noise, n_out)
    bn.deterministic("probs", tf.nn.softmax(h))
    bn.categorical("y", h, group_ndims=1)
    return bn


def build_posterior(n, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    for i, n_in in enumerate(layer_sizes[:-1]):
        logstd = tf.get_variable("logstd%d" % i, [n_in],
                                 initializer=tf.constant_initializer(-1.))
        # Above alpha = 1 the noise is all there is
        logstd = tf.tile(tf.minimum(logstd, 0.)[None], [n, 1])
        bn.normal("noise%d" % i, tf.ones([n, n_in]), logstd=logstd,
                  n_samples=n_particles, group_ndims=2)
    return bn


def main(args):
    # Data
    results.prepare(args)
    data = dataset.load_mnist(args.data_dir, args.dataset)
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    x_train, t_train = data.x_train[:n_train], data.t_train[:n_train]
    x_test, t_test = data.x_test[:n_test], data.t_test[:n_test]
    iters = dataset.count_batches(len(x_train), args.batch_size)
    layer_sizes = [x_train.shape[1]] + args.hidden + [N_CLASSES]

    # Build the model
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, layer_sizes[0]])
    y = tf.placeholder(tf.int32, [None])
    n_particles = tf.placeholder(tf.int32, [])
    learning_rate = tf.placeholder(tf.float32, [])
    n = tf.shape(x)[0]
    model = build_net(x, layer_sizes, n_particles)
    posterior = build_posterior(n, layer_sizes, n_particles)
    # The bound of all images; each image of a batch drew the noise of all of them
    batch = tf.cast(n, tf.float32)
    noise_names = ["noise%d" % i for i in range(len(layer_sizes) - 1)]
    scale = dict.fromkeys(noise_names, 1. / batch)
    scale["y"] = len(x_train) / batch
    lower_bound = zs.variational.elbo(
        model, {"y": y}, variational=posterior, axis=0, analytic_kl=True, scale=scale)
    mean_bound = lower_bound.tensor / len(x_train)
    infer_op = tf.train.AdamOptimizer(learning_rate).minimize(
        lower_bound.sgvb() / len(x_train))

    # Classify: by the mean over the noise, and without noise
    def is_wrong(probs):
        return tf.not_equal(tf.argmax(probs, axis=-1, output_type=tf.int32), y)

    mean_probs = tf.reduce_mean(lower_bound.bn["probs"], axis=0)
    no_noise = {name: tf.ones_like(posterior[name].tensor[:1]) for name in noise_names}
    wrong = [is_wrong(mean_probs), is_wrong(model.observe(**no_noise)["probs"][0])]
    alpha = tf.exp(2. * posterior["noise0"].dist.logstd[0])

    rows = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in range(1, args.epochs + 1):
            time_epoch = -time.time()
            order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
            rate = args.learning_rate * min(1., 2. - 2. * (epoch - 1) / args.epochs)
            bounds = []
            for t in progress_bar(range(iters), "Epoch {}".format(epoch), leave=False,
                                  disable=None):
                batch = order[t * args.batch_size:(t + 1) * args.batch_size]
                _, bound = sess.run([infer_op, mean_bound], {
                    x: x_train[batch], y: t_train[batch], n_particles: args.particles,
                    learning_rate: rate})
                bounds.append(bound)
            errors = np.mean(np.concatenate([
                np.stack(sess.run(wrong, {x: x_test[i:i + TEST_BATCH],
                                          y: t_test[i:i + TEST_BATCH],
                                          n_particles: args.test_particles}))
                for i in range(0, len(x_test), TEST_BATCH)], axis=1), axis=1)
            time_epoch += time.time()
            rows.append([epoch, np.mean(bounds)] + list(errors))
            print("Epoch {} ({:.1f}s): Lower bound = {:.4f}, test error = {:.2%}, "
                  "without noise {:.2%}".format(
                      epoch, time_epoch, rows[-1][1], *errors), flush=True)
            results.write_table(
                args, "metrics",
                ["epoch", "lower_bound", "test_error", "test_error_no_noise"], rows)
        alpha = sess.run(alpha, {x: x_test[:1], n_particles: 1})

    with results.picture(args, "dropout", n_columns=2) as (left, right):
        epochs, _, mean_errors, plain_errors = zip(*rows)
        left.plot(epochs, 100 * np.array(mean_errors), label="mean over noise")
        left.plot(epochs, 100 * np.array(plain_errors), label="without noise")
        left.set(xlabel="epoch", ylabel="test error (%)")
        left.legend()
        shown = right.imshow(alpha.reshape([28, 28]), vmin=0., vmax=1.)
        right.figure.colorbar(shown)
        right.set(title="alpha of each pixel")
        right.axis("off")


if __name__ == "__main__":
    script.run(main, parse_options())
