"""Density estimation in the plane by a masked autoregressive flow.

Papamakarios, Pavlakou and Murray, "Masked autoregressive flow for density estimation"
(2017). The flow transforms a standard normal distribution by layers whose inverse
requires one pass::

    python examples/normalizing_flows/maf_density.py --epochs 100
    python examples/normalizing_flows/maf_density.py --data eight_gaussians

The script prints the mean log density of held-out points under three distributions: the
flow, a normal distribution fitted to the training points, and the true distribution,
which is optimal up to chance. `density.png` shows the training points, the density, and
samples from it.
"""

import os
import sys
import time

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import checkpoint, dataset, files, records, script
from examples.utils.images import save_image_collections
from examples.utils.optional import progress_bar

N_PIXELS = 150  # along each side of a picture


def parse_options():
    parser = script.OptionParser(__doc__.splitlines()[0])
    option = parser.add_argument
    option("--data", choices=["two_moons", "eight_gaussians"], default="two_moons",
           help="the points")
    option("--n-data", type=script.positive_int, default=10000,
           help="training points, and as many for the test")
    option("--epochs", type=script.positive_int, default=100,
           help="train up to this epoch")
    option("--batch-size", type=script.positive_int, default=100,
           help="points per step")
    option("--layers", type=script.positive_int, default=6, help="of the flow")
    option("--hidden", type=script.positive_int, nargs="+", default=[64, 64],
           metavar="UNITS", help="units of the hidden layers of each network")
    option("--learning-rate", type=script.positive_float, default=0.001,
           help="of Adam, at the start; it falls to 0 as a half wave of the cosine")
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--result-dir", default=os.path.join("results", "maf_density"),
           help="for metrics, the picture, TensorBoard events and the checkpoint")
    option("--resume", action="store_true",
           help="go on after the last complete epoch in the result directory")
    option("--smoke", action="store_true",
           help="use 1000 points and 2 epochs, to see in seconds that all works; "
                "results go to the folder smoke in the result directory")
    args = parser.parse_args()
    if args.smoke:
        args.n_data, args.epochs = 1000, 2
        args.result_dir = os.path.join(args.result_dir, "smoke")
    return args


def normals_of(name):
    """Points are drawn from normals of equal weight: their centres and deviation."""
    if name == "eight_gaussians":
        angles = np.arange(8) * np.pi / 4
        return 2. * np.stack([np.cos(angles), np.sin(angles)], 1), 0.2
    t = np.linspace(0., np.pi, 400)
    upper = np.stack([np.cos(t), np.sin(t)], 1)
    lower = np.stack([1. - np.cos(t), 0.5 - np.sin(t)], 1)
    return np.concatenate([upper, lower]), 0.1


def draw(rng, centres, std, n):
    return (centres[rng.randint(len(centres), size=n)]
            + std * rng.standard_normal([n, 2])).astype(np.float32)


def log_density_of_truth(x, centres, std):
    squares = [np.sum(np.square((x - centre) / std), 1) for centre in centres]
    return (np.logaddexp.reduce(-0.5 * np.array(squares), 0)
            - np.log(len(centres) * 2. * np.pi * std ** 2))


def log_density_of_fit(x, x_train):
    """That of the normal distribution of greatest likelihood."""
    covariance = np.cov(x_train.T, bias=True)
    centred = x - np.mean(x_train, 0)
    squares = np.sum(centred.dot(np.linalg.inv(covariance)) * centred, 1)
    return -0.5 * (squares + np.log(np.linalg.det(2. * np.pi * covariance)))


@zs.meta_bayesian_net(scope="density", reuse_variables=True)
def build_density(n_layers, hidden, n_samples):
    bn = zs.BayesianNet()
    # x = f(u), u ~ N(u|0, I)
    bn.transformed("x", zs.distributions.Normal(tf.zeros([2]), std=1.),
                   zs.transform.MAF(2, n_layers, hidden), n_samples=n_samples)
    return bn


def save_picture(path, x_train, x_gen, log_density, low, high):
    def counts(x):
        histogram, _, _ = np.histogram2d(
            x[:, 1], x[:, 0], N_PIXELS, [[low[1], high[1]], [low[0], high[0]]])
        return histogram

    pictures = [counts(x_train), np.exp(log_density), counts(x_gen)]
    save_image_collections(
        np.stack([1. - np.minimum(p[::-1] / np.quantile(p[p > 0], 0.99), 1.)
                  for p in pictures]), path, (1, 3))


def main(args):
    # Data
    files.prepare_result_dir(args.result_dir)
    if not args.resume:
        checkpoint.refuse_to_overwrite(args.result_dir)
    centres, std = normals_of(args.data)
    rng = checkpoint.epoch_rng(args.seed, 0)
    x_train, x_test = [draw(rng, centres, std, args.n_data) for _ in range(2)]
    iters = dataset.count_batches(len(x_train), args.batch_size)
    low, high = np.min(x_train, 0), np.max(x_train, 0)
    axes = [low + (i + 0.5) / N_PIXELS * (high - low) for i in range(N_PIXELS)]
    grid = np.stack(np.meshgrid(*np.array(axes).T), -1).astype(np.float32)

    # Build the model
    tf.set_random_seed(args.seed)  # of the initial weights
    step = tf.train.get_or_create_global_step()
    x = tf.placeholder(tf.float32, shape=[None, 2], name="x")
    model = build_density(args.layers, args.hidden, args.n_data)
    log_density = model.observe(x=x).cond_log_prob("x")
    with zs.seeded([args.seed, 0]):
        x_gen = model.observe()["x"].tensor
    optimizer = tf.train.AdamOptimizer(tf.train.cosine_decay(
        args.learning_rate, step, args.epochs * iters))
    infer_op = optimizer.minimize(-tf.reduce_mean(log_density), global_step=step)

    # Maximise the likelihood
    settings = {name: value for name, value in vars(args).items()
                if name not in ("result_dir", "resume")}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        done = checkpoint.restore(sess, args.result_dir, settings)
        last = done.epoch if done else 0
        with records.MetricLog(args.result_dir, ["log_density", "test_log_density"],
                               resume_after=last or None) as metrics:
            for epoch in range(last + 1, args.epochs + 1):
                time_epoch = -time.time()
                order = checkpoint.epoch_rng(args.seed, epoch).permutation(len(x_train))
                values = []
                for t in progress_bar(range(iters), "Epoch {}".format(epoch),
                                      leave=False, disable=None):
                    batch = order[t * args.batch_size:(t + 1) * args.batch_size]
                    _, value = sess.run([infer_op, log_density], {x: x_train[batch]})
                    values.append(np.mean(value))
                test = np.mean(sess.run(log_density, {x: x_test}))
                time_epoch += time.time()
                print("Epoch {} ({:.1f}s): log density = {:.4f}, test = {:.4f}".format(
                    epoch, time_epoch, np.mean(values), test), flush=True)
                metrics.write(epoch, log_density=np.mean(values), test_log_density=test)
                checkpoint.save(sess, args.result_dir, epoch, settings)

        test = np.mean(sess.run(log_density, {x: x_test}))
        print("Test log density: flow {:.4f}, normal fit {:.4f}, truth {:.4f}".format(
            test, np.mean(log_density_of_fit(x_test, x_train)),
            np.mean(log_density_of_truth(x_test, centres, std))))
        of_grid = sess.run(log_density, {x: grid.reshape([-1, 2])})
        save_picture(os.path.join(args.result_dir, "density.png"), x_train,
                     sess.run(x_gen), of_grid.reshape([N_PIXELS, N_PIXELS]), low, high)


if __name__ == "__main__":
    script.run(main, parse_options())
