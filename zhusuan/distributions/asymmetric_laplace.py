"""The asymmetric Laplace distribution."""
from __future__ import annotations

from typing import Any, Tuple

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import (
    log1mexp,
    log1p,
    softplus,
    standardized,
    widened,
)
from zhusuan.utils import TensorLike

__all__ = ["AsymmetricLaplace"]


class AsymmetricLaplace(ContinuousDistribution):
    r"""The asymmetric Laplace distribution.

    .. math::

        p(x) = \frac{1}{s\,(\kappa + \kappa^{-1})} \exp\left(-|z|\,
               \kappa^{\mathrm{sign}(z)}\right), \qquad
        z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    The location is the quantile at :math:`\kappa^2 / (1 + \kappa^2)`, which makes it
    the likelihood of quantile regression. See Kotz, Kozubowski and Podgorski (2001),
    "The Laplace distribution and generalizations". See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param asymmetry: A positive float Tensor, :math:`\kappa`. The distribution is
        :class:`~zhusuan.distributions.Laplace` at 1, and has the longer tail to the
        left above 1.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale or of the asymmetry is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.AsymmetricLaplace(0., 1., 2.).prob(0.))
    0.4000
    """

    _positive = ("scale", "asymmetry")

    def __init__(self, loc: TensorLike, scale: TensorLike, asymmetry: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"loc": loc, "scale": scale, "asymmetry": asymmetry},
            group_ndims, is_reparameterized, use_path_derivative, check_numerics,
            **kwargs)

    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")
    asymmetry = parameter("asymmetry", "The asymmetry, a positive float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``loc + scale (1 / asymmetry - asymmetry)``."""
        return self.loc + self.scale * (1. / self.asymmetry - self.asymmetry)

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 (1 / asymmetry^2 + asymmetry^2)``."""
        return tf.square(self.scale / self.asymmetry) + (
            tf.square(self.scale * self.asymmetry))

    @property
    def mode(self) -> tf.Tensor:
        """The location."""
        return self.loc + tf.zeros_like(self.asymmetry)

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor,
              asymmetry: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, loc.dtype),
                              loc, scale, asymmetry)

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                     asymmetry: tf.Tensor) -> tf.Tensor:
        z = (x - loc) / scale
        left, right = 1. / asymmetry, -asymmetry
        # At the peak the slope is the mean of both sides.
        slope = tf.where(z < 0., left, tf.where(z > 0., right, 0.5 * (left + right)))
        return slope * z - tf.math.log(scale) - _log_sum_with_inverse(asymmetry)

    def _entropy(self) -> tf.Tensor:
        scale, asymmetry = widened(self.scale, self.asymmetry)
        return 1. + tf.math.log(scale) + _log_sum_with_inverse(asymmetry)

    def _cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                    asymmetry: tf.Tensor) -> tf.Tensor:
        is_left, log_tail = _log_tail(standardized(x, loc, scale), asymmetry)
        tail = tf.exp(log_tail)
        return tf.where(is_left, tail, 1. - tail)

    def _log_cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                        asymmetry: tf.Tensor) -> tf.Tensor:
        is_left, log_tail = _log_tail(standardized(x, loc, scale), asymmetry)
        return tf.where(is_left, log_tail, log1mexp(log_tail))

    def _log_survival_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                             asymmetry: tf.Tensor) -> tf.Tensor:
        is_left, log_tail = _log_tail(standardized(x, loc, scale), asymmetry)
        return tf.where(is_left, log1mexp(log_tail), log_tail)

    def _quantile_inside(self, probability: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                         asymmetry: tf.Tensor) -> tf.Tensor:
        log_left, log_right = _log_sides(asymmetry)
        is_left = tf.math.log(probability) < log_left
        # How much of the tail's probability lies beyond, as a negative log.
        depth = tf.where(is_left, log_left - tf.math.log(probability),
                         log_right - log1p(-probability))
        z = depth * tf.where(is_left, -asymmetry, 1. / asymmetry)
        return loc + scale * z


def _log_sum_with_inverse(x: tf.Tensor) -> tf.Tensor:
    """``log(x + 1 / x)``, without overflow."""
    log_x = tf.math.log(x)
    return softplus(2. * log_x) - log_x


def _log_sides(asymmetry: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    """The log probabilities to the left and to the right of the location."""
    log_square = 2. * tf.math.log(asymmetry)
    return -softplus(-log_square), -softplus(log_square)


def _log_tail(z: tf.Tensor, asymmetry: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    """Whether `z` is to the left, and the log probability beyond it on that side."""
    # The derivative of abs at the location is 0.
    is_left = z < 0.
    rate = tf.where(is_left, 1. / asymmetry, asymmetry)
    log_left, log_right = _log_sides(asymmetry)
    return is_left, (tf.where(is_left, log_left, log_right) -
                     rate * tf.where(is_left, -z, z))
