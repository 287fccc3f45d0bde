"""Regression by a sparse variational Gaussian process.

Hensman, Fusi and Lawrence, "Gaussian processes for big data" (2013). The kernel is
squared exponential with one length scale per input. The values u of the function at M
inducing inputs have a normal posterior. With u = Lv, where L is the Cholesky factor of
the covariance of u, the prior of v is N(0, I). The script learns the kernel, the noise
and the inducing inputs. This command runs all 20 standard splits of Boston housing
(Hernandez-Lobato and Adams, 2015)::

    python examples/gaussian_process/svgp.py --splits all --seed 1

`splits.csv` contains the RMSE and the mean predictive log density of the test set of
each split, in the units of the data. For the last split, `bounds.csv` contains the
bound by step, and `predictions.png` shows predictive bands of new observations. The
script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import dataset, results, script, tables
from examples.utils.optional import progress_bar

JITTER = 1e-6  # added to the covariance of u, which may be singular
TEST_PARTICLES = 1000


def parse_options():
    parser = script.OptionParser(
        __doc__, "svgp", data_dir="data", epochs=2000, batch_size=400, particles=20,
        learning_rate=0.01)
    tables.add_options(parser)
    parser.add_argument("--inducing", type=script.positive_int, default=100,
                        help="number of inducing inputs")
    return parser.parse(epochs=500, inducing=20, batch_size=100, learning_rate=0.03)


def parameter(name, value):
    return tf.get_variable(name, dtype=tf.float64, initializer=value)


def kernel(x1, x2, variance):
    """The covariance `[n1, n2]` of function values at scaled inputs `[n, d]`."""
    distance = (tf.reduce_sum(x1 ** 2, axis=1)[:, None] + tf.reduce_sum(x2 ** 2, axis=1)
                - 2. * tf.matmul(x1, x2, transpose_b=True))
    return variance * tf.exp(-0.5 * tf.maximum(distance, 0.))


@zs.meta_bayesian_net(scope="gp", reuse_variables=True)
def build_gp(x, inducing, n_particles):
    bn = zs.BayesianNet()
    n_inducing, n_dims = inducing.shape.as_list()
    zero, one = tf.zeros([n_inducing], tf.float64), tf.eye(n_inducing, dtype=tf.float64)
    v = bn.multivariate_normal_cholesky("v", zero, one, n_samples=n_particles)
    scales = tf.exp(parameter("log_scales", np.full([n_dims], 0.5 * np.log(n_dims))))
    variance = tf.exp(parameter("log_variance", np.zeros([])))
    k_uu = kernel(inducing / scales, inducing / scales, variance)
    k_uf = kernel(inducing / scales, x / scales, variance)
    # p(f|u) is normal. The likelihood factorizes, so marginals of f suffice.
    chol = tf.linalg.cholesky(k_uu + JITTER * variance * one)
    weights = tf.linalg.triangular_solve(chol, k_uf)
    f_mean = bn.deterministic("f_mean", tf.matmul(v, weights))
    f_var = tf.maximum(variance - tf.reduce_sum(weights ** 2, axis=0), 1e-10)
    f = bn.normal("f", f_mean, std=tf.sqrt(f_var), group_ndims=1)
    # y ~ N(f, noise^2)
    noise = tf.exp(parameter("log_noise", np.full([], -1.)))
    bn.normal("y", f, std=noise, group_ndims=1)
    # The standard deviation of new observations given u
    bn.deterministic("y_std", tf.sqrt(f_var + noise ** 2))
    return bn


def build_posterior(model, n_inducing, n_particles):
    bn = zs.BayesianNet()
    mean = parameter("mean", np.zeros([n_inducing]))
    chol = parameter("chol", np.eye(n_inducing))
    chol = tf.linalg.set_diag(tf.linalg.band_part(chol, -1, 0),
                              tf.nn.softplus(tf.linalg.diag_part(chol)))
    v = bn.multivariate_normal_cholesky("v", mean, chol, n_samples=n_particles)
    # q(f|u) = p(f|u), so their terms cancel in the bound
    bn.stochastic("f", model.observe(v=v)["f"].dist)
    return bn


def main(args):
    results.prepare(args)
    splits = tables.load_splits(args)
    n_train, n_dims = splits[0].x_train.shape
    if args.inducing > n_train:
        raise script.UserError("--inducing {} was given; expected at most {}, the "
                               "training rows.".format(args.inducing, n_train))

    # Objective: the bound of a minibatch, scaled to all training data
    tf.set_random_seed(args.seed)
    x = tf.placeholder(tf.float64, [None, n_dims])
    y = tf.placeholder(tf.float64, [None])
    n_particles = tf.placeholder(tf.int32, [])
    learning_rate = tf.placeholder(tf.float64, [])
    first_inducing = tf.placeholder(tf.float64, [args.inducing, n_dims])
    model = build_gp(x, parameter("inducing", first_inducing), n_particles)
    posterior = build_posterior(model, args.inducing, n_particles)
    scale = n_train / tf.cast(tf.shape(y)[0], tf.float64)
    lower_bound = zs.variational.elbo(
        model, {"y": y}, variational=posterior, axis=0, analytic_kl=True,
        scale={"y": scale, "f": scale})
    infer_op = tf.train.AdamOptimizer(learning_rate).minimize(lower_bound.sgvb())

    # The predictive distribution of each y is a mixture over samples of u
    y_mean = lower_bound.bn["f_mean"]
    y_dist = zs.distributions.Normal(mean=y_mean, std=lower_bound.bn["y_std"])
    predictions = [tf.reduce_mean(y_mean, axis=0),
                   zs.log_mean_exp(y_dist.log_prob(y), axis=0), y_dist.sample()]

    scores = []
    for split in splits:
        with tf.Session() as sess:  # every split has the same random numbers
            rows = np.random.RandomState([args.seed, 0]).permutation(n_train)
            sess.run(tf.global_variables_initializer(), {
                first_inducing: split.x_train[rows[:args.inducing]]})
            bounds = []
            for epoch in progress_bar(range(args.epochs), "Split %d" % split.number):
                # The learning rate decreases to 0 in the second half
                rate = args.learning_rate * min(1., 2. - 2. * epoch / args.epochs)
                for batch in dataset.shuffled_batches(
                        n_train, args.batch_size, args.seed, epoch + 1):
                    _, bound = sess.run([infer_op, lower_bound.tensor], {
                        x: split.x_train[batch], y: split.y_train[batch],
                        n_particles: args.particles, learning_rate: rate})
                    bounds.append(bound)
            mean, log_density, samples = sess.run(predictions, {
                x: split.x_test, y: split.y_test, n_particles: TEST_PARTICLES})
        scores.append(split.score(mean, log_density))
        print("Split {}: lower bound {:.2f}, test RMSE {:.3f}, log density "
              "{:.3f}".format(split.number, np.mean(bounds[-100:]), *scores[-1]),
              flush=True)

    tables.report(args, splits, scores)
    tables.draw_predictions(args, split, mean, samples)
    results.write_table(args, "bounds", ["step", "lower_bound"],
                        enumerate(bounds, start=1))


if __name__ == "__main__":
    script.run(main, parse_options())
