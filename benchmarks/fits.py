"""Fit posteriors of posteriordb without any setting, and compare with references.

    python -m benchmarks.fits [NAME ...]
    python -m benchmarks.fits --posterior multivariate_normal --library numpyro NAME

The data are read from the folder that ZHUSUAN_TEST_DATA names. Columns: the largest
|error of a mean| / sd and |log ratio of sd| over all numbers, their medians, the bound
of the log evidence, and seconds with compilation. Means and sd are those of 4000 draws,
so that means have a noise of 0.016 sd.
"""
import argparse
import time
from typing import NamedTuple

import numpy as np

from benchmarks import posteriordb
from benchmarks.posteriors import MODELS

POSTERIORS = ["mean_field", "multivariate_normal", "low_rank_normal"]
N_DRAWS, N_STEPS, N_PARTICLES = 4000, 5000, 10
SEED = 1


class Errors(NamedTuple):
    """Draws against reference moments, over all numbers of all parameters."""

    worst_mean: float
    worst_sd: float
    median_mean: float
    median_sd: float


def errors(name, draws):
    """The :class:`Errors` of draws, arrays `[n, ...]` by parameter."""
    of_means, of_sds = [], []
    for parameter in posteriordb.posterior(name).shapes:
        mean, square = [posteriordb.reference(name, moment)[parameter]
                        for moment in ("mean", "mean_square")]
        variance = square - mean ** 2
        # The references have seven digits, which leave no smaller variance.
        sd = np.sqrt(np.where(variance > 1e-6 * mean ** 2, variance, np.nan))
        x = np.asarray(draws[parameter], np.float64)
        of_means.append(np.ravel(np.abs(x.mean(0) - mean) / sd))
        of_sds.append(np.ravel(np.abs(np.log(x.std(0) / sd))))
    of_means, of_sds = np.concatenate(of_means), np.concatenate(of_sds)
    return Errors(np.nanmax(of_means), np.nanmax(of_sds), np.nanmedian(of_means),
                  np.nanmedian(of_sds))


def fit_zhusuan(name, posterior):
    """Draws of a fit with the default settings, and the bound."""
    import zhusuan as zs

    row = posteriordb.posterior(name)
    problem = MODELS[row.model](posteriordb.of_posterior(name))
    fit = zs.variational.fit(
        problem.model, problem.observed, posterior, constraints=problem.constraints,
        seed=SEED, progress_bar=False)
    draws = {parameter: x[:, np.newaxis] for parameter, x in fit.draws(N_DRAWS).items()}
    return {parameter: x[:, 0] for parameter, x in problem.derive(draws).items()}, (
        fit.log_evidence.value)


def fit_numpyro(name, posterior):
    """The same by NumPyro, with as many gradients."""
    import jax
    import numpyro
    from numpyro.infer import SVI, Trace_ELBO, autoguide

    from benchmarks.posteriors import numpyro_models

    guides = {"mean_field": autoguide.AutoNormal,
              "multivariate_normal": autoguide.AutoMultivariateNormal,
              "low_rank_normal": autoguide.AutoLowRankMultivariateNormal}
    row, data = posteriordb.posterior(name), posteriordb.of_posterior(name)
    problem = MODELS[row.model](data)
    model = numpyro_models.model(row.model, data, problem)
    guide = guides[posterior](model)
    svi = SVI(model, guide, numpyro.optim.Adam(0.01), Trace_ELBO(N_PARTICLES))
    found = svi.run(jax.random.PRNGKey(SEED), N_STEPS, progress_bar=False)
    draws = guide.sample_posterior(
        jax.random.PRNGKey(SEED + 1), found.params, sample_shape=(N_DRAWS,))
    draws = problem.derive({name: np.asarray(x)[:, np.newaxis]
                            for name, x in draws.items()})
    return {parameter: draws[parameter][:, 0] for parameter in row.shapes}, (
        -float(np.mean(np.asarray(found.losses)[-100:])))


LIBRARIES = {"zhusuan": fit_zhusuan, "numpyro": fit_numpyro}


def parse():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fits", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="a posterior; all by default")
    parser.add_argument("--posterior", choices=POSTERIORS, action="append")
    parser.add_argument("--library", choices=list(LIBRARIES), default="zhusuan")
    args = parser.parse_args()
    known = posteriordb.names()
    if not known:
        parser.error("ZHUSUAN_TEST_DATA must name a folder with posteriordb/")
    unknown = [name for name in args.names if name not in known]
    if unknown:
        parser.error("no posterior %s; there are %s" % (
            ", ".join(unknown), ", ".join(known)))
    return args.names or known, args.posterior or POSTERIORS, LIBRARIES[args.library]


def main():
    names, posteriors, library = parse()
    print("| posterior | fit | worst mean | worst sd | median mean | median sd | bound "
          "| seconds |")
    print("|---" * 8 + "|", flush=True)
    for name in names:
        for posterior in posteriors:
            began = time.perf_counter()
            try:
                draws, bound = library(name, posterior)
            except (NotImplementedError, ValueError, FloatingPointError) as error:
                print("| %s | %s | %s: %s |" % (
                    name, posterior, type(error).__name__, error), flush=True)
                continue
            print("| %s | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f |" % (
                (name, posterior) + errors(name, draws)
                + (bound, time.perf_counter() - began)), flush=True)


if __name__ == "__main__":
    main()
