"""Probabilities of intervals under any distribution, and their quantiles."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import largest_count
from zhusuan.distributions._numerics.elementary import log1mexp, log1p, log_add, widened

__all__ = ["count_quantile_between", "log_mass_between", "quantile_between"]

# More steps of Newton's method than the heaviest tail needs.
_MAX_STEPS = 50


def log_mass_between(dist, low, high):
    """``log(F(high) - F(low))``, -inf for an empty interval.

    As a difference of two distribution functions, or of two survival functions if the
    interval is above the median. Its gradients are finite.

    :param dist: A univariate Distribution with a cdf.
    :param low, high: Tensors of values, or None for an infinite end.
    """
    if high is None:
        return _wide(dist._log_survival(low))
    if low is None:
        return _wide(dist._log_cdf(high))
    below, above = [[_wide(side(end)) for end in (low, high)]
                    for side in (dist._log_cdf, dist._log_survival)]
    is_upper = below[0] > above[0]
    larger = tf.where(is_upper, above[0], below[1])
    smaller = tf.where(is_upper, above[1], below[0])
    log_0 = tf.constant(-np.inf, larger.dtype)
    is_difference = tf.logical_and(smaller > log_0, larger > smaller)
    gap = tf.where(is_difference, smaller - larger, -tf.ones_like(larger))
    log_mass = larger + tf.where(is_difference, log1mexp(gap), tf.zeros_like(gap))
    is_empty = tf.logical_and(smaller > log_0, larger <= smaller)
    return tf.where(is_empty, log_0, log_mass)


def quantile_between(dist, probability, low, high):
    """The value up to which `dist`, truncated to an interval, has a probability.

    Gradients flow to the probability, to the ends and to the parameters of `dist`, by
    implicit differentiation of ``F(x) = p``.

    :param dist: A continuous univariate Distribution with a cdf and a quantile.
    :param probability: A float Tensor with values between 0 and 1.
    :param low, high: Tensors of values, or None for an infinite end.
    """
    log_total = log_mass_between(dist, low, high)
    x = tf.stop_gradient(_value_at(dist, probability, low, high, log_total))
    is_upper = probability > 0.5
    log_p = _wide(tf.where(is_upper, log1p(-probability), tf.math.log(probability)))
    log_share = tf.where(is_upper, log_mass_between(dist, x, high),
                         log_mass_between(dist, low, x)) - log_total
    change = log_share - log_p
    change = tf.where(tf.math.is_finite(change), change, tf.zeros_like(change))
    slope = tf.stop_gradient(tf.exp(log_share + log_total - _wide(dist._log_prob(x))))
    slope = tf.where(tf.math.is_finite(slope), slope, tf.zeros_like(slope))
    shift = (change - tf.stop_gradient(change)) * tf.where(is_upper, slope, -slope)
    return x + tf.cast(shift, x.dtype)


def _value_at(dist, probability, low, high, log_total):
    """The quantile without gradients: by that of `dist`, or by Newton in a tail.

    Probabilities far in the upper tail round to 1, and in the lower tail to 0.
    """
    p = _wide(probability)
    log_below, log_above = tf.math.log(p) + log_total, log1p(-p) + log_total
    start = tf.zeros_like(log_below)
    info = np.finfo(start.dtype.as_numpy_dtype)
    is_upper = is_lower = tf.zeros_like(start, tf.bool)
    if low is not None:
        log_below = log_add(_wide(dist._log_cdf(low)), log_below)
        is_upper = _wide(dist._log_survival(low)) < 0.5 * np.log(info.eps)
        start = tf.where(is_upper, _wide(low), start)
    if high is not None:
        log_above = log_add(_wide(dist._log_survival(high)), log_above)
        is_lower = _wide(dist._log_cdf(high)) < 0.5 * np.log(info.tiny)
        start = tf.where(is_lower, _wide(high), start)
    in_tail = tf.logical_or(is_upper, is_lower)
    usual = dist.quantile(tf.cast(tf.where(
        in_tail, tf.constant(0.5, p.dtype), tf.exp(log_below)), dist.param_dtype))
    x = tf.where(in_tail, start, _wide(usual))
    target = tf.where(is_upper, log_above, log_below)
    tolerance = 8. * info.eps * tf.maximum(tf.abs(target), 1.)
    shape = tf.shape(x + target)
    is_upper, in_tail = [tf.broadcast_to(y, shape) for y in (is_upper, in_tail)]

    def improve(i, x, _):
        value = tf.cast(x, dist.dtype)
        log_p = tf.where(is_upper, _wide(dist._log_survival(value)),
                         _wide(dist._log_cdf(value)))
        error = log_p - target
        step = error * tf.exp(log_p - _wide(dist._log_prob(value)))
        is_open = tf.logical_and(in_tail, tf.logical_and(
            tf.abs(error) > tolerance, tf.math.is_finite(step)))
        x = tf.where(is_open, x + tf.where(is_upper, step, -step), x)
        return i + 1, _clip(x, low, high), is_open

    _, x, _ = tf.while_loop(
        lambda i, x, is_open: tf.logical_and(i < _MAX_STEPS, tf.reduce_any(is_open)),
        improve, (tf.constant(0), tf.broadcast_to(_clip(x, low, high), shape), in_tail))
    return tf.cast(x, dist.dtype)


def count_quantile_between(dist, probability, low, high):
    """The smallest count up to which `dist`, truncated, has a probability.

    By bisection on the log probabilities, which are accurate in both tails.

    :param dist: A distribution of counts with a cdf.
    :param probability: A float Tensor with values between 0 and 1.
    :param low, high: Tensors of counts, which belong to the interval, or None.
    """
    below = None if low is None else low - tf.ones_like(low)
    log_total = log_mass_between(dist, below, high)
    p = tf.cast(probability, log_total.dtype)
    log_below, log_above = tf.math.log(p) + log_total, log1p(-p) + log_total
    is_upper = tf.zeros_like(log_below, tf.bool)
    if low is not None:
        log_below = log_add(_wide(dist._log_cdf(below)), log_below)
        is_upper = _wide(dist._log_survival(below)) < -np.log(2.)
    if high is not None:
        log_above = log_add(_wide(dist._log_survival(high)), log_above)
    shape = tf.shape(log_below + log_above)
    largest = tf.constant(largest_count(dist.dtype), tf.float64)
    first = tf.constant(-1., tf.float64) if low is None else tf.cast(below, tf.float64)
    last = largest if high is None else tf.cast(high, tf.float64)
    first, last = [tf.broadcast_to(x, shape) for x in (first, last)]

    def is_reached(k):
        k = tf.cast(k, dist.dtype)
        return tf.where(is_upper, _wide(dist._log_survival(k)) <= log_above,
                        _wide(dist._log_cdf(k)) >= log_below)

    def widen(width, k, _):
        reached = is_reached(k)
        return 2. * width, tf.where(reached, k, tf.minimum(k + width, last)), (
            tf.reduce_all(tf.logical_or(reached, k >= last)))

    _, last, _ = tf.while_loop(
        lambda width, k, is_done: tf.logical_not(is_done), widen,
        (tf.constant(1., tf.float64), tf.minimum(first + 1., last), tf.constant(False)))

    def halve(first, last):
        middle = tf.floor(0.5 * first + 0.5 * last)
        reached = is_reached(middle)
        return tf.where(reached, first, middle), tf.where(reached, middle, last)

    _, last = tf.while_loop(
        lambda first, last: tf.reduce_any(first < tf.floor(0.5 * first + 0.5 * last)),
        halve, (first, last))
    return tf.cast(last, dist.dtype)


def _clip(x, low, high):
    x = x if low is None else tf.maximum(x, _wide(low))
    return x if high is None else tf.minimum(x, _wide(high))


def _wide(x):
    return widened(x)[0]
