"""The standard normal distribution function, its log and its inverse."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI, log1p

__all__ = ["log_ndtr", "log_scaled_ndtr", "normal_cdf", "normal_quantile"]


def log_ndtr(x):
    """The log of the standard normal distribution function."""
    left, right = tf.minimum(x, 0.), tf.maximum(x, 0.)
    return tf.where(
        x < 0., log_scaled_ndtr(left) - 0.5 * tf.square(left),
        log1p(-0.5 * tf.math.erfc(right * math.sqrt(0.5))))


def log_scaled_ndtr(x):
    """``log_ndtr(x) + x^2 / 2`` for ``x <= 0``.

    The left tail is the asymptotic series of Abramowitz and Stegun (1964), 26.2.12.
    """
    lowest = -20. if x.dtype == tf.float64 else -10.
    left, middle = tf.minimum(x, lowest), tf.maximum(x, lowest)
    inverse = tf.square(1. / left)
    series = tf.ones_like(x)
    for odd in (19., 17., 15., 13., 11., 9., 7., 5., 3., 1.):
        series = 1. - odd * inverse * series
    far = tf.math.log(series) - tf.math.log(-left) - HALF_LOG_2PI
    near = tf.math.log(0.5 * tf.math.erfc(-middle * math.sqrt(0.5))) + (
        0.5 * tf.square(middle))
    return tf.where(x < lowest, far, near)


def normal_cdf(z):
    """The standard normal distribution function, accurate in the left tail."""
    return 0.5 * tf.math.erfc(-z * math.sqrt(0.5))


def normal_quantile(log_p, log_q):
    """The standard normal quantile at ``p = exp(log_p)``, with ``q = 1 - p``.

    :param log_p: A Tensor of log probabilities of the left tail.
    :param log_q: A Tensor of log probabilities of the right tail.
    """
    left = log_p < log_q
    tail = _left_quantile(tf.where(left, log_p, log_q))
    return tf.where(left, tail, -tail)


def _left_quantile(log_p):
    """The quantile of probabilities of at most 1 / 2.

    Newton's method on the concave function `log_ndtr`, from a start to the left of the
    solution, converges monotonically and quadratically. Only the last step is
    differentiated, which gives the derivative of the inverse function.
    """
    fixed = tf.stop_gradient(log_p)

    def body(number, x):
        closer = _newton_step(x, fixed)
        closer.set_shape(x.shape)  # static shapes must not change in a loop
        return number + 1, closer

    # XLA compiles a loop faster than six steps.
    _, x = tf.while_loop(lambda number, x: number < 6, body,
                         (tf.constant(0), -tf.sqrt(-2. * fixed)))
    x = _newton_step(tf.stop_gradient(x), log_p)
    infinite = tf.equal(log_p, -np.inf)
    return tf.where(infinite, tf.constant(-np.inf, x.dtype), x)


def _newton_step(x, log_p):
    log_cdf = log_ndtr(x)
    log_hazard = -0.5 * tf.square(x) - HALF_LOG_2PI - log_cdf
    return x + (log_p - log_cdf) * tf.stop_gradient(tf.exp(-log_hazard))
