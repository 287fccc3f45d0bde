"""Distributions on the positive half of the real line."""
import math

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    expm1,
    log1p,
    log1p_square_of_ratio,
    widened,
)
from zhusuan.distributions._numerics.normal_functions import normal_cdf, normal_quantile
from zhusuan.distributions._univariate_base import (
    POSITIVE,
    Univariate,
    parameter,
    standardized,
)

__all__ = ["Exponential", "HalfCauchy", "HalfNormal", "LogNormal"]


class Exponential(Univariate):
    r"""The exponential distribution.

    .. math::

        p(x) = \lambda e^{-\lambda x}, \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param rate: A positive float Tensor, :math:`\lambda`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the rate or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Exponential(2.).prob(0.))
    2.0000
    """

    _support = POSITIVE
    _positive = ("rate",)

    def __init__(self, rate, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"rate": rate}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    rate = parameter("rate", "The rate, a positive float Tensor.")

    @property
    def mean(self):
        """``1 / rate``."""
        return 1. / self.rate

    @property
    def variance(self):
        """``1 / rate^2``."""
        return tf.square(1. / self.rate)

    @property
    def mode(self):
        """0."""
        return tf.zeros_like(self.rate)

    def _draw(self, shape, rate):
        return self._value_at(random_numbers.open_uniform(shape, rate.dtype), rate)

    def _log_density(self, x, rate):
        return tf.math.log(rate) - rate * x

    def _entropy(self):
        return 1. - tf.math.log(self.rate)

    def _probability_up_to(self, x, rate):
        return -expm1(-rate * x)

    def _value_at(self, probability, rate):
        return -log1p(-probability) / rate


class _Half(Univariate):
    """The absolute value of a variable with its centre at 0."""

    _support = POSITIVE
    _positive = ("scale",)

    def __init__(self, scale, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"scale": scale}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mode(self):
        """0."""
        return tf.zeros_like(self.scale)


class HalfNormal(_Half):
    r"""The distribution of the absolute value of a centred normal variable.

    .. math::

        p(x) = \frac{\sqrt 2}{\sqrt\pi\,\sigma}
               \exp\left(-\frac{x^2}{2\sigma^2}\right), \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param scale: A positive float Tensor, :math:`\sigma`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the scale or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.HalfNormal(1.).prob(0.))
    0.7979
    """

    @property
    def mean(self):
        """``scale sqrt(2 / pi)``."""
        return self.scale * math.sqrt(2. / math.pi)

    @property
    def variance(self):
        """``scale^2 (1 - 2 / pi)``."""
        return tf.square(self.scale) * (1. - 2. / math.pi)

    def _draw(self, shape, scale):
        return scale * tf.abs(random_numbers.normal(shape, scale.dtype))

    def _log_density(self, x, scale):
        return (0.5 * math.log(2. / math.pi) - tf.math.log(scale) -
                0.5 * tf.square(x / scale))

    def _entropy(self):
        return tf.math.log(self.scale) + 0.5 * (1. + math.log(math.pi / 2.))

    def _probability_up_to(self, x, scale):
        return tf.math.erf(
            standardized(x, tf.zeros_like(x), scale) * math.sqrt(0.5))

    def _value_at(self, probability, scale):
        return scale * normal_quantile(
            log1p(probability) - math.log(2.),
            log1p(-probability) - math.log(2.))


class HalfCauchy(_Half):
    r"""The distribution of the absolute value of a centred Cauchy variable.

    .. math::

        p(x) = \frac{2}{\pi s\,(1 + x^2 / s^2)}, \qquad x \in [0, \infty)

    It has no mean. See :class:`~zhusuan.distributions.base.Distribution` for
    shapes and for `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when the scale or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.HalfCauchy(1.).prob(0.))
    0.6366
    """

    def _draw(self, shape, scale):
        return self._value_at(random_numbers.open_uniform(shape, scale.dtype), scale)

    def _log_density(self, x, scale):
        return (math.log(2. / math.pi) - tf.math.log(scale) -
                log1p_square_of_ratio(x, scale))

    def _entropy(self):
        return tf.math.log(self.scale) + math.log(2. * math.pi)

    def _probability_up_to(self, x, scale):
        return (2. / math.pi) * tf.math.atan(
            standardized(x, tf.zeros_like(x), scale))

    def _value_at(self, probability, scale):
        # tan(pi p / 2), with the digits of 1 - p in the tail.
        half_pi = 0.5 * math.pi
        return scale * (tf.sin(half_pi * probability) /
                        tf.sin(half_pi * (1. - probability)))


class LogNormal(Univariate):
    r"""The distribution of the exponential of a normal variable.

    .. math::

        p(x) = \frac{1}{\sqrt{2\pi}\,\sigma x}
               \exp\left(-\frac{(\log x - \mu)^2}{2\sigma^2}\right),
        \qquad x \in (0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, :math:`\mu`, the mean of the log.
    :param scale: A positive float Tensor, :math:`\sigma`, its standard deviation.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.LogNormal(0., 1.).prob(1.))
    0.3989
    """

    _support = POSITIVE
    _positive = ("scale",)

    def __init__(self, loc, scale, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"loc": loc, "scale": scale}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    loc = parameter("loc", "The mean of the log, a float Tensor.")
    scale = parameter("scale", "The standard deviation of the log, a Tensor.")

    @property
    def mean(self):
        """``exp(loc + scale^2 / 2)``."""
        return tf.exp(self.loc + 0.5 * tf.square(self.scale))

    @property
    def variance(self):
        """``mean^2 (exp(scale^2) - 1)``."""
        return tf.square(self.mean) * expm1(tf.square(self.scale))

    @property
    def mode(self):
        """``exp(loc - scale^2)``."""
        return tf.exp(self.loc - tf.square(self.scale))

    def _draw(self, shape, loc, scale):
        return tf.exp(loc + scale * random_numbers.normal(shape, loc.dtype))

    def _is_outside(self, given):
        return tf.logical_or(super()._is_outside(given), tf.equal(given, 0.))

    def _log_density(self, x, loc, scale):
        log_x = tf.math.log(x)
        return (-HALF_LOG_2PI - tf.math.log(scale) - log_x -
                0.5 * tf.square((log_x - loc) / scale))

    def _entropy(self):
        loc, scale = widened(self.loc, self.scale)
        return loc + tf.math.log(scale) + (0.5 + HALF_LOG_2PI)

    def _probability_up_to(self, x, loc, scale):
        return normal_cdf(standardized(tf.math.log(x), loc, scale))

    def _value_at(self, probability, loc, scale):
        at_0 = tf.equal(probability, 0.)
        p = tf.where(at_0, tf.constant(0.5, loc.dtype), probability)
        value = tf.exp(loc + scale * normal_quantile(tf.math.log(p), log1p(-p)))
        return tf.where(at_0, tf.zeros_like(value), value)
