"""The multivariate gamma function and its derivatives."""
import math

import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.gamma_functions import lgamma, log_less_digamma

__all__ = ["multivariate_digamma", "multivariate_lgamma"]


def multivariate_lgamma(a, length):
    """``log(pi^(d (d - 1) / 4) prod_i Gamma(a - i / 2))`` for i = 0 ... d - 1.

    :param a: A Tensor, above ``(d - 1) / 2``.
    :param length: d, an int or a 0-D Tensor.
    """
    size = tf.cast(length, a.dtype)
    return (0.25 * math.log(math.pi)) * size * (size - 1.) + tf.reduce_sum(
        lgamma(_steps(a, length)), axis=-1)


def multivariate_digamma(a, length):
    """The derivative of :func:`multivariate_lgamma` by `a`."""
    steps = _steps(a, length)
    return tf.reduce_sum(tf.math.log(steps) - log_less_digamma(steps), axis=-1)


def _steps(a, length):
    return a[..., tf.newaxis] - 0.5 * tf.cast(tf.range(length), a.dtype)
