"""The skew-normal distribution."""
from __future__ import annotations

import math
from typing import Any, Tuple

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import HALF_LOG_2PI
from zhusuan.distributions._numerics.normal_functions import log_ndtr
from zhusuan.utils import TensorLike

__all__ = ["SkewNormal"]


class SkewNormal(ContinuousDistribution):
    r"""The skew-normal distribution.

    .. math::

        p(x) = \frac{2}{s}\, \phi(z)\, \Phi(\alpha z), \qquad
        z = \frac{x - \mu}{s}, \qquad x \in \mathbb{R}

    with :math:`\phi` the standard normal density and :math:`\Phi` its distribution
    function. See Azzalini (1985), "A class of distributions which includes the normal
    ones". See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`.

    :param loc: A float Tensor, the location :math:`\mu`.
    :param scale: A positive float Tensor, :math:`s`.
    :param alpha: A float Tensor, the slant :math:`\alpha`: 0 for a normal
        distribution, positive for a longer tail to the right.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        the log of the scale is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.SkewNormal(0., 1., 4.).prob(0.))
    0.3989
    """

    _positive = ("scale",)

    def __init__(self, loc: TensorLike, scale: TensorLike, alpha: TensorLike,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"loc": loc, "scale": scale, "alpha": alpha}, group_ndims,
            is_reparameterized, use_path_derivative, check_numerics, **kwargs)

    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")
    alpha = parameter("alpha", "The slant, a float Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``loc + scale delta sqrt(2 / pi)``, ``delta = alpha / sqrt(1 + alpha^2)``."""
        delta, _ = _sine_and_cosine(self.alpha)
        return self.loc + self.scale * delta * math.sqrt(2. / math.pi)

    @property
    def variance(self) -> tf.Tensor:
        """``scale^2 (1 - 2 delta^2 / pi)``."""
        delta, _ = _sine_and_cosine(self.alpha)
        return tf.square(self.scale) * (1. - (2. / math.pi) * tf.square(delta))

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor,
              alpha: tf.Tensor) -> tf.Tensor:
        # Azzalini (1986), "Further results on a class of distributions".
        delta, rest = _sine_and_cosine(alpha)
        standard = (delta * tf.abs(random_numbers.normal(shape, loc.dtype)) +
                    rest * random_numbers.normal(shape, loc.dtype))
        return loc + scale * standard

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor,
                     alpha: tf.Tensor) -> tf.Tensor:
        z = (x - loc) / scale
        return (math.log(2.) - HALF_LOG_2PI - tf.math.log(scale) -
                0.5 * tf.square(z) + log_ndtr(alpha * z))


def _sine_and_cosine(tangent: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    """``t / sqrt(1 + t^2)`` and ``1 / sqrt(1 + t^2)``, without overflow."""
    is_small = tf.abs(tangent) <= 1.
    one = tf.ones_like(tangent)
    small = tf.where(is_small, tangent, one)
    inverse = 1. / tf.where(is_small, one, tangent)
    of_small = tf.math.rsqrt(1. + tf.square(small))
    of_large = tf.math.rsqrt(1. + tf.square(inverse))
    sign = tf.sign(tangent)
    return (tf.where(is_small, small * of_small, sign * of_large),
            tf.where(is_small, of_small, sign * inverse * of_large))
