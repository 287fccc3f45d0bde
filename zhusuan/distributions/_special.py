"""Functions that stay accurate where the textbook formula cancels or overflows.

All take Tensors of float32 or float64; see :func:`widened`.
"""
import math

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["HALF_LOG_2PI", "deviance", "log1mexp", "log1p_square",
           "log_binomial", "log_ndtr", "log_ratio", "normal_quantile",
           "stirling_error", "widened"]

HALF_LOG_2PI = 0.5 * math.log(2. * math.pi)

# Bernoulli numbers over n (n - 1): the asymptotic series of log gamma.
_STIRLING = [1. / 12., -1. / 360., 1. / 1260., -1. / 1680., 1. / 1188.,
             -691. / 360360.]
_STIRLING_FROM = 10.


def widened(*tensors):
    """The Tensors in float32 where they are float16, which has few kernels."""
    return [tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
            for x in tensors]


# -- Gamma functions ----------------------------------------------------------

def stirling_error(x):
    """``lgamma(x) - ((x - 1/2) log(x) - x + log(2 pi) / 2)``, small for large x.

    What gamma functions leave over when their large parts cancel. See Loader
    (2000), "Fast and accurate computation of binomial probabilities".
    """
    small = tf.minimum(x, _STIRLING_FROM)
    exact = tf.math.lgamma(small) - (
        (small - 0.5) * tf.math.log(small) - small + HALF_LOG_2PI)
    inverse = 1. / tf.maximum(x, _STIRLING_FROM)
    square = tf.square(inverse)
    series = tf.zeros_like(x)
    for coefficient in reversed(_STIRLING):
        series = series * square + coefficient
    return tf.where(x < _STIRLING_FROM, exact, series * inverse)


def log_ratio(x, y, log_x=None, log_y=None):
    """``log(x / y)`` and ``x / y``, such that the first is the log of the second.

    Near ``x == y`` it is the rounded quotient whose log is taken. Far from
    there the difference of the logs neither overflows nor underflows.

    :param log_x: ``log(x)``, where it is known better than by ``x``.
    :param log_y: ``log(y)``, likewise.
    """
    ratio = x / y
    log_x = tf.math.log(x) if log_x is None else log_x
    log_y = tf.math.log(y) if log_y is None else log_y
    near = tf.logical_and(ratio > 0.5, ratio < 2.)
    log_near = tf.math.log(tf.where(near, ratio, tf.ones_like(ratio)))
    return tf.where(near, log_near, log_x - log_y), ratio


def deviance(n, log_r, r):
    """``n (r - 1 - log(r))``, which is 0 at ``r == 1``."""
    return n * ((r - 1.) - log_r)


def log_binomial(k, n, p, log_p, log_q):
    """``log(n! / (k! (n - k)!) p^k q^(n - k))`` for real ``0 <= k <= n``.

    Loader (2000), eq. 4: the large parts of the factorials are taken together
    with the powers. At ``k == 0`` and ``k == n`` only a power is left.

    :param p: The probability, with `log_p` its log; `log_q` is log(1 - p).
    """
    at_0, at_n = tf.equal(k, 0.), tf.equal(k, n)
    edge = tf.logical_or(at_0, at_n)
    one = tf.ones_like(k + n)
    k_in, n_in = tf.where(edge, one, k), tf.where(edge, 2. * one, n)
    rest = n_in - k_in
    log_r, r = log_ratio(p, k_in / n_in, log_x=log_p)
    log_s, s = log_ratio(-tf.math.expm1(log_p), rest / n_in, log_x=log_q)
    inner = (-deviance(k_in, log_r, r) - deviance(rest, log_s, s)
             + 0.5 * tf.math.log(n_in / (k_in * rest)) - HALF_LOG_2PI
             + stirling_error(n_in) - stirling_error(k_in)
             - stirling_error(rest))
    return tf.where(at_0, tf.math.multiply_no_nan(log_q, n * one),
                    tf.where(at_n, tf.math.multiply_no_nan(log_p, n * one), inner))


# -- Logarithms ---------------------------------------------------------------

def log1p_square(x):
    """``log(1 + x^2)`` without overflow."""
    size, large = tf.abs(x), 1e9
    inner = tf.math.log1p(tf.square(tf.minimum(size, large)))
    return tf.where(size < large, inner,
                    2. * tf.math.log(tf.maximum(size, large)))


def log1mexp(x):
    """``log(1 - exp(x))`` for ``x < 0``.

    Maechler (2012), "Accurately computing log(1 - exp(-|a|))".
    """
    near = x > -math.log(2.)
    half = tf.constant(-0.5, x.dtype)
    return tf.where(near,
                    tf.math.log(-tf.math.expm1(tf.where(near, x, half))),
                    tf.math.log1p(-tf.exp(tf.where(near, half, x))))


# -- The normal distribution function -----------------------------------------

def log_ndtr(x):
    """The log of the standard normal distribution function.

    Far to the left by its asymptotic series: Abramowitz and Stegun (1964),
    26.2.12.
    """
    lowest = -20. if x.dtype == tf.float64 else -10.
    left = tf.minimum(x, lowest)
    inverse = 1. / tf.square(left)
    series = tf.ones_like(x)
    for odd in (19., 17., 15., 13., 11., 9., 7., 5., 3., 1.):
        series = 1. - odd * inverse * series
    far = (-0.5 * tf.square(left) - tf.math.log(-left) - HALF_LOG_2PI
           + tf.math.log(series))
    middle = tf.clip_by_value(x, lowest, 0.)
    right = tf.maximum(x, 0.)
    return tf.where(
        x < lowest, far, tf.where(
            x < 0.,
            tf.math.log(0.5 * tf.math.erfc(-middle * math.sqrt(0.5))),
            tf.math.log1p(-0.5 * tf.math.erfc(right * math.sqrt(0.5)))))


def normal_quantile(log_p, log_q):
    """The standard normal quantile at ``p = exp(log_p)``, with ``q = 1 - p``.

    :param log_p: A Tensor of log probabilities to the left.
    :param log_q: That of the log probabilities to the right.
    """
    left = log_p < log_q
    tail = _left_quantile(tf.where(left, log_p, log_q))
    return tf.where(left, tail, -tail)


def _left_quantile(log_p):
    """The quantile of probabilities of at most a half.

    Newton's steps on the concave function `log_ndtr`, from a start that is to
    the left of the solution, approach it from that side and double the digits.
    The last step alone is differentiated, which is the derivative of the
    inverse function.
    """
    fixed = tf.stop_gradient(log_p)
    x = -tf.sqrt(-2. * fixed)
    for _ in range(6):
        x = tf.stop_gradient(_newton_step(x, fixed))
    x = _newton_step(x, log_p)
    infinite = tf.equal(log_p, -np.inf)
    return tf.where(infinite, tf.constant(-np.inf, x.dtype), x)


def _newton_step(x, log_p):
    log_cdf = log_ndtr(x)
    log_hazard = -0.5 * tf.square(x) - HALF_LOG_2PI - log_cdf
    return x + (log_p - log_cdf) * tf.stop_gradient(tf.exp(-log_hazard))
