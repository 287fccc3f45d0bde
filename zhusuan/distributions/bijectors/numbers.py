"""Bijectors of numbers: to half lines, to intervals, to the circle."""
from __future__ import annotations

import math
from typing import Any, Optional, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import POSITIVE
from zhusuan.distributions._conversion import tensor_dtype
from zhusuan.distributions._numerics.elementary import (
    expm1,
    sigmoid,
    softplus,
    widened,
)
from zhusuan.distributions.bijectors.base import Bijector
from zhusuan.utils import TensorLike

__all__ = ["Affine", "Beyond", "Circular", "Exp", "Sigmoid", "Softplus"]


class Affine(Bijector):
    """``y = shift + scale x``, a map of numbers, with a `scale` other than 0.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Affine
    >>> bijector = Affine(shift=1., scale=2.)
    >>> y = bijector.forward(tf.constant(3.))
    >>> print(y.numpy(), bijector.inverse(y).numpy())
    7.0 3.0
    """

    def __init__(self, shift: TensorLike = 0., scale: TensorLike = 1.) -> None:
        self._shift, self._scale = shift, scale

    @property
    def is_increasing(  # type: ignore[override]  # an attribute would be a constant
            self) -> Union[bool, tf.Tensor]:
        """Whether `scale` is positive, a bool array, or a Tensor if that is unknown."""
        scale = tf.convert_to_tensor(self._scale)
        known = tf.get_static_value(scale)
        return scale > 0. if known is None else known > 0.

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
    """``y = exp(x)``, from the real line to the positive numbers.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Exp
    >>> x = tf.constant([0., 2.])
    >>> print("%.4f" % Exp().forward(x)[1])
    7.3891
    >>> print(Exp().forward_log_det_jacobian(x).numpy())
    [0. 2.]
    """

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.exp(x)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.math.log(y)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.identity(x)


class Softplus(_ToPositive):
    """``y = log(1 + exp(x))``, from the real line to the positive numbers.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Softplus
    >>> print("%.4f" % Softplus().forward(tf.constant(0.)))  # log(2)
    0.6931
    """

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

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Beyond
    >>> bijector = Beyond(2.)
    >>> y = bijector.forward(tf.constant(0.))
    >>> print(y.numpy(), bijector.inverse(y).numpy())
    3.0 0.0
    """

    def __init__(self, end: TensorLike, is_above: bool = True) -> None:
        self._end, self._is_above = end, is_above
        self._sign = 1. if is_above else -1.
        self.is_increasing = is_above

    @property
    def end(self) -> TensorLike:
        """The end of the range."""
        return self._end

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
    """``y = low + (high - low) sigmoid(x)``, from the real line to an interval.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Sigmoid
    >>> bijector = Sigmoid(low=-1., high=3.)
    >>> y = bijector.forward(tf.constant(0.))
    >>> print(y.numpy(), bijector.inverse(y).numpy())
    1.0 0.0
    """

    is_increasing = True

    def __init__(self, low: TensorLike = 0., high: TensorLike = 1.) -> None:
        if tensor_dtype(low) is tensor_dtype(high) is None and not np.all(
                np.less(low, high)):
            raise ValueError(
                "Sigmoid: high must be greater than low everywhere, but low is %s and "
                "high is %s." % (low, high))
        self._low, self._high = low, high

    @property
    def low(self) -> TensorLike:
        """The lower end of the range."""
        return self._low

    @property
    def high(self) -> TensorLike:
        """The upper end of the range."""
        return self._high

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


class Circular(Bijector):
    """``y = x - 2 pi k``, from the real line to the angles in (-pi, pi].

    `k` is the whole number for which `y` is in that interval, so the log determinant
    is 0. Several `x` have one image: the inverse of an angle is the angle itself, and
    there is no transformed distribution.

    As a constraint of a sampler, it lets a latent angle move across pi without a
    barrier. A chain on the real line with a density of period 2 pi is a chain on the
    circle. The density must be continuous where the circle closes, as that of
    :class:`~zhusuan.distributions.VonMises` is. Means, variances and convergence
    diagnostics of draws near pi are to be computed of their sines and cosines.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Circular
    >>> print("%.4f" % Circular().forward(tf.constant(4.)))  # 4 - 2 pi
    -2.2832
    """

    is_injective = False

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        turns = tf.math.ceil((tf.stop_gradient(x) - math.pi) / (2. * math.pi))
        return self.clip(x - 2. * math.pi * turns)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.identity(y)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.zeros_like(x)

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        return tf.logical_not(tf.abs(y) > _largest_angle(y))

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        # The derivative by x is 1 also where rounding left the interval.
        end = _largest_angle(y)
        return y + tf.stop_gradient(tf.clip_by_value(y, -end, end) - y)

def _softplus(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(softplus(*widened(x)), x.dtype)


def _info(x: tf.Tensor) -> np.finfo[Any]:
    return np.finfo(x.dtype.as_numpy_dtype)


def _gap(end: tf.Tensor) -> tf.Tensor:
    """The distance from `end` to one of the next two floating-point numbers."""
    info = _info(end)
    return tf.maximum(tf.abs(end) * float(info.eps), float(info.tiny))


def _largest_angle(y: tf.Tensor) -> tf.Tensor:
    """Pi, rounded to the dtype of `y`."""
    return tf.constant(math.pi, y.dtype)
