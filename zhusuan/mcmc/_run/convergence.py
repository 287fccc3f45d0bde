"""Warnings at the end of a run, about draws that do not represent the distribution.

Thresholds are those of Vehtari et al. (2021), "Rank-normalization, folding, and
localization", section 4.
"""
import numpy as np

from zhusuan.mcmc import diagnostics
from zhusuan.mcmc._run.float_precision import find_imprecision
from zhusuan.mcmc.chains import ConvergenceWarning
from zhusuan.utils._warnings import warn_user

__all__ = ["warn_of_problems"]

# A chain with fewer draws than this may be constant by chance.
FEW = 20
# R-hat and effective sample sizes of fewer draws are noise.
FEW_TO_DIAGNOSE = 100
MAX_RHAT, MIN_ESS, MIN_ESS_OF_CHAIN = 1.01, 400, 100
# Of a latent with more numbers, this many are diagnosed.
MAX_NUMBERS = 1000
MORE_DRAWS = "Increase n_samples or n_warmup"


def warn_of_problems(chains, advice, states=()):
    """Warn once about problems of convergence, with their remedies.

    :param chains: :class:`~zhusuan.mcmc.chains.Chains`.
    :param advice: Sentences that name the options of the sampler to change.
    :param states: A list with the last `Chain` of each device.
    """
    if chains.n_samples < FEW:
        return
    problems = list(_problems_of_precision(states))
    problems += _problems_of_transitions(chains, advice)
    if not problems and chains.n_samples >= FEW_TO_DIAGNOSE:
        problems = list(_problems_of_mixing(chains))
    if problems:
        findings, remedies = zip(*problems)
        warn_user("%s. %s." % ("; ".join(findings), ". ".join(
            sorted(set(remedies), key=remedies.index))), ConvergenceWarning)


def _problems_of_precision(states):
    """Pairs of a finding and its remedy."""
    finding = find_imprecision(states)
    if finding is not None:
        yield finding, ("Pass initial values and data as float64 arrays, or "
                        "standardize the predictors")


def _problems_of_transitions(chains, advice):
    """Pairs of a finding and its remedy."""
    if "energy_error" in chains.statistics:
        advice += '. See statistics["energy_error"] and statistics["is_divergent"]'
    n_stuck = _count_stuck(chains)
    if n_stuck:
        yield "%d of %d chains never moved in %d draws" % (
            n_stuck, chains.n_chains, chains.n_samples), advice
    is_divergent = chains.statistics.get("is_divergent", np.zeros(1))
    if np.any(is_divergent):
        yield "%d of %d transitions diverged" % (
            np.sum(is_divergent), is_divergent.size), advice
    is_cut = chains.statistics.get("reached_max_depth", np.zeros(1))
    if np.any(is_cut):
        yield "%d of %d trajectories ended at max_depth without a U-turn" % (
            np.sum(is_cut), is_cut.size), (
                "Increase max_depth or n_warmup, or pass another metric")


def _count_stuck(chains):
    """The number of chains that never moved, which look like a narrow posterior."""
    moved = np.any([np.any(
        x[1:] != x[:1], axis=(0,) + tuple(range(1 + chains.chain_rank, x.ndim)))
        for x in _diagnosed(chains).values()], axis=0)
    return np.sum(~moved)


def _diagnosed(chains):
    """The draws of latents, or of derived quantities if no others are stored."""
    return chains.draws or chains.derived


def _problems_of_mixing(chains):
    numbers = {name: _some_numbers(x, chains)
               for name, x in _diagnosed(chains).items()}
    numbers = {name: x for name, x in numbers.items() if x.size}
    if not numbers:
        return
    rhat = {name: np.max(diagnostics.split_rhat(x)) for name, x in numbers.items()}
    name = max(rhat, key=rhat.get)
    if rhat[name] > MAX_RHAT:
        yield "R-hat of %r is %.3f, expected at most %s" % (
            name, rhat[name], MAX_RHAT), MORE_DRAWS
    ess = {name: np.min(diagnostics.ess(x)) for name, x in numbers.items()}
    name = min(ess, key=ess.get)
    expected = min(MIN_ESS, MIN_ESS_OF_CHAIN * chains.n_chains)
    if ess[name] < expected:
        yield "the effective sample size of %r is %d, expected at least %d" % (
            name, ess[name], expected), MORE_DRAWS


def _some_numbers(draws, chains):
    """`[n_samples, n_chains, at most MAX_NUMBERS]` of the draws of a latent."""
    numbers = draws.reshape(chains.n_samples, chains.n_chains, -1)
    return numbers[..., ::max(1, -(-numbers.shape[-1] // MAX_NUMBERS))]
