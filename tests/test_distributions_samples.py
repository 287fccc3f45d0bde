"""Samples of every distribution follow its density, in every mode and dtype.

All statistical tests have fixed seeds. Each fails by chance with probability 1e-7, and
there are fewer than 10,000 of them (rows x parameter sets x statistics x dtypes x
modes), so with new seeds one run in 1,000 would fail.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from cases import every_case
from scipy import stats

import zhusuan as zs

N = 10000
CHANCE = 1e-7


def draw(case, mode):
    """Samples ``[N, P] + V`` and their log densities by parameter dtype.

    XLA takes seconds to compile a sampler, so there one dtype must do.
    """
    parameters = {dtype: case.stacked(dtype) for dtype in case.dtypes
                  if mode != "xla" or dtype == "float32"}

    def compute(*flat):
        drawn = {}
        for dtype, one in tf.nest.pack_sequence_as(parameters, flat).items():
            dist = case.make(one, **case.kwargs_for(dtype))
            samples = dist.sample(N)
            drawn[dtype] = samples, dist.log_prob(samples)
        return drawn

    def compute_seeded(*flat):
        with zs.seeded(20240229):
            return compute(*flat)

    flat = tf.nest.flatten(parameters)
    return modes.run(mode, compute_seeded if mode == "xla" else compute, *flat)


@every_case
def test_samples_follow_the_density(case, mode):
    if not case.is_sampled or mode not in case.sampled_in:
        pytest.skip("TensorFlow has no such sampler here")
    for dtype, (samples, log_prob) in draw(case, mode).items():
        assert samples.dtype == case.sample_dtype(dtype)
        for p, one in enumerate(case.rounded_sets(dtype)):
            where = "{} {} {}".format(case, dtype, one)
            bad = ~np.isfinite(log_prob[:, p])
            assert not bad.any(), "log_prob {} at own samples {}: {}".format(
                log_prob[:, p][bad][:5], samples[:, p][bad][:5], where)
            if case.is_discrete and case.marginals is None:
                chance = chi_square(case, one, samples[:, p])
                assert chance > CHANCE, where
            else:
                for number, (statistic, law) in enumerate(case.statistics(one)):
                    chance = kolmogorov_smirnov(statistic, law, samples[:, p], dtype)
                    assert chance > CHANCE, (number, where)


def kolmogorov_smirnov(statistic, law, samples, dtype):
    """The chance of a distance this large between samples and law.

    A sample represents all numbers that round to it, so the empirical distribution
    function is held against the bounds of the law's.
    """
    low, high = bounds(np.sort(statistic(samples.astype("float64"))), dtype)
    rank = np.arange(len(samples))
    distance = max(np.max(law.cdf(low) - rank / len(samples)),
                   np.max((rank + 1.) / len(samples) - law.cdf(high)))
    # Massart 1990: P(one-sided distance > d) <= exp(-2 n d^2), either way.
    return min(1., 2. * np.exp(-2. * len(samples) * max(distance, 0.) ** 2))


def bounds(x, dtype):
    """The numbers that round to `x`, also those out of range."""
    info = np.finfo(dtype)
    step = 2. * float(info.eps) * np.abs(x) + float(info.tiny)
    low = np.where((x > 0.) & (x <= 2. * float(info.tiny)), -np.inf, x - step)
    high = np.where((x < 0.) & (x >= -2. * float(info.tiny)), np.inf, x + step)
    high = np.where(x >= float(info.max), np.inf, high)
    return low, high


def chi_square(case, one, samples):
    """Pearson's test, over values in their order, pooled to 1 % or more."""
    values = case.all_values(one)
    expected = N * np.exp(case.log_density(values, one))
    bins = np.minimum(np.cumsum(expected) // (N / 100.), 99).astype(int)
    if values.ndim == 1:
        place = np.clip(np.searchsorted(values, samples), 0, len(values) - 1)
    else:
        index = {tuple(v.ravel()): i for i, v in enumerate(values)}
        place = [index[tuple(s.ravel())] for s in samples.astype("float64")]
    observed = np.bincount(bins[place], minlength=bins.max() + 1)
    expected = np.bincount(bins, weights=expected)
    few = expected < 5.  # next to nothing, as it cannot be pooled with what follows
    assert observed[few].sum() <= 40
    observed, expected = observed[~few], expected[~few]
    statistic = np.sum((observed - expected) ** 2 / expected)
    return stats.chi2.sf(statistic, len(expected) - 1) if len(expected) > 1 else 1.
