"""Functions that stay accurate where the textbook formula cancels or overflows.

All take Tensors of float32 or float64; see :func:`widened`.
"""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _compat

__all__ = ["HALF_LOG_2PI", "categorical_entropy", "log1mexp", "log1p", "log1p_inverse",
           "log1p_square_of_ratio", "log_ndtr", "log_scaled_ndtr", "log_weighted_sum",
           "normal_cdf", "normal_quantile", "sigmoid", "softplus", "widened"]

HALF_LOG_2PI = 0.5 * math.log(2. * math.pi)


def widened(*tensors):
    """The Tensors in float32 where they are float16, which has few kernels."""
    return [tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
            for x in tensors]


# -- Logarithms ---------------------------------------------------------------

def log1p(x):
    """``log(1 + x)``, which XLA of TensorFlow 1.15 has to 4 digits near 1e-4 only."""
    if _compat.IS_TF1 and _compat.compiled_by_xla():
        return _corrected_log1p(x)
    return tf.math.log1p(x)


@tf.custom_gradient
def _corrected_log1p(x):
    """The log of the rounded sum, corrected for its rounding (Kahan)."""
    total = 1. + x
    near = tf.logical_and(tf.abs(x) < 0.5, tf.not_equal(total, 1.))
    excess = tf.where(near, total - 1., tf.ones_like(x))
    value = tf.where(near, tf.math.log(total) * (x / excess), tf.where(
        tf.equal(total, 1.), x, tf.math.log(total)))
    return value, lambda upstream: upstream / total


def softplus(x):
    """``log(1 + exp(x))``, of which TensorFlow 1.15 has 1 digit near -14."""
    return _exact_softplus(x) if _compat.IS_TF1 else tf.math.softplus(x)


@tf.custom_gradient
def _exact_softplus(x):
    # Not abs, whose derivative at 0 would make the second one of this wrong there.
    negative = x < 0.
    decay = tf.exp(tf.where(negative, x, -x))

    def gradient(upstream):
        return upstream * tf.where(negative, decay, tf.ones_like(x)) / (1. + decay)

    return tf.nn.relu(x) + log1p(decay), gradient


def sigmoid(x):
    """``1 / (1 + exp(-x))``, which TensorFlow 1.15 cuts off at -18."""
    if not _compat.IS_TF1:
        return tf.sigmoid(x)
    return tf.exp(-softplus(-x))


@tf.custom_gradient
def log1p_inverse(x):
    """``log(1 + 1 / x)`` for ``x > 0``, whose slope does not contain ``1 / x^2``."""
    return log1p(1. / x), lambda upstream: -(upstream / x) / (x + 1.)


def log1p_square_of_ratio(x, y):
    """``log(1 + (x / y)^2)`` for ``y > 0``, without overflow of the ratio.

    Neither absolute values nor constants hide the curvature at ``x == 0``.
    """
    near = tf.abs(x) <= y
    numerator, denominator = tf.where(near, x, y), tf.where(near, y, x)
    log_ratio = tf.math.log(tf.abs(denominator)) - tf.math.log(y)
    return log1p(tf.square(numerator / denominator)) + 2. * tf.where(
        near, tf.zeros_like(log_ratio), log_ratio)


def log1mexp(x):
    """``log(1 - exp(x))`` for ``x < 0``.

    Maechler (2012), "Accurately computing log(1 - exp(-|a|))".
    """
    near = x > -math.log(2.)
    half = tf.constant(-0.5, x.dtype)
    return tf.where(near,
                    tf.math.log(-tf.math.expm1(tf.where(near, x, half))),
                    log1p(-tf.exp(tf.where(near, half, x))))


# -- Sums over categories -----------------------------------------------------


def categorical_entropy(logits):
    """``-sum_k p_k log(p_k)``, whose slopes are numbers where a p_k is 0."""
    log_p = tf.maximum(tf.nn.log_softmax(logits), -1e4)  # of which exp is 0
    return -tf.reduce_sum(log_p * tf.exp(log_p), axis=-1)


def log_weighted_sum(log_weights, log_probs):
    """``log(sum_k w_k p_k)`` along the last axis, whose slopes are numbers.

    Terms without weight or without probability are left out, also where the other
    factor is infinite. Where no term is left, the result is -inf and its slope 0.
    """
    infinity, zero = log_probs.dtype.as_numpy_dtype([np.inf, 0.])
    kept = tf.logical_and(tf.not_equal(log_weights, -infinity),
                          tf.not_equal(log_probs, -infinity))
    any_kept = tf.reduce_any(kept, axis=-1)
    largest = np.finfo(log_probs.dtype.as_numpy_dtype).max
    total = tf.reduce_logsumexp(tf.where(
        kept, log_weights + tf.minimum(log_probs, largest),
        tf.where(any_kept, -infinity, zero)[..., tf.newaxis]), axis=-1)
    is_infinite = tf.reduce_any(tf.logical_and(
        kept, tf.equal(log_probs, infinity)), axis=-1)
    return (tf.where(any_kept, total, -infinity) +
            tf.where(is_infinite, infinity, zero))


# -- The normal distribution function -----------------------------------------

def log_ndtr(x):
    """The log of the standard normal distribution function."""
    left, right = tf.minimum(x, 0.), tf.maximum(x, 0.)
    return tf.where(
        x < 0., log_scaled_ndtr(left) - 0.5 * tf.square(left),
        log1p(-0.5 * tf.math.erfc(right * math.sqrt(0.5))))


def log_scaled_ndtr(x):
    """``log_ndtr(x) + x^2 / 2`` for ``x <= 0``.

    Far to the left by its asymptotic series: Abramowitz and Stegun (1964),
    26.2.12.
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
    """The standard normal distribution function, also far to the left."""
    return 0.5 * tf.math.erfc(-z * math.sqrt(0.5))


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

    def body(number, x):
        closer = _newton_step(x, fixed)
        closer.set_shape(x.shape)  # which must not change in a loop
        return number + 1, closer

    # A loop is compiled sooner than six steps in a row.
    _, x = tf.while_loop(lambda number, x: number < 6, body,
                         (tf.constant(0), -tf.sqrt(-2. * fixed)))
    x = _newton_step(tf.stop_gradient(x), log_p)
    infinite = tf.equal(log_p, -np.inf)
    return tf.where(infinite, tf.constant(-np.inf, x.dtype), x)


def _newton_step(x, log_p):
    log_cdf = log_ndtr(x)
    log_hazard = -0.5 * tf.square(x) - HALF_LOG_2PI - log_cdf
    return x + (log_p - log_cdf) * tf.stop_gradient(tf.exp(-log_hazard))
