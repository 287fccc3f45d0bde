"""Run NUTS on a posterior, and count what the draws took."""
import time
from typing import NamedTuple

import numpy as np

import zhusuan as zs
from benchmarks import posteriordb
from benchmarks.posteriors import MODELS
from benchmarks.posteriors.judge import Verdict, judge

__all__ = ["Measurement", "Settings", "measure"]

# Settings of NUTS where its defaults give divergences, by the names of models.
OPTIONS = {
    "eight_schools_centered": {"target_acceptance_rate": 0.95},
    "gp_pois_regr": {"target_acceptance_rate": 0.95},
    "one_comp_mm_elim_abs": {"target_acceptance_rate": 0.95},
}


class Settings(NamedTuple):
    """The size of a run."""

    n_chains: int = 4
    n_warmup: int = 1000
    n_samples: int = 1000
    seed: int = 1


DEFAULT = Settings()


class Measurement(NamedTuple):
    """What draws of a posterior are worth, and what they took.

    :param verdict: A `Verdict`.
    :param n_divergent: The number of divergent transitions among the draws.
    :param warmup_gradients: The number of gradients in warm-up, over all chains.
    :param gradients: The number of gradients for the draws.
    :param compile_seconds: What the first run takes longer than the second.
    :param warmup_seconds: Of a run that draws nothing, once compiled.
    :param run_seconds: Of the second run, warm-up and draws.
    """

    verdict: Verdict
    n_divergent: int
    warmup_gradients: int
    gradients: int
    compile_seconds: float
    warmup_seconds: float
    run_seconds: float

    @property
    def ess_per_second(self):
        """Smallest bulk effective sample size, by seconds of warm-up and draws."""
        return self.verdict.min_ess_bulk / self.run_seconds

    @property
    def ess_per_1000_gradients(self):
        """Smallest bulk effective sample size, by gradients of the draws."""
        return 1000 * self.verdict.min_ess_bulk / self.gradients


def measure(name, settings=DEFAULT, **options):
    """The :class:`Measurement` of three runs of the same sampler.

    :param name: Name of a posterior of posteriordb.
    :param options: Of NUTS, instead of those in `OPTIONS`.
    """
    model = posteriordb.posterior(name).model
    posterior = MODELS[model](posteriordb.of_posterior(name))
    sampler = zs.NUTS(**dict(OPTIONS.get(model, {}), **options))

    def timed_run(n_samples):
        began = time.perf_counter()
        chains = sampler.run(
            posterior.model, posterior.observed, posterior.start, n_samples,
            settings.n_warmup, n_chains=settings.n_chains, seed=settings.seed,
            constraints=posterior.constraints, progress_bar=False)
        return chains, time.perf_counter() - began

    _, cold_seconds = timed_run(settings.n_samples)
    chains, run_seconds = timed_run(settings.n_samples)
    _, warmup_seconds = timed_run(0)
    return Measurement(
        judge(name, posterior.derive(chains.draws)),
        int(np.sum(chains.statistics["is_divergent"])),
        int(np.sum(chains.warmup_statistics["n_leapfrogs"])),
        int(np.sum(chains.statistics["n_leapfrogs"])),
        cold_seconds - run_seconds, warmup_seconds, run_seconds)
