"""Stochastic gradient Nose-Hoover thermostats on a mixture of two Gaussians.

Ding et al., "Bayesian sampling using stochastic gradient thermostats" (2014). The
script adds noise to the gradients, as minibatches do. The thermostat adapts the
friction to the noise, so the draws still have the density of the mixture. The friction
converges to the injected noise plus half the step size times the variance of the
gradient noise. The full run takes seconds::

    python examples/toy_examples/mixture_sgnht.py --seed 1

`histogram.csv` contains the density of the draws and the true density, and
`histogram.png` shows both. `result.csv` contains their total variation distance, the
weight of the left mode, and the friction. The script is in TensorFlow-1 style.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script
from examples.utils.optional import progress_bar

WEIGHTS, MEANS, STDS = [0.3, 0.7], [-1.5, 1.], [0.4, 0.7]


def parse_options():
    parser = script.OptionParser(__doc__, "mixture_sgnht", chains=1000, iters=4000)
    option = parser.add_argument
    option("--burnin", default=1000, help="initial steps without draws",
           type=script.checked(int, lambda x: x >= 0, "an integer of at least 0"))
    option("--learning-rate", type=script.positive_float, default=0.01,
           help="learning rate of SGNHT, the square of the step size")
    option("--gradient-noise", default=2.,
           type=script.checked(float, lambda x: 0 <= x < float("inf"),
                               "a finite number of at least 0"),
           help="standard deviation of the noise of gradients")
    args = parser.parse(chains=300, iters=1500, burnin=500)
    if args.burnin >= args.iters:
        parser.error("--burnin {} gives no draws; expected a number below --iters, "
                     "which is {}".format(args.burnin, args.iters))
    return args


@zs.meta_bayesian_net()
def build_model(n_chains):
    bn = zs.BayesianNet()
    bn.mixture_same_family(
        "x", tf.log(WEIGHTS), zs.distributions.Normal(mean=MEANS, std=STDS),
        n_samples=n_chains)
    return bn


def main(args):
    results.prepare(args)
    tf.set_random_seed(args.seed)
    model = build_model(args.chains)

    def noisy_log_joint(values):
        """The log density plus a random linear term, whose gradient is noise."""
        noise = tf.random_normal([args.chains], stddev=args.gradient_noise)
        return model.observe(**values).log_joint() + noise * values["x"]

    # Sampler
    x = tf.get_variable("x", initializer=tf.random_normal([args.chains], stddev=2.))
    sgnht = zs.SGNHT(learning_rate=args.learning_rate, variance_extra=0.1)
    sample_op, info = sgnht.sample(noisy_log_joint, observed={}, latent={"x": x})

    edges = np.linspace(-4., 4., 81)
    centers = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    density = tf.exp(model.observe(x=centers[:, None]).log_joint())

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        draws, frictions = [], []
        for t in progress_bar(range(args.iters), "Sampling"):
            _, draw, friction = sess.run([sample_op, info.q["x"], info.alpha["x"]])
            if t >= args.burnin:
                draws.append(draw)
                frictions.append(friction.mean())
        density = sess.run(density)[:, 0]

    # Compare the histogram of the draws with the density
    draws = np.concatenate(draws)
    histogram = np.histogram(draws, edges, density=True)[0]
    distance = np.sum(np.abs(histogram - density)) * (edges[1] - edges[0]) / 2
    left = np.mean(draws < -0.6)
    print("Total variation distance {:.4f}; left of -0.6: {:.3f} of the draws; mean "
          "friction {:.3f}".format(distance, left, np.mean(frictions)))
    results.write_table(args, "histogram", ["x", "draws", "density"],
                        zip(centers, histogram, density))
    results.write_table(args, "result", ["distance", "left", "friction"],
                        [[distance, left, np.mean(frictions)]])
    with results.picture(args, "histogram") as ax:
        ax.bar(centers, histogram, width=edges[1] - edges[0], color="lightblue",
               label="draws")
        ax.plot(centers, density, color="black", label="density")
        ax.set(xlabel="x")
        ax.legend()


if __name__ == "__main__":
    script.run(main, parse_options())
