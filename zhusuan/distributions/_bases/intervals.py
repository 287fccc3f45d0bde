"""Intervals of real numbers: supports, and the samples inside of them."""
import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Interval", "POSITIVE", "REAL", "UNIT"]


class Interval:
    """An interval: which values have a density, and which are samples.

    Samples keep off the ends, where a density may be 0 or infinite: they are
    rounded to the nearest number inside.
    """

    def __init__(self, low, high, sample_low, sample_high):
        self._ends = low, high
        self._sample_ends = sample_low, sample_high

    def ends(self, dtype):
        """The first and the last value that may have a density."""
        info = np.finfo(dtype.as_numpy_dtype)
        return [dtype.as_numpy_dtype(end(info)) for end in self._ends]

    def clip(self, samples):
        """`samples`, rounded to what is finite and inside."""
        info = np.finfo(samples.dtype.as_numpy_dtype)
        low, high = [samples.dtype.as_numpy_dtype(end(info))
                     for end in self._sample_ends]
        return tf.clip_by_value(samples, low, high)


def _zero(info):
    return 0.


def _largest(info):
    return info.max


def _smallest(info):
    return info.tiny


REAL = Interval(lambda info: -info.max, _largest, lambda info: -info.max, _largest)
POSITIVE = Interval(_zero, _largest, _smallest, _largest)
UNIT = Interval(_zero, lambda info: 1., _smallest, lambda info: 1. - info.epsneg)
