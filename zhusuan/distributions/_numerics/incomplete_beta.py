r"""Regularized incomplete beta functions with derivatives by all arguments.

The smaller tail is a density times an integral, see `quadrature`:

.. math::

    I_x(a, b) = \frac{x^a (1 - x)^b}{a B(a, b)} \left(1 + (a + b) x \int_0^\infty
        e^{-(a + 1) s} (1 - x + x e^{-s})^{-a - b - 1} ds\right)
"""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    expm1,
    log1p,
    log1p_square_of_ratio,
    log_ratio,
    softplus,
)
from zhusuan.distributions._numerics.gamma_functions import (
    log_less_digamma,
    log_power,
    log_ratio_and_difference,
    stirling_error,
)
from zhusuan.distributions._numerics.quadrature import (
    column,
    in_float64,
    nodes_and_weights,
    where_valid,
)

__all__ = ["beta_cdf", "beta_cdf_at_logit", "half_student_cdf", "log_beta_density",
           "log_beta_power", "logs_of", "logs_of_sigmoid", "scaled_beta_tail",
           "student_beta", "student_cdf"]

# Above, Student's distribution equals the normal one to 9 digits.
_LARGEST_DF = 1e15
# Above, the leading term of the difference to the normal one has 6 digits.
_MANY_DF = 1e9


@in_float64
@tf.custom_gradient
def beta_cdf(a, b, x):
    """The regularized incomplete beta function ``I_x(a, b)``."""
    def gradient(upstream):
        slopes = _beta_slopes(a, b, *logs_of(x))
        return [tf.math.multiply_no_nan(partial, upstream)
                for partial in (*slopes, _beta_density(a, b, x))]

    is_valid = tf.logical_and(x >= 0., x <= 1.)
    return where_valid(is_valid, _beta_value(a, b, *logs_of(x))), gradient


@in_float64
@tf.custom_gradient
def beta_cdf_at_logit(a, b, logit):
    """The regularized incomplete beta function at ``x = sigmoid(logit)``."""
    def gradient(upstream):
        logs = logs_of_sigmoid(logit)
        partials = (*_beta_slopes(a, b, *logs), tf.exp(log_beta_power(a, b, *logs)))
        return [tf.math.multiply_no_nan(partial, upstream) for partial in partials]

    return _beta_value(a, b, *logs_of_sigmoid(logit)), gradient


def logs_of(x):
    """The logs of `x` and of ``1 - x``."""
    return tf.math.log(x), log1p(-x)


def logs_of_sigmoid(logit):
    """The logs of ``sigmoid(logit)`` and of ``1 - sigmoid(logit)``."""
    return -softplus(-logit), -softplus(logit)


def _beta_value(a, b, log_x, log_y):
    is_left, tail, _ = _beta_tail(a, b, log_x, log_y)
    return where_valid(tf.logical_and(a > 0., b > 0.),
                        tf.where(is_left, tail, 1. - tail))


def _beta_slopes(a, b, log_x, log_y):
    """The derivatives by `a` and `b`."""
    is_left, _, (first, second) = _beta_tail(a, b, log_x, log_y)
    return (tf.where(is_left, first, -second), tf.where(is_left, second, -first))


def _beta_density(a, b, x):
    return tf.exp(log_beta_density(a, b, x))


def log_beta_density(a, b, x):
    """The log density of the beta distribution, also at 0 and at 1."""
    total = a + b
    return (log_power(x, a, total) +
            log_power(1. - x, b, total, log_x=logs_of(x)[1]) +
            _log_beta_height(a, b) +
            2. * tf.math.log(total) - tf.math.log(a) - tf.math.log(b))


def log_beta_power(a, b, log_x, log_y):
    """``log(x^a y^b / B(a, b))`` for ``x + y = 1``, without cancellation."""
    total = a + b
    log_total = tf.math.log(total)
    log_r, x_excess = log_ratio_and_difference(
        total * tf.exp(log_x), a, log_x=log_total + log_x)
    log_s, y_excess = log_ratio_and_difference(
        total * tf.exp(log_y), b, log_x=log_total + log_y)
    return a * log_r - x_excess + b * log_s - y_excess + _log_beta_height(a, b)


def _log_beta_height(a, b):
    """``-log(B(a, b)) - (a + b) log(a + b) + a log(a) + b log(b)``."""
    total = a + b
    return (0.5 * (tf.math.log(a) + tf.math.log(b) - tf.math.log(total)) -
            HALF_LOG_2PI +
            stirling_error(total) - stirling_error(a) - stirling_error(b))


def _beta_tail(a, b, log_x, log_y):
    """Compute the smaller tail.

    :return: Whether it is the left tail, its probability, and the derivatives of that
        by the exponent at the end of this tail and by the other exponent.
    """
    is_left, log_height, value, slopes = scaled_beta_tail(a, b, log_x, log_y)
    height = tf.exp(log_height)
    return is_left, height * value, [
        tf.math.multiply_no_nan(slope, height) for slope in slopes]


def scaled_beta_tail(a, b, log_x, log_y):
    """Compute the smaller tail relative to a height, which may underflow.

    :return: Whether it is the left tail, the log of the height, and, divided by the
        height, the probability of the tail and its derivatives as :func:`_beta_tail`.
    """
    x, y = tf.exp(log_x), tf.exp(log_y)
    is_left = x * (b + 1.) <= y * (a + 1.)
    a, b = tf.where(is_left, a, b), tf.where(is_left, b, a)
    log_x, log_y = tf.where(is_left, log_x, log_y), tf.where(is_left, log_y, log_x)
    x, y = tf.where(is_left, x, y), tf.where(is_left, y, x)
    integral, by_a, by_b = _beta_integrals(a, b, x, y)
    total = a + b
    log_height = log_beta_power(a, b, log_x, log_y) - tf.math.log(a)
    value = 1. + total * x * integral
    slopes = [value * (log_z + _digamma_difference(total, shape, more)) +
              x * (integral + total * moment)
              for log_z, shape, more, moment in (
                  (log_x, a + 1., b - 1., by_a), (log_y, b, a, by_b))]
    return is_left, log_height, value, slopes


def _digamma_difference(total, x, more):
    """``digamma(total) - digamma(x)`` for ``total = x + more``, which may cancel."""
    return (log_ratio(total, x, difference=more) +
            log_less_digamma(x) - log_less_digamma(total))


def _beta_integrals(a, b, x, y):
    """Integrate ``e^(-(a + 1) s) (y + x e^-s)^(-a - b - 1)`` and its derivatives.

    The log of the power is computed from the smaller one of `x` and `y`.
    """
    total = a + b + 1.
    s, weights = nodes_and_weights((a + 1.) * y - b * x + tf.sqrt(total * x * y))
    by_x = x < y
    small = tf.where(by_x, x, y)
    sign = tf.where(by_x, -tf.ones_like(x), tf.ones_like(x))
    log_power = log1p(column(small) * expm1(column(sign) * s))
    rate = tf.where(by_x, a + 1., -b)
    terms = weights * tf.exp(-column(rate) * s - column(total) * log_power)
    integral, of_s, of_log = [
        tf.reduce_sum(terms * factor, axis=-1)
        for factor in (tf.ones_like(s), s, log_power)]
    return (integral, -of_log - tf.where(by_x, of_s, tf.zeros_like(x)),
            -of_log + tf.where(by_x, tf.zeros_like(x), of_s))


@in_float64
@tf.custom_gradient
def student_cdf(df, z):
    """Student's distribution function; each tail is ``I_x(df / 2, 1 / 2) / 2``.

    :param z: The standardized value, in float64 if its tail may underflow.
    """
    def gradient(upstream):
        return [tf.math.multiply_no_nan(partial, upstream)
                for partial in (_student_slope(df, z), _student_density(df, z))]

    tail = 0.5 * _beta_value(*student_beta(df, z))
    return tf.where(z < 0., tail, 1. - tail), gradient


@in_float64
@tf.custom_gradient
def half_student_cdf(df, z):
    """The probability of ``|t| <= z`` of Student's distribution, for ``z >= 0``."""
    def gradient(upstream):
        return [2. * tf.math.multiply_no_nan(partial, upstream)
                for partial in (_student_slope(df, z), _student_density(df, z))]

    a, b, log_x, log_y = student_beta(df, z)
    return _beta_value(b, a, log_y, log_x), gradient


def student_beta(df, z):
    """The arguments of the incomplete beta function; `x` may underflow."""
    df = tf.minimum(df, _LARGEST_DF)
    z = z * tf.math.rsqrt(df)
    log_x = -log1p_square_of_ratio(z, tf.ones_like(z))
    return (0.5 * df, tf.constant(0.5, df.dtype) + tf.zeros_like(df), log_x,
            2. * tf.math.log(tf.abs(z)) + log_x)


def _student_density(df, z):
    # The formula divides by z. The density next to 0 equals the density at 0.
    size = tf.maximum(tf.abs(z), 1e-100 * tf.sqrt(tf.minimum(df, _LARGEST_DF)))
    return tf.exp(log_beta_power(*student_beta(df, size)) - tf.math.log(size))


def _student_slope(df, z):
    """The derivative by `df` at fixed `z`; Abramowitz and Stegun, 26.7.8, if large."""
    a, b, log_x, log_y = student_beta(df, z)
    by_a, _ = _beta_slopes(a, b, log_x, log_y)
    height = tf.exp(log_beta_power(a, b, log_x, log_y) - tf.math.log(a))
    few = -tf.sign(z) * 0.25 * (by_a + height)
    many = 0.25 * tf.math.multiply_no_nan(
        (z / df) * ((tf.square(z) + 1.) / df), _student_density(df, z))
    return tf.where(df < _MANY_DF, few, many)
