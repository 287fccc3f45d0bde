"""Bayesian neural network regression by variational inference.

Blundell et al., "Weight uncertainty in neural networks" (2015), on the data sets and
standard splits of Hernandez-Lobato and Adams (2015). The network has one hidden layer
of 50 relu units, and its weights have independent normal posteriors. The script learns
the noise of the observations, and the scale of the outgoing weights of each unit
(automatic relevance determination; Neal, 1996). This command runs all 20 splits of
Boston housing::

    python examples/bayesian_neural_nets/bnn_vi.py --splits all --seed 1

`splits.csv` contains the RMSE and the mean predictive log density of the test set of
each split, in the units of the data. For the last split, `bounds.csv` contains the
bound by epoch, and `predictions.png` shows predictive bands. The bands are those of new
observations, so they include the noise. The script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script, tables
from examples.utils.optional import progress_bar


def parse_options():
    parser = script.OptionParser(
        __doc__, "bnn_vi", data_dir="data", hidden=50, epochs=3000, particles=10,
        test_particles=1000, learning_rate=0.01)
    tables.add_options(parser)
    return parser.parse(epochs=400, test_particles=100, learning_rate=0.03)


@zs.meta_bayesian_net(scope="bnn", reuse_variables=True)
def build_bnn(x, layer_sizes, n_particles):
    bn = zs.BayesianNet()
    h = tf.tile(x[None], [n_particles, 1, 1])
    for i, (n_in, n_out) in enumerate(zip(layer_sizes[:-1], layer_sizes[1:])):
        # One scale per input, which becomes small for irrelevant inputs
        prior_logstd = tf.get_variable("w%d_logstd" % i, initializer=tf.zeros(
            [n_in + 1, 1]))
        # w ~ N(0, scale^2)
        w = bn.normal("w%d" % i, tf.zeros([n_in + 1, n_out]), logstd=prior_logstd,
                      n_samples=n_particles, group_ndims=2)
        h = tf.nn.relu(h) if i else h
        h = tf.concat([h, tf.ones_like(h[..., :1])], axis=-1)
        h = tf.matmul(h, w) / np.sqrt(n_in + 1.)
    # y ~ N(f_NN(x), noise^2)
    y_mean = bn.deterministic("y_mean", tf.squeeze(h, -1))
    y_logstd = tf.get_variable("y_logstd", initializer=-1.)
    bn.deterministic("y_std", tf.exp(y_logstd))
    bn.normal("y", y_mean, logstd=y_logstd, group_ndims=1)
    return bn


@zs.reuse_variables(scope="posterior")
def build_posterior(layer_sizes, n_particles):
    bn = zs.BayesianNet()
    for i, (n_in, n_out) in enumerate(zip(layer_sizes[:-1], layer_sizes[1:])):
        shape = [n_in + 1, n_out]
        mean = tf.get_variable("w%d_mean" % i, shape,
                               initializer=tf.random_normal_initializer(stddev=1.))
        logstd = tf.get_variable("w%d_logstd" % i, shape,
                                 initializer=tf.constant_initializer(-2.))
        bn.normal("w%d" % i, mean, logstd=logstd, n_samples=n_particles,
                  group_ndims=2)
    return bn


def main(args):
    results.prepare(args)
    splits = tables.load_splits(args)
    layer_sizes = [splits[0].x_train.shape[1], args.hidden, 1]

    # Objective
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float32, [None, layer_sizes[0]])
    y = tf.placeholder(tf.float32, [None])
    n_particles = tf.placeholder(tf.int32, [])
    learning_rate = tf.placeholder(tf.float32, [])
    lower_bound = zs.variational.elbo(
        build_bnn(x, layer_sizes, n_particles), {"y": y}, axis=0, analytic_kl=True,
        variational=build_posterior(layer_sizes, n_particles))
    infer_op = tf.train.AdamOptimizer(learning_rate).minimize(lower_bound.sgvb())

    # The predictive distribution of each y is a mixture over samples of the weights
    y_mean, y_std = lower_bound.bn["y_mean"], lower_bound.bn["y_std"]
    y_dist = zs.distributions.Normal(mean=y_mean, std=y_std)
    predictions = [tf.reduce_mean(y_mean, axis=0),
                   zs.log_mean_exp(y_dist.log_prob(y), axis=0), y_dist.sample(), y_std]

    scores = []
    for split in splits:
        with tf.Session() as sess:  # every split has the same random numbers
            sess.run(tf.global_variables_initializer())
            bounds = []
            for epoch in progress_bar(range(args.epochs), "Split %d" % split.number):
                # The learning rate decreases to 0 in the second half
                rate = args.learning_rate * min(1., 2. - 2. * epoch / args.epochs)
                _, bound = sess.run([infer_op, lower_bound.tensor], {
                    x: split.x_train, y: split.y_train, n_particles: args.particles,
                    learning_rate: rate})
                bounds.append(bound)
            mean, log_density, samples, noise = sess.run(predictions, {
                x: split.x_test, y: split.y_test, n_particles: args.test_particles})
        scores.append(split.score(mean, log_density))
        print("Split {}: lower bound {:.2f}, noise {:.3f}, test RMSE {:.3f}, log "
              "density {:.3f}".format(split.number, np.mean(bounds[-100:]),
                                      noise * split.y_std, *scores[-1]), flush=True)

    tables.report(args, splits, scores)
    tables.draw_predictions(args, split, mean, samples)
    results.write_table(args, "bounds", ["epoch", "lower_bound"],
                        enumerate(bounds, start=1))


if __name__ == "__main__":
    script.run(main, parse_options())
