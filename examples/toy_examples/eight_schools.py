"""The no-U-turn sampler on the eight schools, a hierarchical model with a funnel.

Rubin (1981); Gelman et al., "Bayesian Data Analysis" (3rd edition), section 5.5. The
effect of school i is mean + scale * offset_i. With standardized offsets as latents (the
non-centered parameterization), the posterior has no funnel, and no transition diverges.
NUTS infers from the model that `scale` is positive. The full run takes seconds::

    python examples/toy_examples/eight_schools.py --seed 1

`posterior.csv` contains means, quantiles and diagnostics of all parameters, and
`effects.csv` those of the effects. `posterior.png` shows them. `zs.Chains.load` reads
`chains.npz`.
"""

import os
import sys

import numpy as np

import zhusuan as zs
import zhusuan.tf1 as tf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", ".."))
from examples.utils import results, script

# Estimated effects of coaching on test scores, and their standard errors.
EFFECTS = np.array([28., 8., -3., 7., -1., 1., 18., 12.], np.float32)
ERRORS = np.array([15., 10., 16., 11., 9., 11., 10., 18.], np.float32)


def parse_options():
    parser = script.OptionParser(
        __doc__, "eight_schools", chains=4, samples=5000, warmup=1000)
    parser.add_argument(
        "--target-acceptance", type=script.positive_float, default=0.95,
        help="target acceptance rate of the step size adaptation")
    return parser.parse(samples=1000, warmup=300)


@zs.meta_bayesian_net()
def schools(n_chains):
    bn = zs.BayesianNet()
    mean = bn.normal("mean", 0., std=5., n_samples=n_chains)
    scale = bn.half_cauchy("scale", 5., n_samples=n_chains)
    offset = bn.normal("offset", tf.zeros([len(ERRORS)]), std=1., n_samples=n_chains,
                       group_ndims=1)
    effect = mean[:, None] + scale[:, None] * offset
    bn.normal("estimate", effect, std=ERRORS, group_ndims=1)
    return bn


def main(args):
    results.prepare(args, "scipy")

    # Sample
    start = {"mean": np.zeros([], np.float32), "scale": np.ones([], np.float32),
             "offset": np.zeros([len(ERRORS)], np.float32)}
    nuts = zs.NUTS(target_acceptance_rate=args.target_acceptance)
    with tf.Session():
        chains = nuts.run(
            schools(args.chains), {"estimate": EFFECTS}, start, args.samples,
            args.warmup, n_chains=args.chains, seed=args.seed)
    chains.save(os.path.join(args.result_dir, "chains.npz"))

    # Summarize the parameters and the effects
    summary = chains.summary()
    print(summary)
    effects = (chains["mean"][..., None]
               + chains["scale"][..., None] * chains["offset"])
    effect_summary = type(summary)({"effect": effects})
    print(effect_summary)
    print("{} of {} draws are from divergent transitions.".format(
        chains.statistics["is_divergent"].sum(), chains.n_samples * chains.n_chains))

    for name, table in ("posterior", summary), ("effects", effect_summary):
        results.write_table(
            args, name, ["parameter"] + list(table.columns),
            zip(table.names, *table.columns.values()))
    with results.picture(args, "posterior", n_columns=3) as (left, middle, right):
        left.plot(chains["mean"].ravel()[::10], np.log(chains["scale"].ravel()[::10]),
                  ",")
        left.set(xlabel="mean", ylabel="log scale", title="posterior")
        zs.diagnostics.plot_trace(chains["scale"][:500], middle)
        middle.set(title="scale", ylabel="")
        low, center, high = (effect_summary[q] for q in ("5%", "50%", "95%"))
        rows = np.arange(len(ERRORS))
        right.errorbar(center, rows, xerr=[center - low, high - center], fmt="o",
                       label="posterior, 90 %")
        right.plot(EFFECTS, rows, "x", label="estimate")
        right.set(title="effects", ylabel="school")
        right.legend(fontsize=7)


if __name__ == "__main__":
    script.run(main, parse_options())
