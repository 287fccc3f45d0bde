"""Effective draws of NUTS for each metric estimator and schedule of warm-up.

    python -m benchmarks.metrics [--pooled] [--seeds N] [NAME ...]

prints a Markdown table: the smallest bulk effective sample size for 1000 gradients of
the draws, the median over seeds. 4 chains, 1000 draws of warm-up and 1000 after it.
Without --pooled, half of the columns are of chains that are tuned alone. NAME is the
end of a name of posteriordb, or a name of :mod:`benchmarks.large_models`.
"""
import argparse
import itertools
import warnings

import numpy as np

import zhusuan as zs
from benchmarks import posteriordb
from benchmarks.large_models import LARGE_MODELS
from benchmarks.posteriors import MODELS
from zhusuan.mcmc import diagnostics
from zhusuan.mcmc._adaptation.fisher_estimators import (
    FisherEstimator,
    LowRankFisherEstimator,
)
from zhusuan.mcmc._adaptation.metric_estimators import (
    CovarianceEstimator,
    OverlappingEstimator,
)
from zhusuan.mcmc._adaptation.schedules import overlapping_windows, stan_windows
from zhusuan.mcmc._adaptation.step_size import DualAveraging
from zhusuan.mcmc._adaptation.warmup import Warmup

N_CHAINS, N_DRAWS = 4, 1000
ESTIMATORS = {
    "variance": CovarianceEstimator(),
    "Fisher diagonal": FisherEstimator(),
    "covariance": CovarianceEstimator(is_dense=True),
    "Fisher dense": FisherEstimator(is_dense=True),
    "Fisher low rank": LowRankFisherEstimator(),
}
SCHEDULES = ["windows of Stan", "overlapping"]


class Tuned(zs.NUTS):
    """NUTS with one of the estimators and schedules."""

    def __init__(self, estimator, schedule):
        super().__init__()
        self._estimator, self._schedule = estimator, schedule

    def adaptation(self, n_warmup):
        estimator, schedule = ESTIMATORS[self._estimator], stan_windows(n_warmup)
        if self._schedule == "overlapping":
            schedule = overlapping_windows(
                n_warmup, updates_always=self._estimator == "Fisher diagonal")
            estimator = OverlappingEstimator(estimator)
        return Warmup(DualAveraging(1., 0.8), estimator, schedule, is_flat=True,
                      n_warmup=n_warmup)


def effective_draws(sampler, posterior, seed, is_pooled):
    """The smallest bulk effective sample size for 1000 gradients."""
    def run(n_chains, seed):
        return sampler.run(
            posterior.model, posterior.observed, posterior.start, N_DRAWS, N_DRAWS,
            n_chains=n_chains, seed=seed, constraints=posterior.constraints,
            progress_bar=False)

    runs = [run(N_CHAINS, seed)] if is_pooled else [
        run(1, N_CHAINS * seed + i) for i in range(N_CHAINS)]
    draws = posterior.derive({name: np.concatenate([x[name] for x in runs], 1)
                              for name in posterior.start})
    smallest = min(np.min(diagnostics.ess(x)) for x in draws.values())
    return 1000. * smallest / sum(x.statistics["n_leapfrogs"].sum() for x in runs)


def load(name):
    """The posterior of a name, or of the end of one."""
    if name in LARGE_MODELS:
        return LARGE_MODELS[name]()
    (full,) = [x for x in posteriordb.names() if x.endswith("-" + name)] or [name]
    return MODELS[posteriordb.posterior(full).model](posteriordb.of_posterior(full))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--pooled", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    names = arguments.names or posteriordb.names() + list(LARGE_MODELS)
    settings = list(itertools.product(
        ESTIMATORS, SCHEDULES, [True] if arguments.pooled else [True, False]))
    print("| estimator | schedule | chains | %s |" % " | ".join(names))
    print("|---" * (3 + len(names)) + "|")
    posteriors = [load(name) for name in names]
    for estimator, schedule, is_pooled in settings:
        sampler = Tuned(estimator, schedule)
        row = [np.median([effective_draws(sampler, x, seed, is_pooled)
                          for seed in range(arguments.seeds)]) for x in posteriors]
        print("| %s | %s | %s | %s |" % (
            estimator, schedule, "pooled" if is_pooled else "alone",
            " | ".join("%.3g" % x for x in row)), flush=True)


if __name__ == "__main__":
    main()
