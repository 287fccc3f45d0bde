"""The mass of the standard normal distribution in an interval, wherever that is."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI, log1mexp, log1p
from zhusuan.distributions._numerics.normal_functions import log_scaled_ndtr, normal_cdf

__all__ = ["NormalInterval", "log_normal_mass"]


def log_normal_mass(a, b, width=None):
    """``log(Phi(b) - Phi(a))`` for ``a <= b``, accurate in both tails.

    :param width: ``b - a``, if it is more accurate than that of the rounded ends.
    """
    interval = NormalInterval(a, b, b - a if width is None else width)
    peak = interval.select(0.5 * (a + b), a, b, tf.zeros_like(a))
    return interval.log_mass_over_peak() - 0.5 * tf.square(peak)


class NormalInterval:
    """An interval of standard normal numbers: narrow, in a tail, or about 0.

    Its peak is close to the point of the largest density: the middle of a narrow
    interval, the inner end of one in a tail, else 0.
    """

    def __init__(self, a, b, width):
        self._sum, self._width = a + b, width
        self._is_right = self._sum > 0.
        self._outer = tf.where(self._is_right, -b, a)
        self._inner = tf.where(self._is_right, -a, b)
        self.is_narrow = self.slope() < 0.1
        self._in_tail = tf.logical_and(
            self._inner < 0., tf.logical_not(self.is_narrow))

    def slope(self):
        """The approximate change of the log density in the interval."""
        return self._width * (1. + 0.5 * tf.abs(self._sum))

    def select(self, middle, low, high, centre):
        """Select the peak."""
        return tf.where(self.is_narrow, middle, tf.where(
            self._in_tail, tf.where(self._is_right, low, high), centre))

    def log_mass_over_peak(self):
        """The log of the mass, plus half the square of the peak."""
        return tf.where(self.is_narrow, self._narrow(), tf.where(
            self._in_tail, self._tail(), self._about_0()))

    def _narrow(self):
        """The Taylor series of the density about the middle."""
        zero, one = tf.zeros_like(self._outer), tf.ones_like(self._outer)
        width = tf.where(self.is_narrow, self._width, one)
        m2 = tf.square(tf.where(self.is_narrow, 0.5 * self._sum, zero))
        w2 = tf.square(width)
        # Products with w2 first, because m2 may be large.
        slope = m2 * w2
        series = ((slope - w2) / 24. +
                  (tf.square(slope) - 6. * slope * w2 + 3. * w2 * w2) / 1920.)
        return tf.math.log(width) + log1p(series) - HALF_LOG_2PI

    def _tail(self):
        one = tf.ones_like(self._outer)
        ends = tf.stack([tf.where(self._in_tail, self._outer, -2. * one),
                         tf.where(self._in_tail, self._inner, -one)])
        log_outer, log_inner = tf.unstack(log_scaled_ndtr(ends), num=2)
        gap = tf.where(self._in_tail, self._width * tf.abs(self._sum), 3. * one)
        return log_inner + log1mexp(log_outer - log_inner - 0.5 * gap)

    def _about_0(self):
        zero = tf.zeros_like(self._outer)
        is_about_0 = tf.logical_not(tf.logical_or(self.is_narrow, self._in_tail))
        outer = tf.where(is_about_0, self._outer, zero - 1.)
        inner = tf.where(is_about_0, self._inner, zero + 1.)
        return log1p(-(normal_cdf(outer) + normal_cdf(-inner)))
