"""The continuous uniform distribution."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import check_less, checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log1p, log_ratio, where_inside
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["Uniform"]


class Uniform(Distribution):
    r"""The continuous uniform distribution.

    .. math::

        p(x) = \frac{1}{b - a}, \qquad x \in [a, b)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `is_reparameterized`.

    :param minval: A float Tensor, the lower end :math:`a`, included.
    :param maxval: A float Tensor, the upper end :math:`b`, excluded. Raises
        ValueError unless it is greater than `minval`, or InvalidArgumentError if the
        values are not static.
    :param check_numerics: A bool. Raise InvalidArgumentError when an end or
        the log of the width is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Uniform(0., 2.)
    >>> print(["%.1f" % p for p in dist.prob([-1., 0., 1., 2.])])
    ['0.0', '0.5', '0.5', '0.0']
    """

    def __init__(self, minval: TensorLike = 0., maxval: TensorLike = 1.,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 check_numerics: bool = False, **kwargs: Any) -> None:
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
    def minval(self) -> tf.Tensor:
        """The lower end of the support."""
        return self._minval

    @property
    def maxval(self) -> tf.Tensor:
        """The upper end of the support."""
        return self._maxval

    @property
    def mean(self) -> tf.Tensor:
        """The middle of the support."""
        return 0.5 * self._minval + 0.5 * self._maxval

    @property
    def variance(self) -> tf.Tensor:
        """The squared width over 12."""
        return tf.square(self._maxval - self._minval) / 12.

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        unit = random_numbers.uniform(self._sample_shape(n_samples), self.dtype)
        width = self._maxval - self._minval
        # Rounding maps the top half of the last cell of the floating-point grid to
        # maxval, which is outside. The first cell lacks exactly that half.
        unit = tf.where(self._minval + unit * width < self._maxval,
                        unit, tf.zeros_like(unit))
        return self._minval + unit * width

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        minval = self.path_param(self._minval)
        maxval = self.path_param(self._maxval)
        log_density = -checked("log(maxval - minval)",
                               tf.math.log(maxval - minval),
                               self._check_numerics)
        inside = tf.logical_and(given >= minval, given < maxval)
        return where_inside(inside, log_density)

    def _entropy(self) -> tf.Tensor:
        return tf.math.log(self._maxval - self._minval)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        inner = (given - self._minval) / (self._maxval - self._minval)
        return tf.clip_by_value(inner, 0., 1.)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return _log_fraction(given, self._minval, self._maxval)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return _log_fraction(-given, -self._maxval, -self._minval)

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        return self._minval + probability * (self._maxval - self._minval)


def _log_fraction(x: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """The log of ``(x - low) / (high - low)``, clipped to numbers from 0 to 1."""
    below, above = x <= low, x >= high
    x = tf.where(tf.logical_or(below, above), 0.5 * low + 0.5 * high, x)
    width = high - low
    is_left = x - low < 0.5 * width
    log_fraction = tf.where(is_left, log_ratio(x - low, width),
                            log1p(-(high - x) / width))
    zero, infinity = x.dtype.as_numpy_dtype([0., np.inf])
    return tf.where(below, -infinity, tf.where(above, zero, log_fraction))
