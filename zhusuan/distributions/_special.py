"""Functions that stay accurate where the textbook formula cancels or overflows.

All take Tensors of float32 or float64; see :func:`widened`.
"""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _compat

__all__ = ["HALF_LOG_2PI", "expm1", "gamma_height", "gamma_shape", "lgamma",
           "log1mexp", "log1p", "log1p_square", "log_binomial", "log_less_digamma",
           "log_poisson", "log_power", "log_power_of", "log_ratio", "polynomial",
           "sigmoid", "softplus", "stirling_divergence", "stirling_error", "widened"]

HALF_LOG_2PI = 0.5 * math.log(2. * math.pi)

# The Stirling error of x is a polynomial of 1 / x^2, with these coefficients, over x.
# float64, from 10 on: Bernoulli numbers over n (n - 1), Abramowitz and Stegun, 6.1.40.
# float32, from 2 on: the polynomial that is exact at the four Chebyshev nodes of
# 0 < 1 / x^2 < 1 / 4, and off by 4e-9 between them.
_STIRLING = {
    tf.float64: [1. / 12., -1. / 360., 1. / 1260., -1. / 1680., 1. / 1188.,
                 -691. / 360360.],
    tf.float32: [0.0833333218, -0.00277628025, 0.000761539968, -0.000349723896]}
_STIRLING_FROM = 10.


def widened(*tensors):
    """The Tensors in float32 where they are float16, which has few kernels."""
    return [tf.cast(x, tf.float32) if x.dtype == tf.float16 else x
            for x in tensors]


# -- Gamma functions ----------------------------------------------------------

def lgamma(x):
    """TensorFlow's, and in float32 one that takes less time."""
    return tf.math.lgamma(x) if x.dtype == tf.float64 else _lgamma_32(x)


@tf.custom_gradient
def _lgamma_32(x):
    """``lgamma(x + 2) - log(x (x + 1))``."""
    after, next_one = x + 2., x + 1.
    log_after = tf.math.log(after)
    # Over (x + 2)^2, which cannot overflow, and times 4, which cannot underflow.
    product = (x / (0.25 * after)) * (next_one / after)
    value = ((x - 0.5) * log_after - after + _stirling_tail(after)) + (
        (HALF_LOG_2PI + math.log(4.)) - tf.math.log(product))

    def gradient(upstream):
        """Times the digamma function."""
        return upstream * (log_after - _log_less_digamma_tail(after) -
                           1. / next_one - 1. / x)

    return value, gradient


def stirling_error(x):
    """``lgamma(x) - ((x - 1/2) log(x) - x + log(2 pi) / 2)``, small for large x.

    What gamma functions leave over when their large parts cancel. See Loader
    (2000), "Fast and accurate computation of binomial probabilities".
    """
    return (_stirling_error_64 if x.dtype == tf.float64 else _stirling_error_32)(x)


def _stirling_error_64(x):
    small = tf.minimum(x, _STIRLING_FROM)
    exact = tf.math.lgamma(small) - (
        (small - 0.5) * tf.math.log(small) - small + HALF_LOG_2PI)
    return tf.where(x < _STIRLING_FROM, exact,
                    _stirling_tail(tf.maximum(x, _STIRLING_FROM)))


def _stirling_error_32(x):
    """By the two errors after: each is ``(x + 1/2) log(1 + 1 / x) - 1`` less."""
    x = tf.minimum(x, 1e6)  # beyond which less than a digit is left
    next_one = x + 1.
    return ((x + 0.5) * log1p(1. / x) + (x + 1.5) * log1p(1. / next_one) - 2. +
            _stirling_tail(x + 2.))


def _stirling_tail(x):
    inverse = 1. / x
    return inverse * polynomial(tf.square(inverse), _STIRLING[x.dtype])


def stirling_divergence(x, y):
    """The Bregman divergence of `stirling_error` between `x` and `y`, both at least 10.

    Each power ``z^-n`` of its series contributes ``(x / y - 1)^2`` times a polynomial
    of ``1 / x`` and ``1 / y`` with positive coefficients.
    """
    inverse_x, inverse_y = 1. / x, 1. / y
    polynomial, power, total = tf.zeros_like(x * y), tf.ones_like(y), 0.
    for n in range(1, 2 * len(_STIRLING[x.dtype])):
        polynomial = inverse_x * (polynomial + float(n) * power)
        power *= inverse_y
        if n % 2:
            total += _STIRLING[x.dtype][n // 2] * polynomial
    return total * tf.square((x - y) / y)


def polynomial(x, coefficients):
    """The sum of ``coefficients[k] x^k``."""
    return tf.math.polyval(
        [tf.constant(c, x.dtype) for c in reversed(coefficients)], x)


@tf.custom_gradient
def gamma_height(a):
    """``a log(a) - a - lgamma(a)``, without cancellation."""
    value = 0.5 * tf.math.log(a) - HALF_LOG_2PI - stirling_error(a)
    return value, lambda upstream: upstream * log_less_digamma(a)


def log_less_digamma(a):
    """``log(a) - digamma(a)``, without cancellation."""
    if a.dtype == tf.float32:  # by digamma(a + 2)
        return (1. / a + 1. / (a + 1.) - log1p(2. / a) +
                _log_less_digamma_tail(a + 2.))
    small = tf.minimum(a, _STIRLING_FROM)
    return tf.where(a < _STIRLING_FROM, tf.math.log(small) - tf.math.digamma(small),
                    _log_less_digamma_tail(tf.maximum(a, _STIRLING_FROM)))


def _log_less_digamma_tail(a):
    inverse = 1. / a
    square = tf.square(inverse)
    terms = [(2 * i + 1) * c for i, c in enumerate(_STIRLING[a.dtype])]
    return 0.5 * inverse + square * polynomial(square, terms)


@tf.custom_gradient
def gamma_shape(x, a, b):
    """``(a - 1) log(t) - (b x - a) - log(a / b)`` with ``t = b x / a``, at x >= 0.

    What a gamma density, with its mean at ``a / b``, is but for its height. The
    derivatives are written down, which takes fewer ops, and keeps their digits.
    """
    log_t, difference = _log_quotient(x, a, b), b * x - a
    value = tf.math.multiply_no_nan(log_t, a - 1.) - difference + (
        tf.math.log(b) - tf.math.log(a))

    def gradient(upstream):
        at_0 = tf.equal(x, 0.)
        infinity = tf.constant(np.inf, x.dtype)
        partials = [(a - 1.) / tf.where(at_0, infinity, x) - b,
                    tf.where(at_0, tf.zeros_like(log_t), log_t),
                    -difference / b]
        return [_summed(upstream * partial, to)
                for partial, to in zip(partials, (x, a, b))]

    return value, gradient


@tf.custom_gradient
def _log_quotient(x, a, b):
    """``log(b x / a)``: near 1, that of what ``b x - a`` is after rounding."""
    ratio = (b * x - a) / a
    value = tf.where(tf.abs(ratio) < 0.5, log1p(ratio),
                     tf.math.log(x) + (tf.math.log(b) - tf.math.log(a)))
    return value, lambda upstream: [
        _summed(upstream / x, x), _summed(-upstream / a, a), _summed(upstream / b, b)]


def _summed(gradient, x):
    """The sum of `gradient` over the axes along which `x` was broadcast."""
    if x.shape.is_fully_defined() and x.shape == gradient.shape:
        return gradient
    axes = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(x), s1=tf.shape(gradient))[0]
    gradient = tf.reshape(tf.reduce_sum(gradient, axes), tf.shape(x))
    gradient.set_shape(x.shape)
    return gradient


def log_ratio(x, y, log_x=None, log_y=None):
    """``log(x / y)`` and ``x - y``, rounded such that they fit each other.

    Near ``x == y`` both come from the rounded quotient r, as log(r) and
    ``y (r - 1)``: sums such as ``y log(x / y) - (x - y)`` then keep their
    digits. Far from there the difference of the logs does not overflow.

    :param log_x: ``log(x)``, where it is known better than by ``x``.
    :param log_y: ``log(y)``, likewise.
    """
    gap = ((tf.math.log(x) if log_x is None else log_x) -
           (tf.math.log(y) if log_y is None else log_y))
    tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
    near = tf.logical_and(tf.abs(gap) < 0.5, tf.minimum(x, y) > tiny)
    one = tf.ones_like(gap)
    ratio = tf.where(near, x, one) / tf.where(near, y, one)
    return (tf.where(near, tf.math.log(ratio), gap),
            tf.where(near, y * (ratio - 1.), x - y))


def log_power(x, a, n, log_x=None):
    """``(a - 1) log(n x / a) - (n x - a)``, also at ``x == 0``.

    What beta and gamma densities, with their mean at ``a / n``, depend on `x` by.
    """
    at_0 = tf.equal(x, 0.)
    inner_x = tf.where(at_0, tf.ones_like(x), x)
    inner_log_x = tf.math.log(inner_x) if log_x is None else tf.where(
        at_0, tf.zeros_like(log_x), log_x)
    log_r, difference = log_ratio(n * inner_x, a, log_x=tf.math.log(n) + inner_log_x)
    excess = a - 1.
    infinity = tf.constant(np.inf, x.dtype)
    limit = -tf.stop_gradient(tf.math.multiply_no_nan(infinity, excess))
    return tf.where(at_0, limit + (a - n * x), excess * log_r - difference)


@tf.custom_gradient
def log_power_of(x, power):
    """``log(x ** power)`` for ``x >= 0``; the derivatives at 0 are taken for 0."""
    log_x = tf.math.log(x)

    def gradient(upstream):
        at_0 = tf.equal(x, 0.)
        infinity = tf.constant(np.inf, x.dtype)
        return [_summed(upstream * power / tf.where(at_0, infinity, x), x),
                _summed(upstream * tf.where(at_0, tf.zeros_like(log_x), log_x), power)]

    return tf.math.multiply_no_nan(log_x, power), gradient


def log_binomial(k, m, p, q, log_p, log_q):
    """``log((k + m)! / (k! m!) p^k q^m)`` for real ``k, m >= 0``, ``p + q = 1``.

    Loader (2000), eq. 4: the large parts of the factorials are taken together
    with the powers. At ``k == 0`` and ``m == 0`` only a power is left.
    """
    k_is_0, m_is_0 = tf.equal(k, 0.), tf.equal(m, 0.)
    edge = tf.logical_or(k_is_0, m_is_0)
    k_in = tf.where(edge, tf.ones_like(k), k)
    m_in = tf.where(edge, tf.ones_like(m), m)
    n = k_in + m_in
    log_n = tf.math.log(n)
    log_r, k_excess = log_ratio(n * p, k_in, log_x=log_n + log_p)
    log_s, m_excess = log_ratio(n * q, m_in, log_x=log_n + log_q)
    inner = (k_in * log_r - k_excess + m_in * log_s - m_excess - HALF_LOG_2PI
             + 0.5 * (log_n - tf.math.log(k_in) - tf.math.log(m_in))
             + stirling_error(n) - stirling_error(k_in) - stirling_error(m_in))
    edge_value = (tf.math.multiply_no_nan(log_p, k + tf.zeros_like(log_p)) +
                  tf.math.multiply_no_nan(log_q, m + tf.zeros_like(log_q)))
    return tf.where(edge, edge_value, inner)


def log_poisson(k, rate):
    """``log(rate^k exp(-rate) / k!)`` for real ``k > 0``. Loader (2000), eq. 6."""
    log_r, excess = log_ratio(rate, k)
    return (k * log_r - excess - 0.5 * tf.math.log(k) - HALF_LOG_2PI
            - stirling_error(k))


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


def expm1(x):
    """``exp(x) - 1``, which XLA of TensorFlow 1.15 has to 5 digits near 0.01 only."""
    if _compat.IS_TF1 and _compat.compiled_by_xla():
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


def log1p_square(x):
    """``log(1 + x^2)`` without overflow."""
    size, large = tf.abs(x), 1e9
    inner = log1p(tf.square(tf.minimum(size, large)))
    return tf.where(size < large, inner,
                    2. * tf.math.log(tf.maximum(size, large)))


def log1mexp(x):
    """``log(1 - exp(x))`` for ``x < 0``.

    Maechler (2012), "Accurately computing log(1 - exp(-|a|))".
    """
    near = x > -math.log(2.)
    half = tf.constant(-0.5, x.dtype)
    return tf.where(near,
                    tf.math.log(-expm1(tf.where(near, x, half))),
                    log1p(-tf.exp(tf.where(near, half, x))))
