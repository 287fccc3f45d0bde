"""Bijectors: invertible maps with Jacobian determinants.

They map unconstrained to constrained values: :class:`Exp` and :class:`Softplus` to
positive numbers, :class:`Beyond` to half lines, :class:`Sigmoid` to intervals,
:class:`SoftmaxCentered` to the simplex, :class:`Ordered` to increasing vectors.
"""
from __future__ import annotations

from typing import Any, Optional, Tuple, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import POSITIVE
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    expm1,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions._numerics.simplex import sums_to_one
from zhusuan.utils import TensorLike

__all__ = ["Affine", "Beyond", "Bijector", "Exp", "Ordered", "Planar", "Sigmoid",
           "SoftmaxCentered", "Softplus"]


class Bijector:
    """The base class of bijectors, differentiable maps that have an inverse.

    Subclasses implement :meth:`forward`, :meth:`inverse` and
    :meth:`forward_log_det_jacobian`. They override the attributes:

    - `event_ndims`, 0 for maps of numbers, whose log determinants have the shape of
      `x`, and 1 for maps of vectors along the last axis, whose log determinants lack
      that axis;
    - `is_increasing`, a bool, or None for maps that are not monotone maps of numbers;
    - `has_cheap_inverse`, a bool. If False, users of the bijector cache `x` instead of
      computing it from ``y = forward(x)``.
    """

    event_ndims = 0
    is_increasing: Optional[Union[bool, tf.Tensor]] = None
    has_cheap_inverse = True

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        """Map the Tensor `x` to ``y``."""
        raise NotImplementedError("%s has no forward(x)." % type(self).__name__)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        """Map the Tensor `y` back to ``x``."""
        raise NotImplementedError(
            "The inverse of %s has no closed form." % type(self).__name__)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        """``log |det(d forward(x) / d x)|``."""
        raise NotImplementedError(
            "%s has no forward_log_det_jacobian(x)." % type(self).__name__)

    def forward_and_log_det(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """``y = forward(x)`` and the log determinant at `x`."""
        return self.forward(x), self.forward_log_det_jacobian(x)

    def inverse_and_log_det(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        """``x = inverse(y)`` and the log determinant of `forward` at that x."""
        x = self.inverse(y)
        return x, self.forward_log_det_jacobian(x)

    def forward_length(self, length: Optional[int]) -> Optional[int]:
        """The length of the last axis of ``forward(x)``, given that of `x`."""
        return length

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        """Whether `y` is in range, a bool Tensor of the shape of log determinants.

        It is True for nan. None means that every value is in range.
        """

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        """Clip `y` to the nearest representable value in range."""
        return y


class Affine(Bijector):
    """``y = shift + scale x``, a map of numbers, with a `scale` other than 0."""

    def __init__(self, shift: TensorLike = 0., scale: TensorLike = 1.) -> None:
        self._shift, self._scale = shift, scale

    @property  # an attribute would be a Tensor of the graph of the constructor
    def is_increasing(self) -> tf.Tensor:  # type: ignore[override]  # see above
        """Whether `scale` is positive, a bool Tensor."""
        return tf.convert_to_tensor(self._scale) > 0.

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self._shift + self._scale * x

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return (y - self._shift) / self._scale

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        scale = tf.convert_to_tensor(self._scale, dtype=x.dtype)
        return tf.math.log(tf.abs(scale)) + tf.zeros_like(x)


class _ToPositive(Bijector):

    is_increasing = True

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        return tf.logical_not(y <= 0.)

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        return POSITIVE.clip(y)


class Exp(_ToPositive):
    """``y = exp(x)``, from the real line to the positive numbers."""

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.exp(x)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.math.log(y)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.identity(x)


class Softplus(_ToPositive):
    """``y = log(1 + exp(x))``, from the real line to the positive numbers."""

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return _softplus(x)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        small, = widened(y)
        return y + tf.cast(tf.math.log(-expm1(-small)), y.dtype)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return -_softplus(-x)


class Beyond(Bijector):
    """``y = end + exp(x)``, from the real line to the numbers above `end`.

    If `is_above` is False, ``y = end - exp(x)``, to the numbers below `end`.
    """

    def __init__(self, end: TensorLike, is_above: bool = True) -> None:
        self._end, self._is_above = end, is_above
        self._sign = 1. if is_above else -1.
        self.is_increasing = is_above

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self._end + self._sign * tf.exp(x)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._sign * (y - self._end))

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.identity(x)

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        return tf.logical_not(self._sign * (y - self._end) <= 0.)

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        end, largest = tf.convert_to_tensor(self._end, y.dtype), _info(y).max
        if self._is_above:
            return tf.clip_by_value(y, end + _gap(end), largest)
        return tf.clip_by_value(y, -largest, end - _gap(end))


class Sigmoid(Bijector):
    """``y = low + (high - low) sigmoid(x)``, from the real line to an interval."""

    is_increasing = True

    def __init__(self, low: TensorLike = 0., high: TensorLike = 1.) -> None:
        self._low, self._high = low, high

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self._low + self._width(x.dtype) * tf.cast(
            sigmoid(*widened(x)), x.dtype)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.math.log(y - self._low) - tf.math.log(self._high - y)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._width(x.dtype)) - _softplus(x) - _softplus(-x)

    def _width(self, dtype: tf.DType) -> tf.Tensor:
        return (tf.convert_to_tensor(self._high, dtype) -
                tf.convert_to_tensor(self._low, dtype))

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        return tf.logical_not(tf.logical_or(y <= self._low, y >= self._high))

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        low, high = [tf.convert_to_tensor(end, y.dtype)
                     for end in (self._low, self._high)]
        return tf.clip_by_value(y, low + _gap(low), high - _gap(high))


class SoftmaxCentered(Bijector):
    """``y = softmax([x, 0])``, from ``K - 1`` numbers to the simplex of ``K``.

    The determinant is that of the first ``K - 1`` components of `y`.
    """

    event_ndims = 1

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.exp(_log_softmax_centered(x))

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        log_y = tf.math.log(y)
        return log_y[..., :-1] - log_y[..., -1:]

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(_log_softmax_centered(x), axis=-1)

    def forward_length(self, length: Optional[int]) -> Optional[int]:
        return None if length is None else length + 1

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        return tf.logical_and(
            tf.logical_not(tf.reduce_any(y <= 0., axis=-1)), sums_to_one(y))

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        return tf.maximum(y, y.dtype.as_numpy_dtype(_info(y).tiny))


class Ordered(Bijector):
    """``y_1 = x_1, y_i = y_(i-1) + exp(x_i)``, from vectors to increasing vectors."""

    event_ndims = 1

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.cumsum(tf.concat([x[..., :1], tf.exp(x[..., 1:])], axis=-1),
                         axis=-1)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        steps = tf.math.log(y[..., 1:] - y[..., :-1])
        return tf.concat([y[..., :1], steps], axis=-1)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(x[..., 1:], axis=-1)

    def contains(self, y: tf.Tensor) -> Optional[tf.Tensor]:
        return tf.logical_not(tf.reduce_any(y[..., 1:] <= y[..., :-1], axis=-1))


class Planar(Bijector):
    """``y = x + u tanh(w . x + b)``, a planar flow layer on vectors.

    See Rezende and Mohamed (2015), "Variational inference with normalizing flows",
    eq. 10 to 13. The correction of `u` in their appendix A.1 makes the map invertible.
    The inverse has no closed form.

    :param u: A float Tensor of shape ``[..., d]``.
    :param w: A float Tensor of shape ``[..., d]``, not 0.
    :param b: A float Tensor of shape ``[...]``.
    """

    event_ndims = 1
    has_cheap_inverse = False

    def __init__(self, u: TensorLike, w: TensorLike, b: TensorLike) -> None:
        u, self._w, self._b = convert_parameters(u=u, w=w, b=b)
        product = tf.reduce_sum(u * self._w, axis=-1, keepdims=True)
        norm = tf.reduce_sum(tf.square(self._w), axis=-1, keepdims=True)
        self._slope_plus_1 = _softplus(product)  # 1 + w . (the invertible u)
        self._u = u + tf.math.divide_no_nan(
            self._slope_plus_1 - 1. - product, norm) * self._w

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward_and_log_det(x)[0]

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward_and_log_det(x)[1]

    def forward_and_log_det(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        score = tf.reduce_sum(x * self._w, axis=-1) + self._b
        tanh = tf.tanh(score)
        # 1 + slope * tanh', as a sum of positive terms, with an exact tanh' far out.
        derivative = 4. * tf.exp(-2. * (score + _softplus(-2. * score)))
        determinant = tf.square(tanh) + derivative * self._slope_plus_1[..., 0]
        return x + self._u * tanh[..., tf.newaxis], tf.math.log(determinant)


def _softplus(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(softplus(*widened(x)), x.dtype)


def _info(x: tf.Tensor) -> np.finfo[Any]:
    return np.finfo(x.dtype.as_numpy_dtype)


def _gap(end: tf.Tensor) -> tf.Tensor:
    """The distance from `end` to one of the next two floating-point numbers."""
    info = _info(end)
    return tf.maximum(tf.abs(end) * float(info.eps), float(info.tiny))


def _log_softmax_centered(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.log_softmax(tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1))
