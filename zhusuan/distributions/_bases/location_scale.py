"""Base classes of distributions with a location and a scale."""
from __future__ import annotations

from typing import Any, Callable

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.distributions._numerics.elementary import standardized, widened
from zhusuan.utils import TensorLike

__all__ = ["LocationScaleDistribution", "LocationScaleParameters"]


class LocationScaleParameters(ContinuousDistribution):
    """A distribution with the parameters `loc` and `scale`."""

    _positive = ("scale",)

    def __init__(self, loc: TensorLike, scale: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"loc": loc, "scale": scale}, group_ndims, is_reparameterized,
                         use_path_derivative, check_numerics, **kwargs)

    loc = parameter("loc", "The location, a float Tensor.")
    scale = parameter("scale", "The scale, a positive float Tensor.")


class LocationScaleDistribution(LocationScaleParameters):
    """A density of ``z = (x - loc) / scale``, divided by `scale`.

    Subclasses implement the formulas of the standard distribution, with location 0 and
    scale 1: ``_standard_log_density(z)``, ``_standard_cdf(z)``,
    ``_standard_log_cdf(z)``, ``_standard_log_survival(z)``, ``_standard_quantile(p)``
    and the number ``_standard_entropy``.
    """

    _standard_log_density: Callable[[tf.Tensor], tf.Tensor]
    _standard_cdf: Callable[[tf.Tensor], tf.Tensor]
    _standard_log_cdf: Callable[[tf.Tensor], tf.Tensor]
    _standard_log_survival: Callable[[tf.Tensor], tf.Tensor]
    _standard_quantile: Callable[[tf.Tensor], tf.Tensor]
    _standard_entropy: float

    @property
    def mode(self) -> tf.Tensor:
        """The location."""
        return self.loc

    def _draw(self, shape: TensorLike, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return loc + scale * self._standard_quantile(
            random_numbers.open_uniform(shape, loc.dtype))

    def _log_density(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return self._standard_log_density((x - loc) / scale) - tf.math.log(scale)

    def _cdf_inside(self, x: tf.Tensor, loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        return self._standard_cdf(standardized(x, loc, scale))

    def _log_cdf_inside(self, x: tf.Tensor, loc: tf.Tensor,
                        scale: tf.Tensor) -> tf.Tensor:
        return self._standard_log_cdf(standardized(x, loc, scale))

    def _log_survival_inside(self, x: tf.Tensor, loc: tf.Tensor,
                             scale: tf.Tensor) -> tf.Tensor:
        return self._standard_log_survival(standardized(x, loc, scale))

    def _quantile_inside(self, probability: tf.Tensor, loc: tf.Tensor,
                         scale: tf.Tensor) -> tf.Tensor:
        return loc + scale * self._standard_quantile(probability)

    def _entropy(self) -> tf.Tensor:
        scale, = widened(self.scale)
        return tf.math.log(scale) + self._standard_entropy
