"""Hamiltonian Monte Carlo on a Gaussian with known moments.

Neal, "MCMC using Hamiltonian dynamics" (2011), section 3.3. The dimensions are
independent and have the standard deviations 1, 1/2, ..., 1/D. The warm-up adapts the
step size and a diagonal mass matrix. The full run takes seconds::

    python examples/toy_examples/gaussian_hmc.py --seed 1

`moments.csv` contains, for each dimension, the mean and the standard deviation of the
draws, the true standard deviation, and diagnostics. `chains.png` shows traces and
standard deviations.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script


def parse_options():
    parser = script.OptionParser(
        __doc__, "gaussian_hmc", chains=100, samples=1000, warmup=500, leapfrogs=5)
    parser.add_argument("--dim", type=script.positive_int, default=10,
                        help="number of dimensions")
    return parser.parse(samples=200, warmup=200)


@zs.meta_bayesian_net()
def gaussian(std, n_chains):
    bn = zs.BayesianNet()
    # x ~ N(0, diag(std^2))
    bn.normal("x", tf.zeros_like(std), std=std, n_samples=n_chains, group_ndims=1)
    return bn


def main(args):
    results.prepare(args, "scipy")
    std = 1. / np.arange(1, args.dim + 1, dtype=np.float32)

    # Sample: all chains start at the mode. Positions and momenta of a Gaussian rotate
    # along a trajectory. After whole half turns, the potential energy is that of the
    # start, and so it would mix slowly. The default of --leapfrogs avoids this: with
    # the adapted step size, a trajectory is about two thirds of a turn.
    hmc = zs.HMC(step_size=0.1, n_leapfrogs=args.leapfrogs, adapt_step_size=True,
                 adapt_mass=True, target_acceptance_rate=0.8)
    with tf.Session():
        chains = hmc.run(
            gaussian(std, args.chains), observed={},
            latent={"x": np.zeros([args.chains, args.dim], np.float32)},
            n_samples=args.samples, n_warmup=args.warmup, seed=args.seed)

    # Compare the moments of the draws with the true ones. The diagnostics are the
    # effective sample size and R-hat (Vehtari et al., 2021).

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
        right.loglog(std, summary["sd"], "o", label="draws")
        right.loglog(std, std, label="true")
        right.set(title="standard deviations", xlabel="true")
        right.legend()


if __name__ == "__main__":
    script.run(main, parse_options())
