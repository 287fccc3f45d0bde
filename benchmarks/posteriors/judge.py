"""Judge draws of a posterior by reference moments, and by their own diagnostics."""
from typing import NamedTuple

import numpy as np

from benchmarks import posteriordb
from zhusuan.mcmc import diagnostics

__all__ = ["Verdict", "judge"]

# Without finite squares: judged by the shares of draws in the tails.
HEAVY_TAILED = {"one_comp_mm_elim_abs": ("K_m", "V_m")}
# Of a share among the 10,000 reference draws.
SHARE, SHARE_ERROR = 0.05, 0.0022


class Verdict(NamedTuple):
    """Draws against references, over all numbers of all parameters.

    :param worst_z: The largest |z| of means and mean squares, in units of the
        Monte Carlo errors of draws and references.
    :param max_rhat: The largest split R-hat.
    :param min_ess_bulk: The smallest bulk effective sample size.
    :param min_ess_tail: The smallest tail effective sample size.
    """

    worst_z: float
    max_rhat: float
    min_ess_bulk: float
    min_ess_tail: float


def judge(name, draws):
    """The :class:`Verdict` on draws of a posterior.

    :param name: Name of a posterior of posteriordb.
    :param draws: A dict of arrays `[n_samples, n_chains, ...]` by parameter.
    """
    heavy = HEAVY_TAILED.get(posteriordb.posterior(name).model, ())
    numbers = {parameter: np.asarray(draws[parameter])
               for parameter in posteriordb.posterior(name).shapes}
    scores = [tail_scores(name, parameter, x) if parameter in heavy
              else moment_scores(name, parameter, x)
              for parameter, x in numbers.items()]
    return Verdict(
        float(np.max(np.abs(np.concatenate([np.ravel(z) for z in scores])))),
        extreme(np.max, diagnostics.split_rhat, numbers),
        extreme(np.min, diagnostics.ess, numbers),
        extreme(np.min, lambda x: diagnostics.ess(x, "tail"), numbers))


def extreme(select, diagnostic, numbers):
    return float(select([select(diagnostic(x)) for x in numbers.values()]))


def moment_scores(name, parameter, draws):
    """z of the means and the mean squares, `[2, ...]`."""
    return np.stack([
        z_score(draws ** power, posteriordb.reference(name, moment)[parameter],
                posteriordb.reference(name, error)[parameter])
        for power, moment, error in [(1, "mean", "mcse"),
                                     (2, "mean_square", "mcse_square")]])


def tail_scores(name, parameter, draws):
    """z of the shares below the 5 % quantile and above the 95 % quantile."""
    low, high = [posteriordb.reference(name, moment)[parameter]
                 for moment in ("q5", "q95")]
    return np.stack([z_score(1. * is_tail, SHARE, SHARE_ERROR)
                     for is_tail in (draws < low, draws > high)])


def z_score(draws, expected, error):
    return (np.mean(draws, axis=(0, 1)) - expected) / np.hypot(
        diagnostics.mcse(draws), error)
