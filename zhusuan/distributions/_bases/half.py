"""Base class of absolute values of variables centred at 0."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.parameters import parameter

__all__ = ["HalfDistribution"]


class HalfDistribution(ContinuousDistribution):
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
