"""Base class of distributions with a location and a scale."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._bases.continuous import ContinuousDistribution
from zhusuan.distributions._bases.parameters import parameter
from zhusuan.distributions._numerics.elementary import standardized, widened

__all__ = ["LocationScaleDistribution"]


class LocationScaleDistribution(ContinuousDistribution):
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

    def _log_probability_up_to(self, x, loc, scale):
        return self._standard_log_cdf(standardized(x, loc, scale))

    def _log_probability_beyond(self, x, loc, scale):
        return self._standard_log_survival(standardized(x, loc, scale))

    def _value_at(self, probability, loc, scale):
        return loc + scale * self._standard_quantile(probability)

    def _entropy(self):
        scale, = widened(self.scale)
        return tf.math.log(scale) + self._standard_entropy
