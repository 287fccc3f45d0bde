"""The gamma and inverse gamma distributions."""
from __future__ import annotations

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import POSITIVE, AlphaBetaDistribution
from zhusuan.distributions._numerics.elementary import largest_exponent, widened
from zhusuan.distributions._numerics.gamma_functions import (
    gamma_entropy,
    gamma_height,
    gamma_shape,
    log_ratio_and_difference,
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
from zhusuan.utils import TensorLike

__all__ = ["Gamma", "InverseGamma"]


class Gamma(AlphaBetaDistribution):
    r"""The gamma distribution.

    .. math::

        p(x) = \frac{\beta^\alpha}{\Gamma(\alpha)} x^{\alpha - 1} e^{-\beta x},
        \qquad x \in [0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples that underflow become
    the smallest normal number of their dtype.

    :param alpha: A positive float Tensor, the shape :math:`\alpha`.
    :param beta: A positive float Tensor, the rate :math:`\beta`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Whether gradients flow from samples to
        parameters, by implicit reparameterization (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 does not support it.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Gamma(1., 2.).prob(0.))
    2.0000
    """

    _support = POSITIVE

    @property
    def mean(self) -> tf.Tensor:
        """``alpha / beta``."""
        return self.alpha / self.beta

    @property
    def variance(self) -> tf.Tensor:
        """``alpha / beta^2``."""
        return self.alpha / self.beta / self.beta

    @property
    def mode(self) -> tf.Tensor:
        """``(alpha - 1) / beta``, or 0 for shapes up to 1."""
        return tf.nn.relu(self.alpha - 1.) / self.beta

    def _draw(self, shape: TensorLike, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        return tf.exp(log_gamma_sample(alpha, shape) - tf.math.log(beta))

    def _log_density(self, x: tf.Tensor, alpha: tf.Tensor,
                     beta: tf.Tensor) -> tf.Tensor:
        return gamma_shape(x, alpha, beta) + gamma_height(alpha)

    def _entropy(self) -> tf.Tensor:
        alpha, beta = widened(self.alpha, self.beta)
        return gamma_entropy(alpha) - tf.math.log(beta)

    def _cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        return gamma_cdf(alpha, beta, x)

    def _log_cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                        beta: tf.Tensor) -> tf.Tensor:
        return log_gamma_cdf(alpha, beta * x)

    def _log_survival_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                             beta: tf.Tensor) -> tf.Tensor:
        return log_gamma_survival(alpha, beta * x)


class InverseGamma(AlphaBetaDistribution):
    r"""The inverse gamma distribution, of the inverse of a gamma variable.

    .. math::

        p(x) = \frac{\beta^\alpha}{\Gamma(\alpha)} x^{-\alpha - 1} e^{-\beta / x},
        \qquad x \in (0, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`. Samples that overflow become
    the largest number of their dtype.

    :param alpha: A positive float Tensor, the shape :math:`\alpha`.
    :param beta: A positive float Tensor, the scale :math:`\beta`, which is the
        rate of the gamma variable.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of one is inf or nan.
    :param is_reparameterized: A bool. Whether gradients flow from samples to
        parameters, by implicit reparameterization (Figurnov, Mohamed and Mnih,
        2018). XLA of TensorFlow 1.15 does not support it.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.InverseGamma(1., 2.).prob(1.))
    0.2707
    """

    _support = POSITIVE

    @property
    def mean(self) -> tf.Tensor:
        """``beta / (alpha - 1)``; inf for shapes up to 1."""
        return tf.where(self.alpha > 1., self.beta / (self.alpha - 1.),
                        self.dtype.as_numpy_dtype(np.inf))

    @property
    def variance(self) -> tf.Tensor:
        """``mean^2 / (alpha - 2)``; inf up to shape 2, nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        return tf.where(
            self.alpha > 2., tf.square(self.mean) / (self.alpha - 2.),
            tf.where(self.alpha > 1., infinity, nan))

    @property
    def mode(self) -> tf.Tensor:
        """``beta / (alpha + 1)``."""
        return self.beta / (self.alpha + 1.)

    def _draw(self, shape: TensorLike, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        log_sample = tf.math.log(beta) - log_gamma_sample(alpha, shape)
        # The gradient of an infinite exponential is nan, even if it is clipped.
        most = largest_exponent(alpha.dtype)
        return tf.where(log_sample < most, tf.exp(tf.minimum(log_sample, most)),
                        tf.constant(np.inf, alpha.dtype))

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(super()._is_outside(given), tf.equal(given, 0.))

    def _log_density(self, x: tf.Tensor, alpha: tf.Tensor,
                     beta: tf.Tensor) -> tf.Tensor:
        log_beta = tf.math.log(beta)
        log_r, difference = log_ratio_and_difference(
            beta / x, alpha, log_x=log_beta - tf.math.log(x))
        return ((alpha + 1.) * log_r - difference + gamma_height(alpha) +
                (tf.math.log(alpha) - log_beta))

    def _entropy(self) -> tf.Tensor:
        alpha, beta = widened(self.alpha, self.beta)
        return gamma_entropy(alpha, -1.) + tf.math.log(beta)

    def _cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        return inverse_gamma_cdf(alpha, beta, x)

    def _log_cdf_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                        beta: tf.Tensor) -> tf.Tensor:
        return log_gamma_survival(alpha, beta / x)

    def _log_survival_inside(self, x: tf.Tensor, alpha: tf.Tensor,
                             beta: tf.Tensor) -> tf.Tensor:
        return log_gamma_cdf(alpha, beta / x)
