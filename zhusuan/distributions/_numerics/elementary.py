"""Functions that stay accurate where the textbook formula cancels or overflows.

All take Tensors of float32 or float64; see :func:`widened`.
"""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["HALF_LOG_2PI", "categorical_entropy", "expm1", "largest_exponent",
           "log1mexp", "log1p", "log1p_inverse", "log1p_square_of_ratio",
           "log_inverse_cloglog", "log_quotient", "log_weighted_sum", "polynomial",
           "reciprocal", "sigmoid", "smaller_or_rest", "softplus", "standardized",
           "widened"]

HALF_LOG_2PI = 0.5 * math.log(2. * math.pi)


def widened(*tensors):
    """The Tensors in float32 where they are float16, which has few kernels."""
    return [tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
            for x in tensors]


def largest_exponent(dtype):
    """A float, just below the log of the largest number of the `tf.DType`."""
    return math.log(np.finfo(dtype.as_numpy_dtype).max) - 1e-3


@tf.custom_gradient
def reciprocal(x):
    """``1 / x``, with a gradient that does not overflow before it must.

    TensorFlow's own contains ``1 / x**2``.
    """
    y = 1. / x
    return y, lambda dy: -(dy * y) * y


def standardized(x, loc, scale):
    """``(x - loc) / scale``, with finite gradients where the upstream gradient is 0."""
    zeros = tf.zeros_like((x - loc) / scale)
    return _standardized(x + zeros, loc + zeros, scale + zeros)


@tf.custom_gradient
def _standardized(x, loc, scale):
    def gradient(upstream):
        slope = upstream / scale
        z = (x - loc) / scale
        return slope, -slope, -tf.math.multiply_no_nan(z, upstream) / scale

    return (x - loc) / scale, gradient


def log1p(x):
    """``log(1 + x)``, which XLA of TensorFlow 1.15 has to 4 digits near 1e-4 only."""
    if _tf.IS_TF1 and _tf.compiled_by_xla():
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


def expm1(x):
    """``exp(x) - 1``, which XLA of TensorFlow 1.15 has to 5 digits near 0.01 only."""
    if _tf.IS_TF1 and _tf.compiled_by_xla():
        return _corrected_expm1(x)
    return tf.math.expm1(x)


@tf.custom_gradient
def _corrected_expm1(x):
    """The rounded exponential less 1, corrected for its rounding (Kahan)."""
    power = tf.exp(x)
    near = tf.logical_and(tf.abs(x) < 0.5, tf.not_equal(power, 1.))
    safe = tf.where(near, power, tf.constant(2., x.dtype))
    value = tf.where(near, (safe - 1.) * (x / tf.math.log(safe)), tf.where(
        tf.equal(power, 1.), x, power - 1.))
    return value, lambda upstream: upstream * tf.exp(x)


def softplus(x):
    """``log(1 + exp(x))``, of which TensorFlow 1.15 has 1 digit near -14."""
    return _exact_softplus(x) if _tf.IS_TF1 else tf.math.softplus(x)


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
    if not _tf.IS_TF1:
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
                    tf.math.log(-expm1(tf.where(near, x, half))),
                    log1p(-tf.exp(tf.where(near, half, x))))


def log_inverse_cloglog(t):
    """``log(1 - exp(-exp(t)))``, also where ``exp(t)`` underflows."""
    far = t < -10.
    power = tf.exp(tf.minimum(t, -10.))
    # Beyond 6.6 the logarithm underflows.
    near = tf.clip_by_value(t, -10., 6.6)
    return tf.where(far, t - power * (0.5 - power / 24.), log1mexp(-tf.exp(near)))


def smaller_or_rest(log_p, log_rest):
    """``log(p)`` of ``p + rest == 1``, by the smaller one, which has more digits."""
    is_rest = log_rest < -math.log(2.)
    half = tf.constant(-1., log_p.dtype)
    return tf.where(is_rest, log1mexp(tf.where(is_rest, log_rest, half)), log_p)


def log_quotient(x, y):
    """``log(x / y)`` of positive numbers, accurate near 1 and without overflow."""
    info = np.finfo(x.dtype.as_numpy_dtype)
    ratio = x / y
    is_near = tf.logical_and(ratio > 0.5, ratio < 2.)
    is_number = tf.logical_and(ratio > float(info.tiny), ratio < float(info.max))
    one = tf.ones_like(ratio)
    near = log1p((tf.where(is_near, x, one) - tf.where(is_near, y, one)) /
                 tf.where(is_near, y, one))
    quotient = tf.math.log(tf.where(is_number, x, one) / tf.where(is_number, y, one))
    return tf.where(is_near, near, tf.where(
        is_number, quotient, tf.math.log(x) - tf.math.log(y)))


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


def polynomial(x, coefficients):
    """The sum of ``coefficients[k] x^k``."""
    return tf.math.polyval(
        [tf.constant(c, x.dtype) for c in reversed(coefficients)], x)
