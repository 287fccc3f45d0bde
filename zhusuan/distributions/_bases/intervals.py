"""Intervals of real numbers as supports of distributions."""
from __future__ import annotations

from typing import Any, Callable, List

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Interval", "POSITIVE", "REAL", "UNIT"]


# A function of the limits of a dtype.
_End = Callable[["np.finfo[Any]"], float]


class Interval:
    """An interval of values with a density, and a closed interval of samples.

    Samples exclude the ends, where a density may be 0 or infinite.

    :param low, high: Functions of `numpy.finfo` that return the ends.
    :param sample_low, sample_high: Likewise, the smallest and the largest sample.
    """

    def __init__(self, low: _End, high: _End, sample_low: _End,
                 sample_high: _End) -> None:
        self._ends = low, high
        self._sample_ends = sample_low, sample_high

    def ends(self, dtype: tf.DType) -> List[np.floating[Any]]:
        """The ends of the interval, numbers of a `tf.DType`."""
        info = np.finfo(dtype.as_numpy_dtype)
        return [dtype.as_numpy_dtype(end(info)) for end in self._ends]

    def clip(self, samples: tf.Tensor) -> tf.Tensor:
        """Clip samples to finite numbers inside of the interval."""
        info = np.finfo(samples.dtype.as_numpy_dtype)
        low, high = [samples.dtype.as_numpy_dtype(end(info))
                     for end in self._sample_ends]
        return tf.clip_by_value(samples, low, high)


def _zero(info: np.finfo[Any]) -> float:
    return 0.


def _largest(info: np.finfo[Any]) -> float:
    return info.max


def _smallest(info: np.finfo[Any]) -> float:
    return info.tiny


REAL = Interval(lambda info: -info.max, _largest, lambda info: -info.max, _largest)
POSITIVE = Interval(_zero, _largest, _smallest, _largest)
UNIT = Interval(_zero, lambda info: 1., _smallest, lambda info: 1. - info.epsneg)
