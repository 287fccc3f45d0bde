"""Base class of the half-normal and half-Cauchy distributions."""
from __future__ import annotations

from typing import Any

import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.utils import TensorLike

__all__ = ["HalfDistribution"]


class HalfDistribution(ContinuousDistribution):
    """The absolute value of a variable that is symmetric about 0."""

    _support = POSITIVE
    _positive = ("scale",)

    def __init__(self, scale: TensorLike, group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        super().__init__({"scale": scale}, group_ndims, is_reparameterized,
                         use_path_derivative, check_numerics, **kwargs)

    scale = parameter("scale", "The scale, a positive float Tensor.")

    @property
    def mode(self) -> tf.Tensor:
        """0."""
        return tf.zeros_like(self.scale)
