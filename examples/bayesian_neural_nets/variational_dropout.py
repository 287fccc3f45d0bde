"""Variational dropout: a classifier of digits that learns its dropout rates.

Kingma, Salimans and Welling, "Variational dropout and the local reparameterization
trick" (2015). The inputs of a layer are multiplied by noise from N(1, alpha), with one
alpha per unit. The noise is a latent of the model with the prior N(1, 1), so the
evidence lower bound determines alpha without a search. As in the paper, separate noise
is drawn for each image, which gives the same mean and a smaller variance::

    python examples/bayesian_neural_nets/variational_dropout.py --seed 1

`metrics.csv` contains, by epoch, the bound and two test errors: averaged over the
noise, and without noise. `dropout.png` shows the errors, and alpha for each pixel. The
script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, results, script
from examples.utils.optional import progress_bar

N_CLASSES = 10
TEST_BATCH = 500


def parse_options():
    parser = script.OptionParser(
        __doc__, "variational_dropout", dataset="mnist", data_dir="data", epochs=30,
        batch_size=100, particles=1, test_particles=20, learning_rate=0.001)
    parser.add_argument("--hidden", type=script.positive_int, nargs="+",
                        default=[500, 500], help="units of the hidden layers")
    return parser.parse(epochs=3, hidden=[50], batch_size=20)


@zs.meta_bayesian_net(scope="net", reuse_variables=True)
def build_net(x, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    h = x
    for i, n_out in enumerate(layer_sizes[1:]):
        h = tf.nn.relu(h) if i else h
        # noise ~ N(1, 1)
        noise = bn.normal("noise%d" % i, tf.ones_like(h if i == 0 else h[0]), std=1.,
                          n_samples=n_particles, group_ndims=2)
        h = tf.layers.dense(h * noise, n_out)
    # y ~ Categorical(softmax(h))
    bn.deterministic("probs", tf.nn.softmax(h))
    bn.categorical("y", h, group_ndims=1)
    return bn


def build_posterior(n, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    for i, n_in in enumerate(layer_sizes[:-1]):
        logstd = tf.get_variable("logstd%d" % i, [n_in],
                                 initializer=tf.constant_initializer(-1.))
        # alpha is at most 1, as in the paper
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
    layer_sizes = [x_train.shape[1]] + args.hidden + [N_CLASSES]

    # Objective: the bound per image. The noise of each image stands for that of all.
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, layer_sizes[0]])
    y = tf.placeholder(tf.int32, [None])
    n_particles = tf.placeholder(tf.int32, [])
    learning_rate = tf.placeholder(tf.float32, [])
    n = tf.shape(x)[0]
    model = build_net(x, layer_sizes, n_particles)
    posterior = build_posterior(n, layer_sizes, n_particles)
    names = ["noise%d" % i for i in range(len(layer_sizes) - 1)]
    n_batch = tf.cast(n, tf.float32)
    lower_bound = zs.variational.elbo(
        model, {"y": y}, variational=posterior, axis=0, analytic_kl=True,
        scale=dict(dict.fromkeys(names, 1. / n_batch), y=len(x_train) / n_batch))
    mean_bound = lower_bound.tensor / len(x_train)
    infer_op = tf.train.AdamOptimizer(learning_rate).minimize(
        lower_bound.sgvb() / len(x_train))

    # Classify by the mean probabilities over the noise, and without noise
    no_noise = {name: tf.ones_like(posterior[name].tensor[:1]) for name in names}
    probs = [tf.reduce_mean(lower_bound.bn["probs"], axis=0),
             model.observe(**no_noise)["probs"][0]]
    is_wrong = [tf.not_equal(tf.argmax(p, axis=-1, output_type=tf.int32), y)
                for p in probs]
    alpha = tf.exp(2. * posterior["noise0"].dist.logstd[0])

    rows = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in range(1, args.epochs + 1):
            # The learning rate decreases to 0 in the second half
            rate = args.learning_rate * min(1., 2. - 2. * (epoch - 1) / args.epochs)
            bounds = []
            for batch in progress_bar(dataset.shuffled_batches(
                    len(x_train), args.batch_size, args.seed, epoch),
                    "Epoch {}".format(epoch)):
                _, bound = sess.run([infer_op, mean_bound], {
                    x: x_train[batch], y: t_train[batch], n_particles: args.particles,
                    learning_rate: rate})
                bounds.append(bound)
            errors = np.mean(np.concatenate([
                sess.run(is_wrong, {x: x_test[i:i + TEST_BATCH],
                                    y: t_test[i:i + TEST_BATCH],
                                    n_particles: args.test_particles})
                for i in range(0, len(x_test), TEST_BATCH)], axis=1), axis=1)
            rows.append([epoch, np.mean(bounds), *errors])
            print("Epoch {}: lower bound = {:.4f}, test error = {:.2%}, without noise "
                  "{:.2%}".format(*rows[-1]), flush=True)
            results.write_table(
                args, "metrics",
                ["epoch", "lower_bound", "test_error", "test_error_no_noise"], rows)
        alpha = sess.run(alpha, {x: x_test[:1], n_particles: 1})

    with results.picture(args, "dropout", n_columns=2) as (left, right):
        epochs, _, *errors = np.transpose(rows)
        for error, label in zip(errors, ["mean over noise", "without noise"]):
            left.plot(epochs, 100 * error, label=label)
        left.set(xlabel="epoch", ylabel="test error (%)")
        left.legend()
        right.figure.colorbar(right.imshow(alpha.reshape([28, 28]), vmin=0., vmax=1.))
        right.set(title="alpha of each pixel")
        right.axis("off")


if __name__ == "__main__":
    script.run(main, parse_options())
