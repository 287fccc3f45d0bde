"""Distributions made of the normal density on the real line."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    largest_exponent,
    log1p,
    softplus,
    widened,
)
from zhusuan.distributions._numerics.normal_functions import normal_cdf, normal_quantile
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.distributions._univariate_base import standardized
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.utils import checked, convert_parameters, reciprocal

__all__ = ["FoldNormal", "Normal"]


class _NormalFamily(Distribution):
    """The parameters, their checks and the density of a normal variable."""

    def __init__(self, mean=0., _sentinel=None, std=None, logstd=None,
                 group_ndims=0, is_reparameterized=True,
                 use_path_derivative=False, check_numerics=False, **kwargs):
        _refuse_positional_scale(type(self).__name__, _sentinel)
        _require_one_scale(type(self).__name__, std, logstd)
        mean, self._given_std, self._given_logstd = convert_parameters(
            mean=mean, std=std, logstd=logstd)
        self._mean = checked("mean", mean, check_numerics)
        self._check_numerics = check_numerics
        super().__init__(
            dtype=mean.dtype, param_dtype=mean.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (mean, 0), **self._scale_parameter()},
            **kwargs)

    def _scale_parameter(self):
        if self._given_logstd is None:
            return {"std": (self._given_std, 0)}
        return {"logstd": (self._given_logstd, 0)}

    @property
    def mean(self):
        """The mean of the normal variable, of shape broadcastable to ``B``."""
        return self._mean

    @property
    def std(self):
        """The standard deviation of the normal variable."""
        if self._given_std is None:
            return checked("exp(logstd)", tf.exp(self.logstd),
                           self._check_numerics)
        return checked("std", self._given_std, self._check_numerics)

    @property
    def logstd(self):
        """The log standard deviation of the normal variable."""
        if self._given_logstd is None:
            return checked("log(std)", tf.math.log(self.std),
                           self._check_numerics)
        return checked("logstd", self._given_logstd, self._check_numerics)

    def _normal_sample(self, n_samples):
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        return self._mean + noise * self.std

    def _normal_log_prob(self, given, mean):
        logstd = self.path_param(self.logstd)
        z = (given - mean) * self._root_half_precision()
        return (-HALF_LOG_2PI - logstd) - tf.square(z)

    def _root_half_precision(self):
        """``sqrt(1 / 2) / std``, finite also where ``1 / std`` overflows.

        At ``given == mean`` the density is finite for any std, but 0 * inf is
        not.
        """
        if self._given_logstd is None:
            return np.sqrt(0.5) * reciprocal(self.path_param(self.std))
        return np.sqrt(0.5) * tf.exp(tf.minimum(
            -self.path_param(self.logstd), largest_exponent(self.dtype)))


class Normal(_NormalFamily):
    r"""The univariate normal distribution.

    .. math::

        p(x) = \frac{1}{\sqrt{2\pi}\,\sigma}
               \exp\left(-\frac{(x - \mu)^2}{2\sigma^2}\right),
        \qquad x \in \mathbb{R}

    Give the scale as exactly one of `std` and `logstd`, by keyword. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param mean: A float Tensor, :math:`\mu`.
    :param std: A positive float Tensor, :math:`\sigma`.
    :param logstd: A float Tensor, :math:`\log\sigma`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter,
        or the log or exp of one, is inf or nan.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.Normal([0., 1., 2.], std=1., group_ndims=1)
    >>> dist.sample(5).shape.as_list(), dist.log_prob([0., 1., 2.]).shape.rank
    ([5, 3], 0)
    """

    @property
    def variance(self):
        """The square of the standard deviation."""
        return tf.square(self.std)

    @property
    def mode(self):
        """The mean."""
        return self._mean

    def _sample(self, n_samples):
        return self._normal_sample(n_samples)

    def _log_prob(self, given):
        return self._normal_log_prob(given, self.path_param(self._mean))

    def _entropy(self):
        return self.logstd + (0.5 + HALF_LOG_2PI)

    def _cdf(self, given):
        return normal_cdf(standardized(*widened(given, self._mean, self.std)))

    def _quantile(self, probability):
        p, mean, std = widened(probability, self._mean, self.std)
        return quantile_with_end_slopes(
            lambda p: mean + std * normal_quantile(tf.math.log(p), log1p(-p)), p,
            self._log_prob)


class FoldNormal(_NormalFamily):
    r"""The distribution of the absolute value of a normal variable.

    .. math::

        p(x) = \mathrm{N}(x|\mu, \sigma^2) + \mathrm{N}(-x|\mu, \sigma^2),
        \qquad x \in [0, \infty)

    `mean`, `std` and `logstd` are those of the normal variable before folding;
    they and the other parameters are as for :class:`Normal`. In particular, the
    property `mean` is that parameter, as it always was, and not the expectation.

    >>> import zhusuan as zs
    >>> dist = zs.distributions.FoldNormal(0., std=1.)
    >>> print("%.4f" % dist.prob(0.))
    0.7979
    """

    def _sample(self, n_samples):
        return tf.abs(self._normal_sample(n_samples))

    def _log_prob(self, given):
        # The density is even in the mean. With |mean|, the first term is the
        # larger, and the second is a correction of at most log(2). Unlike tf.abs,
        # this has a slope at 0, and the whole its curvature there.
        mean = self.path_param(self._mean)
        mean = tf.where(mean < 0., -mean, mean)
        inside = given >= 0.
        given = tf.where(inside, given, tf.zeros_like(given))
        scale = self._root_half_precision()
        # Where one of these overflowed, 0 * inf would be nan.
        far = 0.5 * np.sqrt(np.finfo(self.dtype.as_numpy_dtype).max)
        log_prob = (self._normal_log_prob(given, mean) + softplus(
            -4. * tf.minimum(given * scale, far) * tf.minimum(mean * scale, far)))
        return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))

    def _cdf(self, given):
        x, mean, std = widened(given, tf.abs(self._mean), self.std)
        inner = (normal_cdf(standardized(x, mean, std)) -
                 normal_cdf(standardized(-x, mean, std)))
        return tf.where(x < 0., tf.zeros_like(inner), inner)


def _refuse_positional_scale(class_name, sentinel):
    if sentinel is not None:
        raise ValueError(
            "%s takes one positional argument, the mean: the order of "
            "logstd/std has changed between versions. Write %s(mean, std=...) "
            "or %s(mean, logstd=...)." % ((class_name,) * 3))


def _require_one_scale(class_name, std, logstd):
    if (std is None) == (logstd is None):
        raise ValueError(
            "%s needs exactly one of std and logstd, but %s. Write "
            "%s(mean, std=...) or %s(mean, logstd=...)." % (
                class_name,
                "neither was given" if std is None else "both were given",
                class_name, class_name))
