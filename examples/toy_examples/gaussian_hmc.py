"""Hamiltonian Monte Carlo on a Gaussian with known moments.

Neal, "MCMC using Hamiltonian dynamics" (2011), section 3.3. The dimensions are
independent with different standard deviations, here 1 to 1/D. The warm-up tunes the
step size and the diagonal mass matrix. The full run takes seconds::

    python examples/toy_examples/gaussian_hmc.py --seed 1

For each dimension, `moments.csv` contains the mean and the standard deviation of the
draws, the true values, and diagnostics. `chains.png` shows traces and standard
deviations.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..")))
from examples.utils import results, script


def parse_options():
    parser = results.option_parser(__doc__.splitlines()[0], "gaussian_hmc")
    option = parser.add_argument
    option("--dim", type=script.positive_int, default=10, help="dimensions")
    option("--chains", type=script.positive_int, default=100,
           help="how many chains run side by side")
    option("--samples", type=script.positive_int, default=1000, help="draws of each")
    option("--warmup", type=script.positive_int, default=500,
           help="transitions before, which tune the sampler")
    option("--leapfrogs", type=script.positive_int, default=5,
           help="leapfrogs of a transition; with those that make whole half turns the "
                "energy of a Gaussian mixes slowly")
    return results.parse(parser, samples=200, warmup=200)


@zs.meta_bayesian_net()
def gaussian(std, n_chains):
    bn = zs.BayesianNet()
    bn.normal("x", tf.zeros_like(std), std=std, n_samples=n_chains, group_ndims=1)
    return bn


def main(args):
    results.prepare(args, "scipy")
    std = 1. / np.arange(1, args.dim + 1, dtype=np.float32)
    hmc = zs.HMC(step_size=0.1, n_leapfrogs=args.leapfrogs, adapt_step_size=True,
                 adapt_mass=True, target_acceptance_rate=0.8)
    with tf.Session():
        chains = hmc.run(
            gaussian(std, args.chains), observed={},
            latent={"x": np.zeros([args.chains, args.dim], np.float32)},
            n_samples=args.samples, n_warmup=args.warmup, seed=args.seed)

    summary = chains.summary()
    print(summary)
    print("Acceptance rate {:.3f}; standard deviations off by up to {:.1f} %".format(
        chains.statistics["acceptance_rate"].mean(),
        100 * np.abs(summary["sd"] / std - 1).max()))
    results.write_table(
        args, "moments", ["dimension", "mean", "sd", "true_sd", "ess", "rhat"],
        zip(range(args.dim), summary["mean"], summary["sd"], std,
            summary["ess_bulk"], summary["rhat"]))
    with results.picture(args, "chains", n_columns=2) as (left, right):
        zs.diagnostics.plot_trace(chains["x"][:100, :3, 0], left)
        left.set_title("3 chains, dimension 0")
        right.loglog(std, summary["sd"], "o", label="of the draws")
        right.loglog(std, std, label="true")
        right.set(title="standard deviations", xlabel="true")
        right.legend()


if __name__ == "__main__":
    script.run(main, parse_options())
