"""Distributions on the real line with a location and a scale."""
import math

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    largest_exponent,
    log1p,
    log1p_inverse,
    log1p_square_of_ratio,
    softplus,
    widened,
)
from zhusuan.distributions._numerics.gamma_functions import (
    log_less_digamma,
    stirling_error,
)
from zhusuan.distributions._numerics.incomplete_integrals import student_cdf
from zhusuan.distributions._numerics.samplers import log_gamma_sample
from zhusuan.distributions._univariate_base import Univariate, parameter, standardized

__all__ = ["Cauchy", "Gumbel", "Laplace", "Logistic", "StudentT"]


class _LocationScale(Univariate):
    """Formulas for location 0 and scale 1, moved and stretched."""

    _positive = ("scale",)

    def __init__(self, loc, scale, group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        super().__init__(
            {"loc": loc, "scale": scale}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mode(self):
        """The location."""
        return self.loc

    def _draw(self, shape, loc, scale):
        return loc + scale * self._standard_quantile(
            random_numbers.open_uniform(shape, loc.dtype))

    def _log_density(self, x, loc, scale):
        return self._standard_log_density((x - loc) / scale) - tf.math.log(scale)

    def _probability_up_to(self, x, loc, scale):
        return self._standard_cdf(standardized(x, loc, scale))

    def _value_at(self, probability, loc, scale):
        return loc + scale * self._standard_quantile(probability)

    def _entropy(self):
        scale, = widened(self.scale)
        return tf.math.log(scale) + self._standard_entropy


class Laplace(_LocationScale):
    r"""The Laplace or double exponential distribution.

    .. math::

        p(x) = \frac{1}{2b} \exp\left(-\frac{|x - \mu|}{b}\right),
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`b`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Laplace(0., 1.).prob(0.))
    0.5000
    """

    _standard_entropy = 1. + math.log(2.)

    @property
    def mean(self):
        """The location."""
        return self.loc

    @property
    def variance(self):
        """Twice the square of the scale."""
        return 2. * tf.square(self.scale)

    def _standard_log_density(self, z):
        return -tf.abs(z) - math.log(2.)

    def _standard_cdf(self, z):
        # The derivative of abs at the median is 0.
        is_left = z < 0.
        tail = 0.5 * tf.exp(tf.where(is_left, z, -z))
        return tf.where(is_left, tail, 1. - tail)

    def _standard_quantile(self, p):
        is_left = p < 0.5
        log_tail = tf.math.log(2. * tf.where(is_left, p, 1. - p))
        return tf.where(is_left, log_tail, -log_tail)


class Logistic(_LocationScale):
    r"""The logistic distribution.

    .. math::

        p(x) = \frac{e^{-z}}{s\,(1 + e^{-z})^2}, \qquad z = \frac{x - \mu}{s},
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Logistic(0., 1.).cdf(0.))
    0.5000
    """

    _standard_entropy = 2.

    @property
    def mean(self):
        """The location."""
        return self.loc

    @property
    def variance(self):
        """The squared scale times ``pi^2 / 3``."""
        return tf.square(self.scale) * (np.pi ** 2 / 3.)

    def _standard_log_density(self, z):
        # It is even; at positive z no infinite terms cancel.
        z = tf.where(z < 0., -z, z)
        return -z - 2. * softplus(-z)

    def _standard_cdf(self, z):
        return tf.exp(-softplus(-z))  # accurate derivative in both tails

    def _standard_quantile(self, p):
        return tf.math.log(p) - log1p(-p)


class Gumbel(_LocationScale):
    r"""The Gumbel distribution of the largest of many values.

    .. math::

        p(x) = \frac{1}{s} \exp\left(-z - e^{-z}\right), \qquad
        z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Gumbel(0., 1.).mean)
    0.5772
    """

    _standard_entropy = 1. + np.euler_gamma

    @property
    def mean(self):
        """The location plus Euler's constant times the scale."""
        return self.loc + np.euler_gamma * self.scale

    @property
    def variance(self):
        """The squared scale times ``pi^2 / 6``."""
        return tf.square(self.scale) * (np.pi ** 2 / 6.)

    def _draw(self, shape, loc, scale):
        # Of a uniform number, 1 - u resolves the long tail to the right.
        exponential = -log1p(-random_numbers.open_uniform(shape, loc.dtype))
        return loc - scale * tf.math.log(exponential)

    def _standard_log_density(self, z):
        z = tf.maximum(z, -1e4)  # where the exponential is infinite already
        return -(z + tf.exp(-z))

    def _standard_cdf(self, z):
        return tf.exp(-tf.exp(-tf.maximum(z, -20.)))  # 0 there, as its slope

    def _standard_quantile(self, p):
        return -tf.math.log(-tf.math.log(p))


class Cauchy(_LocationScale):
    r"""The Cauchy distribution, which has no mean.

    .. math::

        p(x) = \frac{1}{\pi s\,(1 + z^2)}, \qquad z = \frac{x - \mu}{s},
        \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Cauchy(0., 1.).prob(1.))
    0.1592
    """

    _standard_entropy = math.log(4. * np.pi)

    def _log_density(self, x, loc, scale):
        return (-math.log(np.pi) - tf.math.log(scale) -
                log1p_square_of_ratio(x - loc, scale))

    def _standard_cdf(self, z):
        # atan2 keeps the digits of the tail to the left.
        return tf.math.atan2(tf.ones_like(z), -z) / np.pi

    def _standard_quantile(self, p):
        # tan(pi (p - 1/2)), with the digits of 1 - p in the tail to the right.
        return (tf.sin(np.pi * (p - 0.5)) /
                tf.sin(np.pi * tf.minimum(p, 1. - p)))


class StudentT(Univariate):
    r"""Student's t distribution.

    .. math::

        p(x) = \frac{\Gamma(\frac{\nu + 1}{2})}
                    {\Gamma(\frac{\nu}{2}) \sqrt{\nu\pi}\, s}
               \left(1 + \frac{z^2}{\nu}\right)^{-\frac{\nu + 1}{2}},
        \qquad z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param df: A positive float Tensor, the degrees of freedom :math:`\nu`.
    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of `df` or of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.StudentT(1.).prob(1.))
    0.1592
    """

    _positive = ("df", "scale")

    def __init__(self, df, loc=0., scale=1., group_ndims=0,
                 is_reparameterized=True, use_path_derivative=False,
                 check_numerics=False, **kwargs):
        super().__init__(
            {"df": df, "loc": loc, "scale": scale}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    df = parameter("df", "The degrees of freedom, a positive float Tensor.")
    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mean(self):
        """The location; nan for `df` up to 1."""
        return tf.where(self.df > 1., self.loc, self.dtype.as_numpy_dtype(np.nan))

    @property
    def variance(self):
        """``scale^2 df / (df - 2)``; inf for `df` up to 2 and nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        df = _bounded(self.df)
        finite = tf.square(self.scale) * (df / (df - 2.))
        return tf.where(self.df > 2., finite,
                        tf.where(self.df > 1., infinity, nan))

    @property
    def mode(self):
        """The location."""
        return self.loc

    def _draw(self, shape, df, loc, scale):
        half = 0.5 * _bounded(df)
        log_precision = log_gamma_sample(half, shape) - tf.math.log(half)
        # An infinite factor has a slope of nan, even where the sample is clipped.
        deviation = tf.exp(tf.minimum(-0.5 * log_precision, largest_exponent(df.dtype)))
        standard = self._support.clip(
            random_numbers.normal(shape, df.dtype) * deviation)
        sample = loc + scale * standard
        is_clipped = tf.abs(standard) >= df.dtype.max
        return tf.where(is_clipped, tf.stop_gradient(sample), sample)

    def _log_density(self, x, df, loc, scale):
        df = _bounded(df)
        half = 0.5 * df
        return (_log_t_normalizer(half) - tf.math.log(scale) - (half + 0.5) *
                log1p_square_of_ratio(x - loc, scale * tf.sqrt(df)))

    def _probability_up_to(self, x, df, loc, scale):
        # In float32 the density of a far tail and its derivatives underflow.
        df, *wide = [tf.cast(y, tf.float64) for y in (df, x, loc, scale)]
        return tf.cast(student_cdf(df, standardized(*wide)), x.dtype)

    def _entropy(self):
        df, scale = widened(self.df, self.scale)
        half = 0.5 * _bounded(df)
        # digamma(half + 1/2) - digamma(half), without cancellation
        step = (log1p_inverse(2. * half) + log_less_digamma(half) -
                log_less_digamma(half + 0.5))
        return (half + 0.5) * step - _log_t_normalizer(half) + tf.math.log(scale)


def _bounded(df):
    """`df`, from where its half is a number to where the density is normal."""
    info = np.finfo(df.dtype.as_numpy_dtype)
    return tf.clip_by_value(df, 2. * float(info.tiny), float(info.max) ** 0.8)


def _log_t_normalizer(half):
    """``lgamma(half + 1/2) - lgamma(half) - log(2 pi half) / 2``.

    The large parts of the gamma functions are taken out of the difference.
    """
    return (half * log1p_inverse(2. * half) - 0.5 - HALF_LOG_2PI +
            stirling_error(half + 0.5) - stirling_error(half))
