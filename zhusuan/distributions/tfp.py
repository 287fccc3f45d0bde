"""Adapters for distributions and bijectors of TensorFlow Probability.

Objects are recognized by their methods, so that TensorFlow Probability is not imported.
"""
from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._numerics.elementary import where_inside
from zhusuan.distributions._path_derivative import stop_parameter_gradients
from zhusuan.distributions._tfp_support import (
    bijector_or_none,
    event_ndims,
    has_gaps,
    has_simplex_support,
    is_in_range,
    is_on_simplex_or_nan,
)
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bijectors import Bijector
from zhusuan.utils import TensorLike

__all__ = ["AdaptedBijector", "AdaptedDistribution", "adapt_bijector",
           "adapt_distribution"]

# Attributes that only distributions of TensorFlow Probability have.
_DISTRIBUTION_ATTRIBUTES = (
    "batch_shape_tensor", "event_shape_tensor", "reparameterization_type", "parameters",
    "log_prob", "sample")


def adapt_distribution(dist: Any) -> Any:
    """Adapt a distribution of TensorFlow Probability; return others unchanged.

    >>> import zhusuan as zs
    >>> from zhusuan.distributions.tfp import adapt_distribution
    >>> dist = zs.distributions.Normal(0., std=1.)
    >>> adapt_distribution(dist) is dist
    True
    """
    if isinstance(dist, (Distribution, type)) or not all(
            hasattr(dist, name) for name in _DISTRIBUTION_ATTRIBUTES):
        return dist
    return AdaptedDistribution(dist)


class AdaptedDistribution(Distribution):
    """A distribution of TensorFlow Probability, or one with its methods.

    The value shape is the event shape. The log density is -inf outside of the support,
    if the support can be deduced.

    :param wrapped: The distribution. TypeError is raised if it has several dtypes.
    """

    def __init__(self, wrapped: Any, group_ndims: TensorLike = 0,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        self._wrapped = wrapped
        dtype = _one_dtype(wrapped)
        super().__init__(
            dtype=dtype,
            param_dtype=dtype if dtype.is_floating else _float_dtype(wrapped),
            is_continuous=dtype.is_floating and not has_gaps(wrapped),
            is_reparameterized="FULLY" in str(wrapped.reparameterization_type),
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            **kwargs)

    @property
    def wrapped(self) -> Any:
        """The distribution of TensorFlow Probability."""
        return self._wrapped

    @property
    def mean(self) -> tf.Tensor:
        """The mean of the wrapped distribution."""
        return self._wrapped.mean()

    @property
    def variance(self) -> tf.Tensor:
        """The variance of the wrapped distribution."""
        return self._wrapped.variance()

    @property
    def mode(self) -> tf.Tensor:
        """The mode of the wrapped distribution."""
        return self._wrapped.mode()

    def _get_batch_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self._wrapped.batch_shape)

    def _get_value_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self._wrapped.event_shape)

    def _batch_shape(self) -> tf.Tensor:
        return self._wrapped.batch_shape_tensor()

    def _value_shape(self) -> tf.Tensor:
        return self._wrapped.event_shape_tensor()

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return self._wrapped.sample(n_samples, seed=random_numbers.int32_seed())

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        log_prob, inside = self._wrapped_log_prob(given), self._is_inside(given)
        if inside is None:
            return log_prob
        return where_inside(inside, log_prob)

    def _is_inside(self, given: tf.Tensor) -> Optional[tf.Tensor]:
        """Whether each sample is in the support; None if the support is unknown."""
        rank = self.get_value_shape().rank
        if rank is None or not self._is_continuous:
            return None
        if has_simplex_support(self._wrapped):
            inside, n_axes = is_on_simplex_or_nan(given), rank - 1
        else:
            bijector = bijector_or_none(self._wrapped)
            if bijector is None or rank < event_ndims(bijector):
                return None
            inside = is_in_range(bijector, given)
            n_axes = rank - event_ndims(bijector)
        return tf.reduce_all(inside, axis=list(range(-n_axes, 0)))

    def _ordinary_value(self) -> tf.Tensor:
        shape = tf.concat([self.batch_shape, self.value_shape], axis=0)
        if has_simplex_support(self._wrapped):
            return tf.ones(shape, self.dtype) / tf.cast(shape[-1], self.dtype)
        bijector = bijector_or_none(self._wrapped)
        if not self._is_continuous or bijector is None:
            return super()._ordinary_value()
        shape = tf.concat([self.batch_shape, bijector.inverse_event_shape_tensor(
            self.value_shape)], axis=0)
        return bijector.forward(tf.zeros(shape, self.dtype))

    def _wrapped_log_prob(self, given: tf.Tensor) -> tf.Tensor:
        if not self._use_path_derivative:
            return self._wrapped.log_prob(given)
        if not self._is_continuous:
            return tf.stop_gradient(self._wrapped.log_prob(given))
        shape = tf.concat([self.batch_shape, self.value_shape], axis=0)
        return stop_parameter_gradients(
            self._wrapped.log_prob, given + tf.zeros(shape, given.dtype),
            self.get_value_shape().rank)

    def _entropy(self) -> tf.Tensor:
        return self._wrapped.entropy()

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._wrapped.cdf(given)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._wrapped.log_cdf(given)

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return self._wrapped.log_survival_function(given)

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        return self._wrapped.quantile(probability)

    def __repr__(self) -> str:
        return "<zhusuan.distributions.AdaptedDistribution of %r>" % (self._wrapped,)


def _one_dtype(wrapped: Any) -> tf.DType:
    try:
        return tf.as_dtype(wrapped.dtype)
    except (TypeError, ValueError):
        raise TypeError(
            "A node requires a distribution of one Tensor, but %r has the dtypes %r. "
            "Add one node for each part of it." % (wrapped, wrapped.dtype)) from None


def _float_dtype(wrapped: Any) -> tf.DType:
    """The dtype of the first float parameter, also of parts; float32 if none."""
    for value in wrapped.parameters.values():
        if hasattr(value, "parameters"):
            return _float_dtype(value)
        dtype = getattr(value, "dtype", None)
        if dtype is not None and tf.as_dtype(dtype).is_floating:
            return tf.as_dtype(dtype)
    return tf.float32


# Attributes that only bijectors of TensorFlow Probability have.
_BIJECTOR_ATTRIBUTES = ("forward_min_event_ndims", "inverse_min_event_ndims",
           "forward_event_shape_tensor", "forward_log_det_jacobian")


def adapt_bijector(bijector: Any) -> Any:
    """Adapt a bijector of TensorFlow Probability; return others unchanged.

    >>> import zhusuan as zs
    >>> from zhusuan.distributions.tfp import adapt_bijector
    >>> bijector = zs.distributions.bijectors.Exp()
    >>> adapt_bijector(bijector) is bijector
    True
    """
    if all(hasattr(bijector, name) for name in _BIJECTOR_ATTRIBUTES):
        return AdaptedBijector(bijector)
    return bijector


class AdaptedBijector(Bijector):
    """A bijector of TensorFlow Probability that maps one Tensor to one Tensor.

    The inverse is nan out of range.

    :param wrapped: The bijector. ValueError is raised if it maps several parts.
    """

    def __init__(self, wrapped: Any) -> None:
        if np.ndim(wrapped.forward_min_event_ndims):
            raise ValueError(
                "A bijector must map one Tensor to one Tensor, but %r maps several "
                "parts. Add one node for each part." % (wrapped,))
        self._wrapped = wrapped
        self.event_ndims = int(wrapped.inverse_min_event_ndims)
        self.is_injective = getattr(wrapped, "_is_injective", True)

    @property
    def wrapped(self) -> Any:
        """The bijector of TensorFlow Probability."""
        return self._wrapped

    @property
    def input_ndims(self) -> int:
        """The number of last axes of `x` that are transformed together."""
        return int(self._wrapped.forward_min_event_ndims)

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        # Bijectors of TensorFlow Probability cache results by the identity of Tensors.
        return self._wrapped.forward(tf.identity(x))

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        x = self._wrapped.inverse(tf.identity(y))
        inside = is_in_range(self._wrapped, y)
        inside = tf.reshape(inside, tf.concat([tf.shape(inside), tf.ones(
            [self._wrapped.forward_min_event_ndims], tf.int32)], axis=0))
        return tf.where(inside, x, x.dtype.as_numpy_dtype("nan"))

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        n_axes = self.input_ndims
        log_det = self._wrapped.forward_log_det_jacobian(
            tf.identity(x), event_ndims=n_axes)
        return log_det + tf.zeros(tf.shape(x)[:tf.rank(x) - n_axes], x.dtype)

    def forward_lengths(self, lengths: Sequence[Any]) -> List[Any]:
        if any(tf.is_tensor(length) for length in lengths):
            return tf.unstack(self._wrapped.forward_event_shape_tensor(
                tf.stack(lengths)), self.event_ndims)
        return self._wrapped.forward_event_shape(lengths).as_list()

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        return is_in_range(self._wrapped, y)
