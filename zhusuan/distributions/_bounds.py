"""Distributions that are made from another one and bounds of its values."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import broadcast_to_event
from zhusuan.distributions._checks import check_broadcast, check_less
from zhusuan.distributions._components import check_component
from zhusuan.distributions._conversion import (
    as_numpy,
    convert_given,
    convert_parameters,
    is_tensor_like,
)
from zhusuan.distributions._path_derivative import stop_parameter_gradients
from zhusuan.distributions.base import Distribution
from zhusuan.utils import TensorLike

__all__ = ["BoundedDistribution", "clip_between", "count_below", "is_above", "is_below"]


class BoundedDistribution(Distribution):
    """A univariate distribution with bounds; subclasses define the mass beyond them.

    Subclasses implement ``_log_prob_at(given)``.

    :param dist: A univariate Distribution with `group_ndims` 0.
    :param low, high: Values of `dist`, or None.
    """

    # Whether a continuous variable has the ends of the interval with a probability.
    has_mass_at_ends = False

    def __init__(self, dist: Distribution, low: Optional[TensorLike],
                 high: Optional[TensorLike], group_ndims: TensorLike,
                 use_path_derivative: bool, **kwargs: Any) -> None:
        self._dist = dist = _check_univariate(
            self, check_component(self, "dist", dist))
        self._low, self._high = _convert_bounds(self, dist, low, high)
        bounds = {"low": self._low, "high": self._high}
        super().__init__(
            dtype=dist.dtype, param_dtype=dist.param_dtype,
            is_continuous=dist.is_continuous,
            is_reparameterized=dist.is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            parameters={name: (x, 0) for name, x in bounds.items() if x is not None},
            **kwargs)
        for name, (x, _) in self._parameters.items():
            check_broadcast(name, x.shape, "the batch shape of dist",
                            dist.get_batch_shape())

    @property
    def dist(self) -> Distribution:
        """The distribution without bounds."""
        return self._dist

    @property
    def low(self) -> Optional[tf.Tensor]:
        """The lower bound, a Tensor of the sample dtype; None without one."""
        return self._low

    @property
    def high(self) -> Optional[tf.Tensor]:
        """The upper bound, a Tensor of the sample dtype; None without one."""
        return self._high

    def _get_batch_shape(self):
        return tf.broadcast_static_shape(
            super()._get_batch_shape(), self._dist.get_batch_shape())

    def _batch_shape(self):
        return tf.broadcast_dynamic_shape(
            super()._batch_shape(), self._dist.batch_shape)

    def _log_prob(self, given):
        if self._use_path_derivative:
            log_prob = stop_parameter_gradients(
                self._log_prob_at, broadcast_to_event(given, self), 0)
        else:
            log_prob = self._log_prob_at(given)
        return tf.cast(log_prob, self._param_dtype)

    def _log_prob_at(self, given):
        raise NotImplementedError(
            "%s has no _log_prob_at(given)." % type(self).__name__)

    def _away_from_ends(self, given, is_kept):
        """`given` where kept, else a value at which `dist` has a finite gradient."""
        if not self._dist.is_continuous:
            return given
        return tf.where(is_kept, given, tf.constant(0.5, given.dtype))


def is_below(x, low):
    """Whether ``x < low``, which is False without a bound."""
    return tf.zeros_like(x, tf.bool) if low is None else x < low


def is_above(x, high):
    """Whether ``x > high``, which is False without a bound."""
    return tf.zeros_like(x, tf.bool) if high is None else x > high


def clip_between(x, low, high):
    """`x`, moved to the nearest bound if it is out of bounds."""
    # tf.maximum has no kernel for int16 in TensorFlow 1.15.
    x = x if low is None else tf.where(x < low, low, x)
    return x if high is None else tf.where(x > high, high, x)


def count_below(x):
    """The largest whole number that is smaller than `x`."""
    return x - 1 if x.dtype.is_integer else tf.math.ceil(x) - 1.


def _check_univariate(whole, dist):
    if dist.get_value_shape().rank != 0:
        raise ValueError("%s: values of `dist` must be numbers, but %r has the value "
                         "shape %s." % (
                             type(whole).__name__, dist, dist.get_value_shape()))
    if dist.is_continuous and getattr(dist, "has_mass_at_ends", False):
        raise ValueError(
            "%s: `dist` must be continuous or discrete, but %s has a density and mass "
            "at its ends. Censor the truncated distribution instead, or pass the "
            "tighter bounds to one of the "
            "two." % (type(whole).__name__, type(dist).__name__))
    return dist


def _convert_bounds(whole, dist, low, high):
    """Tensors of the sample dtype; None for a bound that is infinite."""
    name = type(whole).__name__
    low = None if _is_everywhere(low, -np.inf) else low
    high = None if _is_everywhere(high, np.inf) else high
    if low is None and high is None:
        raise ValueError(
            "%s: neither low nor high is a finite number. Pass at least one of them, "
            "or use %r directly." % (name, dist))
    if dist.dtype.is_floating:
        _, low, high = convert_parameters(
            dist=tf.zeros([], dist.dtype), low=low, high=high)
    else:
        low, high = [None if x is None else convert_given(x, dist.dtype, False)
                     for x in (low, high)]
    if low is not None and high is not None:
        check_broadcast("low", low.shape, "high", high.shape)
        high = check_less("low", low, "high", high)
    return low, high


def _is_everywhere(bound, infinity):
    if bound is None:
        return True
    bound = as_numpy(bound)
    known = tf.get_static_value(bound) if tf.is_tensor(bound) else (
        None if is_tensor_like(bound) else np.asarray(bound))
    return known is not None and known.dtype.kind == "f" and bool(
        known.size and np.all(known == infinity))
