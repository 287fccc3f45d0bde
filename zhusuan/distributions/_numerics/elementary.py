"""Functions that stay accurate where the textbook formula cancels or overflows.

All take Tensors of float32 or float64; see :func:`widened`.
"""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["HALF_LOG_2PI", "categorical_entropy", "expm1", "largest_exponent",
           "log1mexp", "log1p", "log1p_inverse", "log1p_square_of_ratio", "log_add",
           "log_inverse_cloglog", "log_ratio", "log_weighted_sum", "polynomial",
           "reciprocal", "sigmoid", "smaller_or_rest", "softplus", "standardized",
           "sum_of_weighted_logs", "where_inside", "widened"]

HALF_LOG_2PI = 0.5 * math.log(2. * math.pi)


def where_inside(inside, log_prob):
    """`log_prob` where `inside`, and -inf outside of the support."""
    return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))


def widened(*tensors):
    """Cast float16 Tensors, which have few kernels, to float32."""
    return [tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
            for x in tensors]


def largest_exponent(dtype):
    """A float just below the log of the largest number of a `tf.DType`."""
    return math.log(np.finfo(dtype.as_numpy_dtype).max) - 1e-3


@tf.custom_gradient
def reciprocal(x):
    """``1 / x``, with a gradient that does not overflow early.

    The gradient of TensorFlow contains ``1 / x**2``.
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
    """``log(1 + x)``; XLA of TensorFlow 1.15 has only 4 digits near 1e-4."""
    if _tf.has_accurate_kernel("log1p"):
        return tf.math.log1p(x)
    return _corrected_log1p(x)


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
    """``exp(x) - 1``; XLA of TensorFlow 1.15 has only 5 digits near 0.01."""
    if _tf.has_accurate_kernel("expm1"):
        return tf.math.expm1(x)
    return _corrected_expm1(x)


@tf.custom_gradient
def _corrected_expm1(x):
    """The rounded exponential minus 1, corrected for its rounding (Kahan)."""
    power = tf.exp(x)
    near = tf.logical_and(tf.abs(x) < 0.5, tf.not_equal(power, 1.))
    safe = tf.where(near, power, tf.constant(2., x.dtype))
    value = tf.where(near, (safe - 1.) * (x / tf.math.log(safe)), tf.where(
        tf.equal(power, 1.), x, power - 1.))
    return value, lambda upstream: upstream * tf.exp(x)


def softplus(x):
    """``log(1 + exp(x))``; TensorFlow 1.15 has only 1 digit near -14."""
    if _tf.has_accurate_kernel("softplus"):
        return tf.math.softplus(x)
    return _exact_softplus(x)


@tf.custom_gradient
def _exact_softplus(x):
    # tf.abs has the derivative 0 at 0, which would make the second derivative wrong.
    negative = x < 0.
    decay = tf.exp(tf.where(negative, x, -x))

    def gradient(upstream):
        return upstream * tf.where(negative, decay, tf.ones_like(x)) / (1. + decay)

    return tf.nn.relu(x) + log1p(decay), gradient


def sigmoid(x):
    """``1 / (1 + exp(-x))``; the op of TensorFlow 1.15 is 0 below -18."""
    if _tf.has_accurate_kernel("sigmoid"):
        return tf.sigmoid(x)
    return tf.exp(-softplus(-x))


def log_ratio(x, y, difference=None):
    """``log(x / y)`` of positive Tensors, without cancellation for neighbours.

    :param difference: ``x - y``, if the caller has it with more digits.
    """
    change = (x - y if difference is None else difference) / y
    near = tf.abs(change) < 0.5
    # Unless the ratio is out of range, its log has more digits than those of both.
    info, ratio = np.finfo(x.dtype.as_numpy_dtype), x / y
    in_range = tf.logical_and(ratio > float(info.tiny), ratio < float(info.max))
    one = tf.ones_like(ratio)
    log_of_ratio = tf.math.log(
        tf.where(in_range, x, one) / tf.where(in_range, y, one))
    return tf.where(near, log1p(tf.where(near, change, tf.zeros_like(change))),
                    tf.where(in_range, log_of_ratio, tf.math.log(x) - tf.math.log(y)))


@tf.custom_gradient
def log1p_inverse(x):
    """``log(1 + 1 / x)`` for ``x > 0``, with a gradient without ``1 / x^2``."""
    return log1p(1. / x), lambda upstream: -(upstream / x) / (x + 1.)


def log1p_square_of_ratio(x, y):
    """``log(1 + (x / y)^2)`` for ``y > 0``, without overflow of the ratio.

    The second derivative at ``x == 0`` is right.
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


def log_add(x, y):
    """``log(exp(x) + exp(y))``, where `x` may be -inf."""
    largest = tf.maximum(x, y)
    return largest + log1p(tf.exp(tf.minimum(x, y) - largest))


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


def categorical_entropy(logits):
    """``-sum_k p_k log(p_k)``, with finite gradients if a p_k is 0."""
    log_p = tf.maximum(tf.nn.log_softmax(logits), -1e4)  # its exp is 0
    return -tf.reduce_sum(log_p * tf.exp(log_p), axis=-1)


def sum_of_weighted_logs(log_probs, weights):
    """``sum_k w_k log(p_k)`` along the last axis, where 0 times -inf is 0."""
    return tf.reduce_sum(tf.math.multiply_no_nan(log_probs, weights), axis=-1)


def log_weighted_sum(log_weights, log_probs):
    """``log(sum_k w_k p_k)`` along the last axis, with finite gradients.

    Terms with a weight or a probability of 0 are omitted, even if the other factor is
    infinite. If no term remains, the result is -inf and its gradient is 0.
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
