"""Base class of the continuous univariate distributions."""
from __future__ import annotations

from typing import Any, Callable, List, Mapping, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.intervals import REAL
from zhusuan.distributions._bases.parameters import convert_and_check
from zhusuan.distributions._numerics.elementary import log1p, widened
from zhusuan.distributions._numerics.quantile_gradients import quantile_with_end_slopes
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["ContinuousDistribution"]


class ContinuousDistribution(Distribution):
    """A continuous distribution of numbers, defined by elementwise formulas.

    Subclasses implement ``_draw(shape, *parameters)`` and ``_log_density(x,
    *parameters)`` for `x` inside of the support. Where closed forms exist, they
    implement ``_cdf_inside(x, *parameters)``, ``_log_cdf_inside(x, *parameters)``,
    ``_log_survival_inside(x, *parameters)``, ``_quantile_inside(probability,
    *parameters)`` and ``_entropy()``. The parameters have the order of the constructor,
    and float16 is converted to float32, because many functions lack it.

    :param tensors: A dict of parameters by name, as passed by users.
    """

    _support = REAL
    _positive: Tuple[str, ...] = ()  # names of parameters with a finite log

    def __init__(self, tensors: Mapping[str, TensorLike], group_ndims: TensorLike = 0,
                 is_reparameterized: bool = True, use_path_derivative: bool = False,
                 check_numerics: bool = False, **kwargs: Any) -> None:
        self._tensors = convert_and_check(tensors, self._positive, check_numerics)
        dtype = next(iter(self._tensors.values())).dtype
        super().__init__(
            dtype=dtype, param_dtype=dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={name: (x, 0) for name, x in self._tensors.items()}, **kwargs)

    def _widened_parameters(self) -> List[tf.Tensor]:
        return widened(*self._tensors.values())

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        samples = self._draw(
            self._sample_shape(n_samples), *self._widened_parameters())
        return self._clip_samples(tf.cast(samples, self.dtype))

    def _clip_samples(self, samples: tf.Tensor) -> tf.Tensor:
        return self._support.clip(samples)

    def _draw(self, shape: TensorLike, *parameters: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError(
            "%s has no _draw(shape, ...)." % type(self).__name__)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        outside = self._is_outside(given)
        given, *parameters = widened(
            given, *[self.path_param(x) for x in self._tensors.values()])
        inner = tf.where(outside, tf.constant(0.5, given.dtype), given)
        log_prob = self._log_density(inner, *parameters)
        return tf.cast(tf.where(
            outside, tf.constant(-np.inf, log_prob.dtype), log_prob),
            self.param_dtype)

    def _is_outside(self, given: tf.Tensor) -> tf.Tensor:
        """Whether `given` is outside of the support; False for nan."""
        low, high = self._support.ends(self.dtype)
        return tf.logical_or(given < low, given > high)

    def _log_density(self, x: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        raise NotImplementedError(
            "%s has no _log_density(x, ...)." % type(self).__name__)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._cdf_inside, given, 0., 1.)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._log_cdf_inside, given, -np.inf, 0.)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return self._with_ends(self._log_survival_inside, given, 0., -np.inf)

    def _with_ends(self, function: Callable[..., tf.Tensor], given: tf.Tensor,
                   below: float, above: float) -> tf.Tensor:
        """``function(given, *parameters)``, and constants outside of the support."""
        outside, is_above = self._is_outside(given), self._is_above(given)
        given, *parameters = widened(given, *self._tensors.values())
        inner = tf.where(outside, tf.constant(0.5, given.dtype), given)
        beyond = tf.where(is_above, *[tf.constant(x, given.dtype) for x in (
            above, below)])
        return tf.where(outside, beyond, function(inner, *parameters))

    def _is_above(self, given: tf.Tensor) -> tf.Tensor:
        """Whether `given`, outside of the support, is above it."""
        return given > self._support.ends(self.dtype)[0]

    def _cdf_inside(self, x: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        return super()._cdf(x)

    def _log_cdf_inside(self, x: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._cdf_inside(x, *parameters))

    def _log_survival_inside(self, x: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        return log1p(-self._cdf_inside(x, *parameters))

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        probability, *parameters = widened(probability, *self._tensors.values())
        return quantile_with_end_slopes(
            lambda p: self._quantile_inside(p, *parameters), probability,
            lambda value: self._log_density_at_end(value, *parameters))

    def _log_density_at_end(self, value: tf.Tensor,
                            *parameters: tf.Tensor) -> tf.Tensor:
        """The limit of the log density at `value`, an end of the support."""
        return self._log_prob(self._clip_samples(tf.cast(value, self.dtype)))

    def _quantile_inside(self, probability: tf.Tensor,
                         *parameters: tf.Tensor) -> tf.Tensor:
        return super()._quantile(probability)
