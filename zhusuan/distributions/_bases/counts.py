"""Base classes of the distributions of counts: 0, 1, 2, ..."""
from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.parameters import convert_and_check, parameter
from zhusuan.distributions._checks import (
    NUMBER_DTYPES,
    check_dtype_in,
)
from zhusuan.distributions._numerics.elementary import (
    log1p,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions.base import Distribution
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["CountDistribution", "LogOddsDistribution", "largest_count"]


class CountDistribution(Distribution):
    """A distribution of counts, defined by elementwise formulas.

    Subclasses implement ``_draw(shape)``, which returns float64, and ``_log_mass(k)``
    for whole numbers `k` >= 0 in the dtype of the parameters, with float32 for float16.
    Where a closed form exists, they implement ``_cdf_inside(k)``,
    ``_log_cdf_inside(k)`` and ``_log_survival_inside(k)`` for float64.

    :param tensors: A dict of parameters by name, as passed by users.
    :param dtype: The dtype of samples.
    """

    _positive: Tuple[str, ...] = ()  # names of parameters with a finite log
    # Subclasses define these.
    _draw: Callable[[TensorLike], tf.Tensor]
    _log_mass: Callable[[tf.Tensor], tf.Tensor]

    def __init__(self, tensors: Mapping[str, TensorLike], dtype: DTypeLike,
                 group_ndims: TensorLike = 0, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        self._tensors = convert_and_check(tensors, self._positive, check_numerics)
        first = next(iter(self._tensors.values()))
        super().__init__(
            dtype=check_dtype_in(dtype, NUMBER_DTYPES),
            param_dtype=first.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={name: (x, 0) for name, x in self._tensors.items()},
            **kwargs)

    def _widened_parameters(self) -> List[tf.Tensor]:
        return widened(*[self.path_param(x) for x in self._tensors.values()])

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        samples = self._draw(self._sample_shape(n_samples))
        return tf.cast(tf.minimum(samples, largest_count(self.dtype)), self.dtype)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        k = self._widen(given)
        outside = tf.logical_or(k < 0., tf.not_equal(k, tf.floor(k)))
        outside = tf.logical_or(outside, k > self._largest_value(k.dtype))
        log_mass = self._log_mass(tf.where(outside, tf.zeros_like(k), k))
        return tf.cast(tf.where(
            outside, tf.constant(-np.inf, k.dtype), log_mass), self.param_dtype)

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        # float64 distinguishes large counts from their successors.
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.zeros_like(k),
                        self._cdf_inside(tf.nn.relu(k)))

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.constant(-np.inf, k.dtype),
                        self._log_cdf_inside(tf.nn.relu(k)))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        k = tf.floor(tf.cast(given, tf.float64))
        return tf.where(k < 0., tf.zeros_like(k),
                        self._log_survival_inside(tf.nn.relu(k)))

    def _cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        return super()._cdf(k)

    def _log_cdf_inside(self, k: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._cdf_inside(k))

    def _log_survival_inside(self, k: tf.Tensor) -> tf.Tensor:
        return log1p(-self._cdf_inside(k))

    def _widen(self, given: tf.Tensor) -> tf.Tensor:
        return tf.cast(given, self._widened_parameters()[0].dtype)

    def _largest_value(self, dtype: tf.DType) -> tf.Tensor:
        """The largest count of the support."""
        return tf.constant(dtype.max, dtype)


def largest_count(dtype: tf.DType) -> float:
    """The largest whole number that both `dtype` and float64 represent."""
    if dtype == tf.int64:
        return np.nextafter(2. ** 63, 0.)
    return float(dtype.max)


class LogOddsDistribution(CountDistribution):
    """A distribution of counts of trials that succeed with a probability."""

    logits = parameter("logits", "The log-odds of success, a float Tensor.")

    def _probabilities(self, dtype: Optional[tf.DType] = None
                      ) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """``p, q, log(p), log(q)`` for success and failure."""
        logits = self._widened_parameters()[-1]
        logits = logits if dtype is None else tf.cast(logits, dtype)
        return (sigmoid(logits), sigmoid(-logits),
                -softplus(-logits), -softplus(logits))
