"""Density estimation in the plane by a masked autoregressive flow.

Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation"
(2017). The flow transforms a standard normal distribution by layers whose inverse
requires one pass::

    python examples/normalizing_flows/maf_density.py --epochs 100
    python examples/normalizing_flows/maf_density.py --data eight_gaussians

The script prints the mean log density of held-out points under three distributions: the
flow, a normal distribution fitted to the training points, and the true distribution,
which is optimal up to chance. `metrics.csv` contains the log densities by epoch.
`density.png` shows the training points, the density, and samples from it.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import images, runs, script

N_PIXELS = 150  # width and height of each picture


def parse_options():
    parser = script.OptionParser(
        __doc__, "maf_density", epochs=100, batch_size=100, learning_rate=0.001,
        resume=False)
    option = parser.add_argument
    option("--data", choices=["two_moons", "eight_gaussians"], default="two_moons",
           help="the distribution of the points")
    option("--n-data", type=script.positive_int, default=10000,
           help="number of training points, and of test points")
    option("--layers", type=script.positive_int, default=6, help="layers of the flow")
    option("--hidden", type=script.positive_int, nargs="+", default=[64, 64],
           metavar="UNITS", help="units of the hidden layers of each network")
    return parser.parse(n_data=1000, epochs=2)


class Mixture:
    """The true distribution: normals with equal weights and standard deviations."""

    def __init__(self, name):
        if name == "eight_gaussians":
            angles, self.std = np.arange(8) * np.pi / 4, 0.2
            self.means = 2. * np.stack([np.cos(angles), np.sin(angles)], 1)
        else:
            angles, self.std = np.linspace(0., np.pi, 400), 0.1
            upper = np.stack([np.cos(angles), np.sin(angles)], 1)
            self.means = np.concatenate([upper, [1., 0.5] - upper])

    def sample(self, rng, n):
        return (self.means[rng.randint(len(self.means), size=n)]
                + self.std * rng.standard_normal([n, 2])).astype(np.float32)

    def log_density(self, x):
        squares = [np.sum(((x - mean) / self.std) ** 2, 1) for mean in self.means]
        return (np.logaddexp.reduce(-0.5 * np.array(squares), 0)
                - np.log(len(self.means) * 2. * np.pi * self.std ** 2))


def log_density_of_fit(x, x_train):
    """Log density of the normal distribution with maximum likelihood."""
    covariance = np.cov(x_train.T, bias=True)
    centered = x - np.mean(x_train, 0)
    squares = np.sum(centered.dot(np.linalg.inv(covariance)) * centered, 1)
    return -0.5 * (squares + np.log(np.linalg.det(2. * np.pi * covariance)))


@zs.meta_bayesian_net(scope="density", reuse_variables=True)
def build_density(n_layers, hidden, n_samples):
    bn = zs.BayesianNet()
    # x = f(u), u ~ N(u|0, I)
    bn.transformed("x", zs.distributions.Normal(tf.zeros([2]), std=1.),
                   zs.transform.MAF(2, n_layers, hidden), n_samples=n_samples)
    return bn


def main(args):
    # Data
    run = runs.Run(args, fixed=["epochs"])  # the learning rate depends on them
    truth = Mixture(args.data)
    rng = np.random.RandomState([args.seed, 0])
    x_train, x_test = [truth.sample(rng, args.n_data) for _ in range(2)]

    # Model and objective: the mean log density
    tf.set_random_seed(args.seed)  # for the initial weights
    step = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, shape=[None, 2], name="x")
    model = build_density(args.layers, args.hidden, args.n_data)
    log_density = model.observe(x=x).cond_log_prob("x")
    with zs.seeded([args.seed, 0]):
        x_gen = model.observe()["x"].tensor
    # The learning rate decreases to 0 along a cosine
    n_steps = args.epochs * (args.n_data // args.batch_size)
    infer_op = tf.train.AdamOptimizer(tf.train.cosine_decay(
        args.learning_rate, step, n_steps)).minimize(
            -tf.reduce_mean(log_density), global_step=step)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for epoch in run.epochs():
            values = []
            for x_batch in run.minibatches(epoch, x_train):
                _, value = sess.run([infer_op, log_density], {x: x_batch})
                values.append(np.mean(value))
            run.write(epoch, log_density=np.mean(values),
                      test_log_density=np.mean(sess.run(log_density, {x: x_test})))

        print("Test log density: flow {:.4f}, normal fit {:.4f}, truth {:.4f}".format(
            np.mean(sess.run(log_density, {x: x_test})),
            np.mean(log_density_of_fit(x_test, x_train)),
            np.mean(truth.log_density(x_test))))

        # The density at the centers of pixels, beside histograms of data and samples
        low, high = np.min(x_train, 0), np.max(x_train, 0)
        centers = low + (np.arange(N_PIXELS)[:, None] + 0.5) / N_PIXELS * (high - low)
        grid = np.stack(np.meshgrid(*centers.T), -1).reshape([-1, 2])
        density = np.exp(sess.run(log_density, {x: grid.astype(np.float32)}))
        pictures = [density.reshape([N_PIXELS, N_PIXELS])] + [
            np.histogram2d(points[:, 1], points[:, 0], N_PIXELS,
                           [[low[1], high[1]], [low[0], high[0]]])[0]
            for points in (x_train, sess.run(x_gen))]
    images.save_grid(
        np.stack([1. - np.minimum(pictures[i][::-1] / np.quantile(
            pictures[i][pictures[i] > 0], 0.99), 1.) for i in (1, 0, 2)]),
        run.path("density.png"), (1, 3), N_PIXELS)


if __name__ == "__main__":
    script.run(main, parse_options())
