"""Continuous univariate distributions with a location and a scale."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import check_less, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log1p, log_quotient
from zhusuan.distributions.base import Distribution

__all__ = ["Uniform"]


class Uniform(Distribution):
    r"""The continuous uniform distribution.

    .. math::

        p(x) = \frac{1}{b - a}, \qquad x \in [a, b)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `is_reparameterized`.

    :param minval: A float Tensor, the lower end :math:`a`, included.
    :param maxval: A float Tensor, the upper end :math:`b`, excluded. It must be
        greater than `minval`: ValueError or, where the values are known at run
        time only, InvalidArgumentError.
    :param check_numerics: A bool. Raise InvalidArgumentError when an end or
        the log of the width is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Uniform(0., 2.)
    >>> print(["%.1f" % p for p in dist.prob([-1., 0., 1., 2.])])
    ['0.0', '0.5', '0.5', '0.0']
    """

    def __init__(self, minval=0., maxval=1., group_ndims=0,
                 is_reparameterized=True, check_numerics=False, **kwargs):
        minval, maxval = convert_parameters(minval=minval, maxval=maxval)
        super().__init__(
            dtype=minval.dtype, param_dtype=minval.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized, group_ndims=group_ndims,
            parameters={"minval": (minval, 0), "maxval": (maxval, 0)}, **kwargs)
        self._check_numerics = check_numerics
        self._minval = checked("minval", minval, check_numerics)
        self._maxval = check_less(
            "minval", self._minval,
            "maxval", checked("maxval", maxval, check_numerics))

    @property
    def minval(self):
        """The lower end of the support."""
        return self._minval

    @property
    def maxval(self):
        """The upper end of the support."""
        return self._maxval

    @property
    def mean(self):
        """The middle of the support."""
        return 0.5 * self._minval + 0.5 * self._maxval

    @property
    def variance(self):
        """The squared width over 12."""
        return tf.square(self._maxval - self._minval) / 12.

    def _sample(self, n_samples):
        unit = random_numbers.uniform(self._sample_shape(n_samples), self.dtype)
        width = self._maxval - self._minval
        # Rounding takes the top half of the last cell of the floating point
        # grid to maxval, which is outside. The first cell lacks just that half.
        unit = tf.where(self._minval + unit * width < self._maxval,
                        unit, tf.zeros_like(unit))
        return self._minval + unit * width

    def _log_prob(self, given):
        minval = self.path_param(self._minval)
        maxval = self.path_param(self._maxval)
        log_density = -checked("log(maxval - minval)",
                               tf.math.log(maxval - minval),
                               self._check_numerics)
        inside = tf.logical_and(given >= minval, given < maxval)
        return tf.where(inside, log_density, self.dtype.as_numpy_dtype(-np.inf))

    def _entropy(self):
        return tf.math.log(self._maxval - self._minval)

    def _cdf(self, given):
        inner = (given - self._minval) / (self._maxval - self._minval)
        return tf.clip_by_value(inner, 0., 1.)

    def _log_cdf(self, given):
        return _log_fraction(given, self._minval, self._maxval)

    def _log_survival(self, given):
        return _log_fraction(-given, -self._maxval, -self._minval)

    def _quantile(self, probability):
        return self._minval + probability * (self._maxval - self._minval)


def _log_fraction(x, low, high):
    """The log of ``(x - low) / (high - low)``, clipped to numbers from 0 to 1."""
    below, above = x <= low, x >= high
    x = tf.where(tf.logical_or(below, above), 0.5 * low + 0.5 * high, x)
    width = high - low
    is_left = x - low < 0.5 * width
    log_fraction = tf.where(is_left, log_quotient(x - low, width),
                            log1p(-(high - x) / width))
    zero, infinity = x.dtype.as_numpy_dtype([0., np.inf])
    return tf.where(below, -infinity, tf.where(above, zero, log_fraction))
