"""Gamma functions and log densities that contain them, without cancellation.

All take Tensors of float32 or float64. Gradients are explicit where those of the single
terms would overflow or cancel. They are differentiable.
"""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    log1p,
    log1p_inverse,
    polynomial,
)

__all__ = ["gamma_entropy", "gamma_height", "gamma_shape", "lgamma", "log_binomial",
           "log_less_digamma", "log_poisson", "log_power", "log_power_of",
           "log_ratio_and_difference", "stirling_divergence", "stirling_error"]

# The Stirling error of x is a polynomial in 1 / x^2 with these coefficients, over x.
# float64, from 10 on: Bernoulli numbers over n (n - 1), Abramowitz and Stegun, 6.1.40.
# float32, from 2 on: the interpolating polynomial at the four Chebyshev nodes of
# 0 < 1 / x^2 < 1 / 4, with a maximal error of 4e-9.
_STIRLING = {
    tf.float64: [1. / 12., -1. / 360., 1. / 1260., -1. / 1680., 1. / 1188.,
                 -691. / 360360.],
    tf.float32: [0.0833333218, -0.00277628025, 0.000761539968, -0.000349723896]}
_STIRLING_FROM = {tf.float64: 10., tf.float32: 2.}
# The minimax approximation lgamma(x) = (x - 1) (x - 2) p(x) / q(x) for 1 <= x <= 2,
# with a maximal error of 5e-8, relative to lgamma 1e-6.
_NUMERATOR = [1.5350586, 2.2940616, 0.0967040202]
_DENOMINATOR = [1., 4.4036839, 1.3976335]


# -- lgamma, digamma and the remainder of Stirling's formula ------------------------

def lgamma(x):
    """The log of the gamma function, exactly 0 at 1 and 2; fast in float32."""
    return tf.math.lgamma(x) if x.dtype == tf.float64 else _lgamma_32(x)


@tf.custom_gradient
def _lgamma_32(x):
    small, large, is_small = _parts(x)
    far = ((large - 0.5) * (tf.math.log(large) - 1.) + (HALF_LOG_2PI - 0.5) +
           _stirling_tail(large))
    value = tf.where(is_small, _lgamma_of_small(small), far)
    return value, lambda upstream: upstream * _digamma_32(x)


def _digamma_32(x):
    after = x + 2.
    return tf.math.log(after) - _log_less_digamma_tail(after) - 1. / (x + 1.) - 1. / x


def stirling_error(x):
    """``lgamma(x) - ((x - 1/2) log(x) - x + log(2 pi) / 2)``, small for large x.

    The remainder of the gamma function after its large parts have cancelled. See Loader
    (2000), "Fast and accurate computation of binomial probabilities".
    """
    return _stirling_error(x)


@tf.custom_gradient
def _stirling_error(x):
    small, large, is_small = _parts(x)
    near = _lgamma_of_small(small) - (
        (small - 0.5) * tf.math.log(small) - small + HALF_LOG_2PI)
    value = tf.where(is_small, near, _stirling_tail(large))

    def gradient(upstream):
        near = 0.5 / small - _log_less_digamma_of_small(small)
        return upstream * tf.where(is_small, near, -_log_less_digamma_rest(large))

    return value, gradient


def stirling_divergence(x, y):
    """The Bregman divergence of `stirling_error` between `x` and `y`, both at least 10.

    Each power ``z^-n`` of its series contributes ``(x / y - 1)^2`` times a polynomial
    of ``1 / x`` and ``1 / y`` with positive coefficients.
    """
    inverse_x, inverse_y = 1. / x, 1. / y
    terms, power, total = tf.zeros_like(x * y), tf.ones_like(y), 0.
    for n in range(1, 2 * len(_STIRLING[x.dtype])):
        terms = inverse_x * (terms + float(n) * power)
        power *= inverse_y
        if n % 2:
            total += _STIRLING[x.dtype][n // 2] * terms
    return total * tf.square((x - y) / y)


@tf.custom_gradient
def gamma_height(a):
    """``a log(a) - a - lgamma(a)``, without cancellation."""
    small, large, is_small = _parts(a)
    near = small * tf.math.log(small) - small - _lgamma_of_small(small)
    far = 0.5 * tf.math.log(large) - HALF_LOG_2PI - _stirling_tail(large)
    value = tf.where(is_small, near, far)
    return value, lambda upstream: upstream * log_less_digamma(a)


def log_less_digamma(a):
    """``log(a) - digamma(a)``, without cancellation."""
    small, large, is_small = _parts(a)
    return tf.where(is_small, _log_less_digamma_of_small(small),
                    _log_less_digamma_tail(large))


def gamma_entropy(a, n=1.):
    """``a + lgamma(a) + (n - a) digamma(a)``, without cancellation.

    For ``n == 1``, this is the entropy of ``Gamma(a, 1)``.
    """
    return n * tf.math.log(a) - gamma_height(a) + (a - n) * log_less_digamma(a)


def _parts(x):
    """`x` clipped below and above the bound of Stirling's series, and `x <= bound`."""
    bound = _STIRLING_FROM[x.dtype]
    return tf.minimum(x, bound), tf.maximum(x, bound), x <= bound


def _lgamma_of_small(x):
    if x.dtype == tf.float64:
        return tf.math.lgamma(x)
    below_1 = tf.cast(x < 1., x.dtype)
    y = x + below_1
    ratio = polynomial(y, _NUMERATOR) / polynomial(y, _DENOMINATOR)
    return (y - 1.) * (y - 2.) * ratio - below_1 * tf.math.log(x)


def _log_less_digamma_of_small(a):
    if a.dtype == tf.float64:
        return tf.math.log(a) - tf.math.digamma(a)
    return (1. / a + 1. / (a + 1.) - log1p_inverse(0.5 * a) +
            _log_less_digamma_tail(a + 2.))


def _stirling_tail(x):
    inverse = 1. / x
    return inverse * polynomial(tf.square(inverse), _STIRLING[x.dtype])


def _log_less_digamma_tail(a):
    return 0.5 / a + _log_less_digamma_rest(a)


def _log_less_digamma_rest(a):
    square = tf.square(1. / a)
    terms = [(2 * i + 1) * c for i, c in enumerate(_STIRLING[a.dtype])]
    return square * polynomial(square, terms)


# -- Log densities --------------------------------------------------------------------

@tf.custom_gradient
def gamma_shape(x, a, b):
    """``(a - 1) log(t) - (b x - a) - log(a / b)`` with ``t = b x / a``, at x >= 0.

    The log of a gamma density with mean ``a / b``, relative to its height. The
    derivatives are explicit, which takes fewer ops and is numerically stable.
    """
    log_t, difference = _log_quotient(x, a, b), b * x - a
    log_rate = tf.math.log(b) - tf.math.log(a)
    value = tf.math.multiply_no_nan(log_t, a - 1.) - difference + log_rate

    def gradient(upstream):
        at_0 = tf.equal(x, 0.)  # log(x) is replaced by 0
        partials = [(a - 1.) / _infinite_if(at_0, x) - b,
                    tf.where(at_0, log_rate, log_t),
                    -difference / b]
        return [_summed(upstream * partial, to)
                for partial, to in zip(partials, (x, a, b))]

    return value, gradient


@tf.custom_gradient
def _log_quotient(x, a, b):
    """``log(b x / a)``; near 1 it is consistent with the rounded ``b x - a``."""
    ratio = (b * x - a) / a
    value = tf.where(tf.abs(ratio) < 0.5, log1p(ratio),
                     tf.math.log(x) + (tf.math.log(b) - tf.math.log(a)))
    return value, lambda upstream: [
        _summed(upstream / _infinite_if(tf.equal(x, 0.), x), x),
        _summed(-upstream / a, a), _summed(upstream / b, b)]


def _infinite_if(condition, x):
    return tf.where(condition, tf.constant(np.inf, x.dtype), x)


def _summed(gradient, x):
    """The sum of `gradient` over the axes along which `x` was broadcast."""
    if x.shape.is_fully_defined() and x.shape == gradient.shape:
        return gradient
    axes = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(x), s1=tf.shape(gradient))[0]
    gradient = tf.reshape(tf.reduce_sum(gradient, axes), tf.shape(x))
    gradient.set_shape(x.shape)
    return gradient


def log_ratio_and_difference(x, y, log_x=None, log_y=None):
    """``log(x / y)`` and ``x - y``, rounded consistently.

    Near ``x == y`` both are computed from the rounded quotient r, as ``log(r)`` and
    ``y (r - 1)``, so that sums such as ``y log(x / y) - (x - y)`` do not cancel.
    Elsewhere, the difference of the logs does not overflow.

    :param log_x: ``log(x)``, if it is more accurate than the log of `x`.
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
    """``(a - 1) log(n x / a) - (n x - a)``, for ``x >= 0``.

    The factor of a beta density that depends on `x`.

    :param log_x: ``log(x)``, if it is more accurate than the log of `x`.
    """
    at_0 = tf.equal(x, 0.)
    inner_x = tf.where(at_0, tf.ones_like(x), x)
    inner_log_x = tf.math.log(inner_x) if log_x is None else tf.where(
        at_0, tf.zeros_like(log_x), log_x)
    log_r, difference = log_ratio_and_difference(
        n * inner_x, a, log_x=tf.math.log(n) + inner_log_x)
    excess = a - 1.
    infinity = tf.constant(np.inf, x.dtype)
    limit = -tf.stop_gradient(tf.math.multiply_no_nan(infinity, excess))
    return tf.where(at_0, limit + (a - n * x), excess * log_r - difference)


@tf.custom_gradient
def log_power_of(x, power):
    """``log(x ** power)`` for ``x >= 0``, with derivatives 0 at 0."""
    log_x = tf.math.log(x)

    def gradient(upstream):
        at_0 = tf.equal(x, 0.)
        return [_summed(upstream * power / _infinite_if(at_0, x), x),
                _summed(upstream * tf.where(at_0, tf.zeros_like(log_x), log_x), power)]

    return tf.math.multiply_no_nan(log_x, power), gradient


def log_binomial(k, m, p, q, log_p, log_q):
    """``log((k + m)! / (k! m!) p^k q^m)`` for real ``k, m >= 0``, ``p + q = 1``.

    Loader (2000), eq. 4, which combines the leading terms of the factorials with the
    powers. At ``k == 0`` and ``m == 0`` only a power remains.
    """
    k_is_0, m_is_0 = tf.equal(k, 0.), tf.equal(m, 0.)
    edge = tf.logical_or(k_is_0, m_is_0)
    k_in = tf.where(edge, tf.ones_like(k), k)
    m_in = tf.where(edge, tf.ones_like(m), m)
    n = k_in + m_in
    log_n = tf.math.log(n)
    log_r, k_excess = log_ratio_and_difference(n * p, k_in, log_x=log_n + log_p)
    log_s, m_excess = log_ratio_and_difference(n * q, m_in, log_x=log_n + log_q)
    inner = (k_in * log_r - k_excess + m_in * log_s - m_excess - HALF_LOG_2PI
             + 0.5 * (log_n - tf.math.log(k_in) - tf.math.log(m_in))
             + stirling_error(n) - stirling_error(k_in) - stirling_error(m_in))
    edge_value = (tf.math.multiply_no_nan(log_p, k + tf.zeros_like(log_p)) +
                  tf.math.multiply_no_nan(log_q, m + tf.zeros_like(log_q)))
    return tf.where(edge, edge_value, inner)


def log_poisson(k, rate):
    """``log(rate^k exp(-rate) / k!)`` for real ``k > 0``. Loader (2000), eq. 6."""
    log_r, excess = log_ratio_and_difference(rate, k)
    return (k * log_r - excess - 0.5 * tf.math.log(k) - HALF_LOG_2PI
            - stirling_error(k))
