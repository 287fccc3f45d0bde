"""Measure the quality of draws of a posterior, and their cost."""
import time
from typing import NamedTuple, Optional

from benchmarks.posteriors.judge import Verdict, judge
from benchmarks.posteriors.libraries import LIBRARIES, Settings

__all__ = ["Measurement", "measure"]

DEFAULT = Settings()


class Measurement(NamedTuple):
    """The quality of draws of a posterior, and their cost.

    :param verdict: A `Verdict`.
    :param n_divergent: The number of divergent transitions among the draws.
    :param gradients: The number of gradients for the draws, over all chains.
    :param warmup_gradients: The same for warm-up; None if not counted.
    :param compile_seconds: What the first run takes longer than the second.
    :param warmup_seconds: Of a run with one draw, once compiled.
    :param run_seconds: Of the second run, warm-up and draws.
    """

    verdict: Verdict
    n_divergent: int
    gradients: int
    warmup_gradients: Optional[int]
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


def measure(name, settings=DEFAULT, library="zhusuan", **options):
    """The :class:`Measurement` of runs of one sampler.

    :param name: Name of a posterior of posteriordb.
    :param options: Of the sampler of the library.
    """
    run = LIBRARIES[library](name, settings, **options)

    def timed(n_samples):
        began = time.perf_counter()
        return run(n_samples), time.perf_counter() - began

    _, cold_seconds = timed(settings.n_samples)
    found, run_seconds = timed(settings.n_samples)
    _, warmup_seconds = min((timed(1) for _ in range(2)), key=lambda x: x[1])
    return Measurement(
        judge(name, found.draws), found.n_divergent, found.gradients,
        found.warmup_gradients, cold_seconds - run_seconds, warmup_seconds, run_seconds)
