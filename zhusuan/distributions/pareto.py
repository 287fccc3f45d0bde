"""The Pareto distribution."""
from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases import POSITIVE, ContinuousDistribution, parameter
from zhusuan.distributions._numerics.elementary import (
    expm1,
    largest_exponent,
    log1mexp,
    log1p,
    log_ratio,
    widened,
)
from zhusuan.utils import TensorLike

__all__ = ["Pareto"]


class Pareto(ContinuousDistribution):
    r"""The Pareto distribution.

    .. math::

        p(x) = \frac{\alpha\, m^\alpha}{x^{\alpha + 1}}, \qquad x \in [m, \infty)

    See :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims`, `is_reparameterized` and `use_path_derivative`. Samples too large
    for their dtype become its largest number.

    :param concentration: A positive float Tensor, the tail index :math:`\alpha`.
    :param scale: A positive float Tensor, the smallest value :math:`m`.
    :param check_numerics: A bool. Raise InvalidArgumentError when a parameter or
        its log is inf or nan.

    >>> import zhusuan as zs
    >>> print("%.4f" % zs.distributions.Pareto(3., 2.).prob(2.))
    1.5000
    """

    _support = POSITIVE
    _positive = ("concentration", "scale")

    def __init__(self, concentration: TensorLike, scale: TensorLike = 1.,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(
            {"concentration": concentration, "scale": scale},
            group_ndims, is_reparameterized, use_path_derivative, check_numerics,
            **kwargs)

    concentration = parameter("concentration", "The tail index, a positive Tensor.")
    scale = parameter("scale", "The smallest value, a positive Tensor.")

    @property
    def mean(self) -> tf.Tensor:
        """``scale concentration / (concentration - 1)``; inf up to 1."""
        alpha = self.concentration
        return tf.where(alpha > 1., self.scale * (alpha / (alpha - 1.)),
                        self.dtype.as_numpy_dtype(np.inf))

    @property
    def variance(self) -> tf.Tensor:
        """``mean^2 / (concentration (concentration - 2))``; inf to 2, nan up to 1."""
        infinity, nan = self.dtype.as_numpy_dtype([np.inf, np.nan])
        alpha = self.concentration
        return tf.where(
            alpha > 2., tf.square(self.mean) / alpha / (alpha - 2.),
            tf.where(alpha > 1., infinity, nan))

    @property
    def mode(self) -> tf.Tensor:
        """The scale."""
        return self.scale

    def _draw(self, shape: TensorLike, concentration: tf.Tensor,
              scale: tf.Tensor) -> tf.Tensor:
        return self._quantile_inside(random_numbers.open_uniform(shape, scale.dtype),
                              concentration, scale)

    def _clip_samples(self, samples: tf.Tensor) -> tf.Tensor:
        return super()._clip_samples(tf.maximum(samples, self.scale))

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        return tf.logical_or(super()._is_outside(given), given < self.scale)

    def _is_above(self, given: tf.Tensor) -> tf.Tensor:
        return given > self.scale

    def _log_density(self, x: tf.Tensor, concentration: tf.Tensor,
                     scale: tf.Tensor) -> tf.Tensor:
        return (tf.math.log(concentration) - tf.math.log(scale) -
                (concentration + 1.) * log_ratio(x, scale))

    def _entropy(self) -> tf.Tensor:
        alpha, scale = widened(self.concentration, self.scale)
        return tf.math.log(scale) - tf.math.log(alpha) + 1. / alpha + 1.

    def _cdf_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                    scale: tf.Tensor) -> tf.Tensor:
        return -expm1(-concentration * log_ratio(x, scale))

    def _log_cdf_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return log1mexp(-concentration * log_ratio(x, scale))

    def _log_survival_inside(self, x: tf.Tensor, concentration: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return -concentration * log_ratio(x, scale)

    def _quantile_inside(self, probability: tf.Tensor, concentration: tf.Tensor,
                         scale: tf.Tensor) -> tf.Tensor:
        power = -log1p(-probability) / concentration
        # The gradient of an infinite exponential is nan, even if it is clipped.
        most = largest_exponent(scale.dtype)
        return scale * tf.where(power < most, tf.exp(tf.minimum(power, most)),
                                tf.constant(np.inf, scale.dtype))
