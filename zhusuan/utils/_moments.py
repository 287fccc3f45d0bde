"""Means, spreads and quantiles of draws of any scale and offset.

Draws are arrays `[n_samples, n_chains, ...]`; one number is returned for each
position on the further axes. Powers of two are divided out first, so that neither
squares nor sums overflow or underflow.
"""
from collections import namedtuple

import numpy as np

__all__ = ["Standardized", "divide_by_power_of_two", "mean", "quantile",
           "standard_deviation", "standardize", "to_float64"]

_AXES = (0, 1)
# Above it, float64 does not represent all integers.
_LARGEST_EXACT = 2 ** 53


class Standardized(namedtuple("Standardized", ["unit", "exponent"])):
    """Draws without their offset and scale.

    :param unit: The differences to the first draw, divided by ``2 ** exponent``: at
        most 1 in absolute value, and 0 where all draws are equal.
    :param exponent: An array of ints, one for each number.
    """

    __slots__ = ()


def to_float64(samples):
    """Draws as float64, and what to add to them, which is 0 except of large integers.

    Integers that float64 does not represent become differences to their smallest.
    """
    samples = np.asarray(samples)
    if samples.dtype.kind not in "iu" or not samples.size or (
            samples.max() <= _LARGEST_EXACT and samples.min() >= -_LARGEST_EXACT):
        return samples.astype(np.float64), 0.
    smallest = samples.min(axis=_AXES)
    # Exact: modulo 2 ** 64, below which all differences are.
    differences = samples.astype(np.uint64) - smallest.astype(np.uint64)
    return differences.astype(np.float64), smallest.astype(np.float64)


def standardize(samples):
    """The :class:`Standardized` of finite float64 draws, of at least one."""
    scaled, exponent = divide_by_power_of_two(samples)
    unit, more = divide_by_power_of_two(scaled - scaled[:1, :1])
    return Standardized(unit, exponent + more)


def mean(samples):
    """The mean; nan of no draws."""
    def of_scaled(x):
        with np.errstate(invalid="ignore"):  # inf - inf
            return np.where(np.isfinite(x).all(axis=_AXES),
                            x[0, 0] + (x - x[0, 0]).mean(axis=_AXES),
                            x.mean(axis=_AXES))
    return _of_scaled(of_scaled, samples)


def quantile(samples, probability):
    """A quantile; nan of no draws, or where one is nan."""
    def of_scaled(x):
        with np.errstate(invalid="ignore"):  # between -inf and inf
            return np.quantile(x, probability, axis=_AXES)
    return _of_scaled(of_scaled, samples)


def standard_deviation(samples):
    """The standard deviation with divisor n - 1; nan of one draw, or not finite."""
    samples, _ = to_float64(samples)
    if np.prod(samples.shape[:2]) < 2:
        return np.full(samples.shape[2:], np.nan)
    is_finite = np.isfinite(samples).all(axis=_AXES)
    unit, exponent = standardize(np.where(is_finite, samples, 0.))
    return np.where(is_finite, np.ldexp(
        np.std(unit, axis=_AXES, ddof=1), exponent), np.nan)


def _of_scaled(statistic, samples):
    """A statistic that is proportional to the draws, and moves with them."""
    samples, offset = to_float64(samples)
    if not np.prod(samples.shape[:2]):
        return np.full(samples.shape[2:], np.nan)
    scaled, exponent = divide_by_power_of_two(samples)
    return np.ldexp(statistic(scaled), exponent) + offset


def divide_by_power_of_two(samples):
    """Draws below 1 in absolute value, and the exponents of two for each number.

    Nothing is rounded: ranks of draws, and of their distances to a point, stay.
    """
    largest = np.abs(samples).max(axis=_AXES)
    if not np.isfinite(largest).all():
        largest = np.abs(np.where(np.isfinite(samples), samples, 0.)).max(axis=_AXES)
    _, exponent = np.frexp(largest)
    return np.ldexp(samples, -exponent), exponent
