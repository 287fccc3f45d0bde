"""Points of the simplex: non-negative numbers along the last axis that sum to 1."""
import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["DATA_TOLERANCE", "is_on_simplex", "sums_to_one"]

# Data on a simplex are often read from files with three decimals.
DATA_TOLERANCE = 1e-3


def is_on_simplex(x):
    """Whether vectors along the last axis are points of the simplex."""
    return tf.logical_and(tf.reduce_all(x >= 0., axis=-1), sums_to_one(x))


def sums_to_one(x):
    """Whether the numbers along the last axis sum to 1, within rounding."""
    eps = np.finfo(x.dtype.as_numpy_dtype).eps
    if x.dtype == tf.float16:
        x = tf.cast(x, tf.float32)
    error = tf.abs(tf.reduce_sum(x, axis=-1) - 1.)
    return error <= max(DATA_TOLERANCE, 16. * float(eps))
