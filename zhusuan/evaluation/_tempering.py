"""Weights of particles along a path of temperatures: functions of NumPy arrays.

Particles are split into islands, groups of equal size that are resampled on their own.
Each island has its own estimate of the evidence, and the particles of an island are as
important as this estimate is large.
"""
import numpy as np

from zhusuan.utils._resampling import systematic_indices

__all__ = ["evidence_of", "island_log_means", "log_factors_of", "multiply_weights",
           "next_temperature", "particle_weights", "relative_ess", "resample_islands",
           "weighted_variances"]

# The bisection ends at this relative error of the increment of the temperature.
_PRECISION, _MAX_HALVINGS = 1e-4, 1000


def relative_ess(weights, log_factors):
    """The relative number of effective particles whose weights change by factors.

    It is the conditional effective sample size of Zhou, Johansen and Aston (2016),
    "Toward automatic model comparison", eq. 12, over the number of particles. With
    equal weights it is that of Kong.

    :param weights: An array of weights that sum to 1.
    :param log_factors: An array; -inf for the factor 0.
    """
    log_factors = np.where(weights > 0., log_factors, -np.inf)
    largest = np.max(log_factors)
    if np.isneginf(largest):
        return 0.
    factors = np.exp(log_factors - largest)
    return np.sum(weights * factors) ** 2 / np.sum(weights * factors ** 2)


def log_factors_of(log_ratios, increment):
    """The log of ratios to the power of an increment, which may be 0; -inf remains."""
    is_possible = ~np.isneginf(log_ratios)
    return np.where(is_possible, increment * np.where(
        is_possible, log_ratios, 0.), -np.inf)


def next_temperature(temperature, log_ratios, weights, fraction):
    """The next inverse temperature, by bisection for a given effective sample size.

    The increment leaves `fraction` of the particles effective (Jasra, Stephens, Doucet
    and Tsagaris, 2011, "Inference for Levy-driven stochastic volatility models via
    adaptive sequential Monte Carlo", section 3.2), or of those where the density is
    positive. If all the way to 1 leaves more, it is 1.

    :param temperature: A float in [0, 1).
    :param log_ratios: An array, the log ratio of the last and the first density.
    :param weights: An array of weights that sum to 1.
    """
    def remaining(increment):
        return relative_ess(weights, log_factors_of(log_ratios, increment))

    least = fraction * remaining(0.)
    low, high = 0., 1. - temperature
    if remaining(high) >= least:
        return 1.
    for _ in range(_MAX_HALVINGS):
        if high - low <= _PRECISION * low:
            break
        middle = 0.5 * (low + high)
        if remaining(middle) >= least:
            low = middle
        else:
            high = middle
    return temperature + low


def island_log_means(log_weights):
    """The log of the mean weight of each island: `[m]` of `[m, k]`."""
    largest = np.max(log_weights, axis=1)
    largest = np.where(np.isneginf(largest), 0., largest)
    with np.errstate(divide="ignore"):
        return largest + np.log(np.mean(
            np.exp(log_weights - largest[:, np.newaxis]), axis=1))


def particle_weights(island_log_evidences, n_each):
    """The weights of particles that are equal within each island: `[m * n_each]`."""
    weights = np.exp(island_log_evidences - np.max(island_log_evidences))
    return np.repeat(weights / (n_each * np.sum(weights)), n_each)


def multiply_weights(weights, log_factors):
    """Weights that sum to 1, proportional to `weights` times factors."""
    log_factors = np.where(weights > 0., log_factors, -np.inf)
    products = weights * np.exp(log_factors - np.max(log_factors))
    return products / np.sum(products)


def evidence_of(island_log_evidences):
    """The log of the mean evidence of all islands, and its standard error.

    The error is that of the mean of the evidence of `m` islands, relative to the mean.
    """
    value, = island_log_means(island_log_evidences[np.newaxis])
    relative = np.exp(island_log_evidences - value)
    return value, np.std(relative, ddof=1) / len(relative) ** 0.5


def resample_islands(log_weights, random_state):
    """The indices of all particles after resampling each island on its own.

    The particles of an island without any weight stay as they are.

    :param log_weights: An array `[m, k]`.
    """
    m, k = log_weights.shape
    indices = np.arange(m * k).reshape([m, k])
    for island, log_weight in enumerate(log_weights):
        largest = np.max(log_weight)
        if not np.isneginf(largest):
            indices[island] = island * k + systematic_indices(
                np.exp(log_weight - largest), k, random_state)
    return indices.reshape(-1)


def weighted_variances(weights, positions):
    """The variance of each column of `positions`; 1 for columns of one number.

    :param weights: An array `[n]` of weights that sum to 1.
    """
    used = weights > 0.
    weights, positions = weights[used], positions[used].astype(np.float64)
    mean = weights @ positions
    variances = weights @ (positions - mean) ** 2
    rounding = 8. * np.finfo(np.float64).eps * np.abs(mean)
    return np.where(variances > rounding ** 2, variances, 1.)
