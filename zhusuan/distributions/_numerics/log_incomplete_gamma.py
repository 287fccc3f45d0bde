"""Logs of regularized incomplete gamma functions, also where these underflow."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import expm1, log1mexp
from zhusuan.distributions._numerics.gamma_functions import gamma_height, gamma_shape
from zhusuan.distributions._numerics.incomplete_gamma import scaled_gamma_tail
from zhusuan.distributions._numerics.quadrature import in_float64, where_valid

__all__ = ["log_gamma_cdf", "log_gamma_survival"]


def log_gamma_cdf(a, x):
    """The log of the regularized lower incomplete gamma function ``P(a, x)``."""
    return in_float64(_log_below)(a, x)


def log_gamma_survival(a, x):
    """The log of the regularized upper incomplete gamma function ``1 - P(a, x)``."""
    return in_float64(_log_above)(a, x)


@tf.custom_gradient
def _log_below(a, x):
    return _log_side(a, x, True)[0], lambda upstream: _gradients(a, x, True, upstream)


@tf.custom_gradient
def _log_above(a, x):
    return _log_side(a, x, False)[0], lambda upstream: _gradients(a, x, False, upstream)


def _gradients(a, x, is_below, upstream):
    # Computed again, as second derivatives flow through this function alone.
    log_probability, by_a = _log_side(a, x, is_below)
    log_density = gamma_shape(x, a, tf.ones_like(x)) + gamma_height(a)
    by_x = tf.exp(log_density - log_probability)
    return [tf.math.multiply_no_nan(partial, upstream)
            for partial in (by_a, by_x if is_below else -by_x)]


def _log_side(a, x, is_below):
    """The log probability on one side of `x`, and its derivative by `a`."""
    is_left, log_height, total, slope = scaled_gamma_tail(a, x)
    log_tail = tf.where(tf.equal(log_height, -np.inf), log_height,
                        log_height + tf.math.log(total))
    is_tail = tf.equal(is_left, is_below)
    value = tf.where(is_tail, log_tail, log1mexp(log_tail))
    # Of the larger side, the slope is minus that of the tail.
    odds = tf.where(is_tail, tf.ones_like(x), -1. / expm1(-log_tail))
    is_valid = tf.logical_and(a > 0., x >= 0.)
    return where_valid(is_valid, value), odds * slope / total
