r"""Regularized incomplete gamma functions with derivatives by all arguments.

The smaller tail is a density times an integral, see `quadrature`:

.. math::

    P(a, x) &= \frac{x^a e^{-x}}{\Gamma(a + 1)} \left(1 + x \int_0^\infty
        e^{-(a + 1) s + x (1 - e^{-s})} ds\right), \qquad x \le a + 1 \\
    Q(a, x) &= \frac{x^a e^{-x}}{\Gamma(a)} \int_0^\infty
        e^{a s - x (e^s - 1)} ds, \qquad x > a + 1
"""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import expm1
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_height,
    gamma_shape,
    log_ratio_and_difference,
)
from zhusuan.distributions._numerics.quadrature import (
    column,
    in_float64,
    nodes_and_weights,
    where_valid,
)

__all__ = ["gamma_cdf", "gamma_survival", "inverse_gamma_cdf", "scaled_gamma_tail"]

_LARGEST = 1e300


@in_float64
@tf.custom_gradient
def gamma_cdf(a, rate, x):
    """The regularized lower incomplete gamma function ``P(a, rate x)``."""
    below, _ = _gamma_probabilities(a, rate * x)
    return below, lambda upstream: _gamma_gradients(a, rate, x, upstream)


@in_float64
@tf.custom_gradient
def gamma_survival(a, rate, x):
    """The regularized upper incomplete gamma function ``1 - P(a, rate x)``."""
    _, above = _gamma_probabilities(a, rate * x)
    return above, lambda upstream: _gamma_gradients(a, rate, x, -upstream)


@in_float64
@tf.custom_gradient
def inverse_gamma_cdf(a, scale, x):
    """The regularized upper incomplete gamma function ``1 - P(a, scale / x)``."""
    def gradient(upstream):
        by_a, by_log = _gamma_slopes(a, scale / x)
        return [tf.math.multiply_no_nan(partial, upstream)
                for partial in (-by_a, -by_log / scale, by_log / x)]

    _, above = _gamma_probabilities(a, scale / x)
    return above, gradient


def _gamma_gradients(a, rate, x, upstream):
    by_a, by_log = _gamma_slopes(a, rate * x)
    density = rate * tf.exp(gamma_shape(rate * x, a, tf.ones_like(x)) + gamma_height(a))
    return [tf.math.multiply_no_nan(partial, upstream)
            for partial in (by_a, by_log / rate, density)]


def _gamma_probabilities(a, x):
    """``P(a, x)`` and ``1 - P(a, x)``."""
    is_left, tail, _, _ = _gamma_tail(a, x)
    tail = where_valid(tf.logical_and(a > 0., x >= 0.), tail)
    return tf.where(is_left, tail, 1. - tail), tf.where(is_left, 1. - tail, tail)


def _gamma_slopes(a, x):
    """The derivatives of ``P(a, x)`` by `a` and by the log of `x`."""
    is_left, _, slope, by_log = _gamma_tail(a, x)
    return tf.where(is_left, slope, -slope), by_log


def _gamma_tail(a, x):
    """Compute the smaller tail.

    :return: Whether it is the left tail, its probability, the derivative of that by
        `a`, and the derivative of ``P(a, x)`` by ``log(x)``.
    """
    is_left, log_height, total, slope = scaled_gamma_tail(a, x)
    height = tf.exp(log_height)
    return (is_left, height * total, tf.math.multiply_no_nan(slope, height),
            tf.minimum(a, _LARGEST) * height)


def scaled_gamma_tail(a, x):
    """Compute the smaller tail relative to a height, which may underflow.

    :return: Whether it is the left tail, the log of the height, and, divided by the
        height, the probability of the tail and its derivative by `a`.
    """
    a, x = tf.minimum(a, _LARGEST), tf.minimum(x, _LARGEST)
    is_left = x <= a + 1.
    s, weights = nodes_and_weights(tf.where(is_left, a + 1. - x, x - a) + tf.sqrt(x))
    sign = tf.where(is_left, -tf.ones_like(x), tf.ones_like(x))
    rate = tf.where(is_left, -1. - a, a)
    terms = weights * tf.exp(column(rate) * s -
                             column(x) * expm1(column(sign) * s))
    integral = tf.reduce_sum(terms, axis=-1)
    moment = tf.reduce_sum(terms * s, axis=-1)
    log_r, difference = log_ratio_and_difference(x, a)
    log_height = a * log_r - difference + gamma_height(a) - tf.math.log(a)
    total = tf.where(is_left, 1. + x * integral, a * integral)
    slope = total * (tf.math.log(x) - tf.math.digamma(tf.where(is_left, a + 1., a)))
    slope += tf.where(is_left, -x, a) * moment
    return is_left, log_height, total, slope
