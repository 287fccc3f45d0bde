"""Base class of the normal and the folded normal distribution."""
from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    HALF_LOG_2PI,
    largest_exponent,
    reciprocal,
)
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["NormalFamily"]


class NormalFamily(Distribution):
    """The parameters, the samples and the density of a normal variable."""

    def __init__(self, mean: TensorLike = 0., _sentinel: None = None,
                 std: Optional[TensorLike] = None, logstd: Optional[TensorLike] = None,
                 group_ndims: TensorLike = 0, is_reparameterized: bool = True,
                 use_path_derivative: bool = False, check_numerics: bool = False,
                 **kwargs: Any) -> None:
        _refuse_positional_scale(type(self).__name__, _sentinel)
        _require_one_scale(type(self).__name__, std, logstd)
        mean, self._given_std, self._given_logstd = convert_parameters(
            mean=mean, std=std, logstd=logstd)
        self._mean = checked("mean", mean, check_numerics)
        self._check_numerics = check_numerics
        super().__init__(
            dtype=mean.dtype, param_dtype=mean.dtype, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={"mean": (mean, 0), **self._scale_parameter()},
            **kwargs)

    def _scale_parameter(self) -> Dict[str, Tuple[tf.Tensor, int]]:
        if self._given_logstd is None:
            return {"std": (self._given_std, 0)}
        return {"logstd": (self._given_logstd, 0)}

    @property
    def mean(self) -> tf.Tensor:
        """The mean of the normal variable, of shape broadcastable to ``B``."""
        return self._mean

    @property
    def std(self) -> tf.Tensor:
        """The standard deviation of the normal variable."""
        if self._given_std is None:
            return checked("exp(logstd)", tf.exp(self.logstd),
                           self._check_numerics)
        return checked("std", self._given_std, self._check_numerics)

    @property
    def logstd(self) -> tf.Tensor:
        """The log standard deviation of the normal variable."""
        if self._given_logstd is None:
            return checked("log(std)", tf.math.log(self.std),
                           self._check_numerics)
        return checked("logstd", self._given_logstd, self._check_numerics)

    def _normal_sample(self, n_samples: TensorLike) -> tf.Tensor:
        noise = random_numbers.normal(self._sample_shape(n_samples), self.dtype)
        return self._mean + noise * self.std

    def _normal_log_prob(self, given: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
        logstd = self.path_param(self.logstd)
        z = (given - mean) * self._root_half_precision()
        return (-HALF_LOG_2PI - logstd) - tf.square(z)

    def _root_half_precision(self) -> tf.Tensor:
        """``sqrt(1 / 2) / std``, finite even if ``1 / std`` overflows.

        The density at the mean would be nan if this were infinite.
        """
        if self._given_logstd is None:
            return np.sqrt(0.5) * reciprocal(self.path_param(self.std))
        return np.sqrt(0.5) * tf.exp(tf.minimum(
            -self.path_param(self.logstd), largest_exponent(self.dtype)))


def _refuse_positional_scale(class_name: str, sentinel: Any) -> None:
    if sentinel is not None:
        raise ValueError(
            "%s takes one positional argument, the mean, because the order of "
            "logstd/std has changed between versions. Write %s(mean, std=...) or "
            "%s(mean, logstd=...)." % ((class_name,) * 3))


def _require_one_scale(class_name: str, std: Optional[TensorLike],
                       logstd: Optional[TensorLike]) -> None:
    if (std is None) == (logstd is None):
        raise ValueError(
            "%s requires exactly one of std and logstd, but %s. Write %s(mean, "
            "std=...) or %s(mean, logstd=...)." % (
                class_name,
                "neither was given" if std is None else "both were given",
                class_name, class_name))
