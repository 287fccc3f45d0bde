"""Parts of Student's t density that several distributions share."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    log1p_inverse,
    log1p_square_of_ratio,
)
from zhusuan.distributions._numerics.gamma_functions import (
    log_less_digamma,
    stirling_error,
)

__all__ = ["bounded_df", "log_student_height", "student_entropy",
           "student_log_density"]


def bounded_df(df):
    """`df`, from where its half is a number to where the density is normal."""
    info = np.finfo(df.dtype.as_numpy_dtype)
    return tf.clip_by_value(df, 2. * float(info.tiny), float(info.max) ** 0.8)


def student_log_density(x, df, scale):
    """The log density at the distance `x` from the location."""
    df = bounded_df(df)
    half = 0.5 * df
    return (log_student_height(half) - tf.math.log(scale) - (half + 0.5) *
            log1p_square_of_ratio(x, scale * tf.sqrt(df)))


def log_student_height(half):
    """``lgamma(half + 1/2) - lgamma(half) - log(2 pi half) / 2``.

    The large parts of the gamma functions are taken out of the difference.
    """
    return (half * log1p_inverse(2. * half) - 0.5 - HALF_LOG_2PI +
            stirling_error(half + 0.5) - stirling_error(half))


def student_entropy(df, scale):
    """The entropy of Student's t distribution."""
    half = 0.5 * bounded_df(df)
    # digamma(half + 1/2) - digamma(half), without cancellation
    step = (log1p_inverse(2. * half) + log_less_digamma(half) -
            log_less_digamma(half + 0.5))
    return (half + 0.5) * step - log_student_height(half) + tf.math.log(scale)
