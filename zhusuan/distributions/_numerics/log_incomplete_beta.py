"""Logs of regularized incomplete beta functions, also where these underflow."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import expm1, log1mexp
from zhusuan.distributions._numerics.incomplete_beta import (
    log_beta_density,
    log_beta_power,
    logs_of,
    logs_of_sigmoid,
    scaled_beta_tail,
    student_beta,
)
from zhusuan.distributions._numerics.quadrature import in_float64, where_valid

__all__ = ["log_beta_cdf", "log_beta_cdf_at_logit", "log_beta_survival",
           "log_half_student_cdf", "log_half_student_survival", "log_student_cdf"]

# Replaces a standardized 0, at which the formulas divide 0 by 0.
_NEXT_TO_0 = 1e-100


def log_beta_cdf(a, b, x):
    """The log of the regularized incomplete beta function ``I_x(a, b)``."""
    return in_float64(_log_below)(a, b, x)


def log_beta_survival(a, b, x):
    """The log of ``1 - I_x(a, b)``."""
    return in_float64(_log_above)(a, b, x)


def log_beta_cdf_at_logit(a, b, logit):
    """The log of ``I_x(a, b)`` at ``x = sigmoid(logit)``."""
    return in_float64(_log_below_logit)(a, b, logit)


@tf.custom_gradient
def _log_below(a, b, x):
    def gradient(upstream):
        value, by_a, by_b = _log_side(a, b, *logs_of(x))
        by_x = tf.exp(log_beta_density(a, b, x) - value)
        return _products((by_a, by_b, by_x), upstream)

    return where_valid(_is_unit(x), _log_side(a, b, *logs_of(x))[0]), gradient


@tf.custom_gradient
def _log_above(a, b, x):
    def gradient(upstream):
        value, by_b, by_a = _log_side(b, a, *logs_of(x)[::-1])
        by_x = -tf.exp(log_beta_density(a, b, x) - value)
        return _products((by_a, by_b, by_x), upstream)

    return where_valid(_is_unit(x), _log_side(b, a, *logs_of(x)[::-1])[0]), gradient


@tf.custom_gradient
def _log_below_logit(a, b, logit):
    def gradient(upstream):
        logs = logs_of_sigmoid(logit)
        value, by_a, by_b = _log_side(a, b, *logs)
        by_logit = tf.exp(log_beta_power(a, b, *logs) - value)
        return _products((by_a, by_b, by_logit), upstream)

    return _log_side(a, b, *logs_of_sigmoid(logit))[0], gradient


def _is_unit(x):
    return tf.logical_and(x >= 0., x <= 1.)


def _products(partials, upstream):
    return [tf.math.multiply_no_nan(partial, upstream) for partial in partials]


def _log_side(a, b, log_x, log_y):
    """``log I_x(a, b)``, and its derivatives by `a` and by `b`.

    Gradients compute it again, as second derivatives flow through them alone.
    """
    is_left, log_height, value, slopes = scaled_beta_tail(a, b, log_x, log_y)
    log_tail = tf.where(tf.equal(log_height, -np.inf), log_height,
                        log_height + tf.math.log(value))
    # Of the larger side, the slope is minus that of the tail.
    odds = tf.where(is_left, tf.ones_like(value), -1. / expm1(-log_tail))
    at_end, other = [odds * slope / value for slope in slopes]
    return (where_valid(tf.logical_and(a > 0., b > 0.), tf.where(
        is_left, log_tail, log1mexp(log_tail))),
        tf.where(is_left, at_end, other), tf.where(is_left, other, at_end))


# -- Student's distribution: each tail is half of I_x(df / 2, 1 / 2) ------------------

def log_student_cdf(df, z):
    """The log of Student's distribution function.

    :param z: The standardized value, in float64 if its square may overflow.
    """
    return in_float64(_log_student_at)(df, z)


def log_half_student_cdf(df, z):
    """The log probability of ``|t| <= z``, for ``z >= 0``."""
    return in_float64(_log_half_student_at)(df, z)


def log_half_student_survival(df, z):
    """The log probability of ``|t| > z``, for ``z >= 0``."""
    return in_float64(lambda df, z: _log_student_side(df, z, True))(df, z)


def _log_half_student_at(df, z):
    return tf.where(tf.equal(z, 0.), tf.constant(-np.inf, z.dtype),
                    _log_student_side(df, z, False))


def _log_student_at(df, z):
    log_tail = _log_student_side(df, z, True) - np.log(2.)
    return tf.where(z < 0., log_tail, log1mexp(log_tail))


def _log_student_side(df, z, is_tail):
    z = tf.where(tf.equal(z, 0.), z + _NEXT_TO_0, z)
    a, b, log_x, log_y = student_beta(df, z)
    return (_log_of_logs(a, b, log_x, log_y) if is_tail else
            _log_of_logs(b, a, log_y, log_x))


@tf.custom_gradient
def _log_of_logs(a, b, log_x, log_y):
    """``log I_x(a, b)`` by the logs of `x` and of ``y = 1 - x``."""
    def gradient(upstream):
        value, by_a, by_b = _log_side(a, b, log_x, log_y)
        # The logit of x is the difference of the logs.
        by_logit = tf.exp(log_beta_power(a, b, log_x, log_y) - value)
        return _products((by_a, by_b, by_logit, -by_logit), upstream)

    return _log_side(a, b, log_x, log_y)[0], gradient
