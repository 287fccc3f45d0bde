"""The gamma distribution and that of the inverse."""

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.distributions._numerics.elementary import largest_exponent, widened
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_entropy,
    gamma_height,
    gamma_shape,
    log_ratio,
)
from zhusuan.distributions._numerics.incomplete_gamma import (
    gamma_cdf,
    inverse_gamma_cdf,
)
from zhusuan.distributions._numerics.log_incomplete_gamma import (
    log_gamma_cdf,
    log_gamma_survival,
)
from zhusuan.distributions._numerics.samplers import log_gamma_sample

__all__ = ["Gamma", "InverseGamma"]


class _GammaFamily(ContinuousDistribution):
    """The parameters of a gamma variable."""

    _support = POSITIVE
    _positive = ("alpha", "beta")

    def __init__(self, alpha, beta, group_ndims=0, check_numerics=False,
                 is_reparameterized=False, use_path_derivative=False, **kwargs):
        super().__init__(
            {"alpha": alpha, "beta": beta}, group_ndims=group_ndims,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative,
            check_numerics=check_numerics, **kwargs)

    alpha = parameter("alpha", "The shape, a positive float Tensor.")
    beta = parameter("beta", "The rate of the gamma variable, a positive Tensor.")


class Gamma(_GammaFamily):
    r"""The gamma distribution.

    .. math::

        p(x) = \frac{\beta^\alpha}{\Gamma(\alpha)} x^{\alpha - 1} e^{-\beta x},
        \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples too small for their dtype
    become its smallest normal number.

    :param alpha: A positive float Tensor, the shape :math:`\alpha`.
    :param beta: A positive float Tensor, the rate :math:`\beta`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Let gradients flow from samples to
        parameters, by implicit reparameterisation (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 cannot compile that.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Gamma(1., 2.).prob(0.))
    2.0000
    """

    @property
    def mean(self):
        """``alpha / beta``."""
        return self.alpha / self.beta

    @property
    def variance(self):
        """``alpha / beta^2``."""
        return self.alpha / self.beta / self.beta

    @property
    def mode(self):
        """``(alpha - 1) / beta``, or 0 for shapes up to 1."""
        return tf.nn.relu(self.alpha - 1.) / self.beta

    def _draw(self, shape, alpha, beta):
        return tf.exp(log_gamma_sample(alpha, shape) - tf.math.log(beta))

    def _log_density(self, x, alpha, beta):
        return gamma_shape(x, alpha, beta) + gamma_height(alpha)

    def _entropy(self):
        alpha, beta = widened(self.alpha, self.beta)
        return gamma_entropy(alpha) - tf.math.log(beta)

    def _probability_up_to(self, x, alpha, beta):
        return gamma_cdf(alpha, beta, x)

    def _log_probability_up_to(self, x, alpha, beta):
        return log_gamma_cdf(alpha, beta * x)

    def _log_probability_beyond(self, x, alpha, beta):
        return log_gamma_survival(alpha, beta * x)


class InverseGamma(_GammaFamily):
    r"""The distribution of the inverse of a gamma variable.

    .. math::

        p(x) = \frac{\beta^\alpha}{\Gamma(\alpha)} x^{-\alpha - 1} e^{-\beta / x},
        \qquad x \in (0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples too large for their dtype
    become its largest number.

    :param alpha: A positive float Tensor, the shape :math:`\alpha`.
    :param beta: A positive float Tensor, the scale :math:`\beta` of this, which
        is the rate of the gamma variable.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Let gradients flow from samples to
        parameters, by implicit reparameterisation (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 cannot compile that.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.InverseGamma(1., 2.).prob(1.))
    0.2707
    """

    @property
    def mean(self):
        """``beta / (alpha - 1)``; inf for shapes up to 1."""
        return tf.where(self.alpha > 1., self.beta / (self.alpha - 1.),
                        self.dtype.as_numpy_dtype(np.inf))

    @property
    def variance(self):
        """``mean^2 / (alpha - 2)``; inf up to shape 2, nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        return tf.where(
            self.alpha > 2., tf.square(self.mean) / (self.alpha - 2.),
            tf.where(self.alpha > 1., infinity, nan))

    @property
    def mode(self):
        """``beta / (alpha + 1)``."""
        return self.beta / (self.alpha + 1.)

    def _draw(self, shape, alpha, beta):
        log_sample = tf.math.log(beta) - log_gamma_sample(alpha, shape)
        # An infinite exponential has a slope of nan, even where it is clipped.
        most = largest_exponent(alpha.dtype)
        return tf.where(log_sample < most, tf.exp(tf.minimum(log_sample, most)),
                        tf.constant(np.inf, alpha.dtype))

    def _is_outside(self, given):
        return tf.logical_or(super()._is_outside(given), tf.equal(given, 0.))

    def _log_density(self, x, alpha, beta):
        log_beta = tf.math.log(beta)
        log_r, difference = log_ratio(
            beta / x, alpha, log_x=log_beta - tf.math.log(x))
        return ((alpha + 1.) * log_r - difference + gamma_height(alpha) +
                (tf.math.log(alpha) - log_beta))

    def _entropy(self):
        alpha, beta = widened(self.alpha, self.beta)
        return gamma_entropy(alpha, -1.) + tf.math.log(beta)

    def _probability_up_to(self, x, alpha, beta):
        return inverse_gamma_cdf(alpha, beta, x)

    def _log_probability_up_to(self, x, alpha, beta):
        return log_gamma_survival(alpha, beta / x)

    def _log_probability_beyond(self, x, alpha, beta):
        return log_gamma_cdf(alpha, beta / x)
