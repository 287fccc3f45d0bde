"""Invertible maps with known Jacobian determinants.

They make constrained values of unconstrained ones: positive numbers by
:class:`Exp` or :class:`Softplus`, half lines by :class:`Beyond`, intervals by
:class:`Sigmoid`, points of a simplex by :class:`SoftmaxCentered`, increasing vectors
by :class:`Ordered`.
"""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.vectors import sums_to_one
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import (
    expm1,
    log1p,
    sigmoid,
    softplus,
    widened,
)

__all__ = ["Affine", "Beyond", "Bijector", "Exp", "Ordered", "Planar", "Sigmoid",
           "SoftmaxCentered", "Softplus"]


class Bijector:
    """A differentiable map that has an inverse.

    `event_ndims` is 0 for maps of single numbers, whose log determinants have the
    shape of `x`, and 1 for maps of vectors along the last axis, whose log
    determinants lack that axis. `is_increasing` is None for maps that are not
    monotone maps of numbers. `has_cheap_inverse` says whether it is better to
    compute `x` from ``y = forward(x)`` again than to remember it.
    """

    event_ndims = 0
    is_increasing = None
    has_cheap_inverse = True

    def forward(self, x):
        """The image of the Tensor `x`."""
        raise NotImplementedError("%s has no forward(x)." % type(self).__name__)

    def inverse(self, y):
        """The value whose image is `y`."""
        raise NotImplementedError(
            "The inverse of %s has no closed form." % type(self).__name__)

    def forward_log_det_jacobian(self, x):
        """``log |det(d forward(x) / d x)|``."""
        raise NotImplementedError(
            "%s has no forward_log_det_jacobian(x)." % type(self).__name__)

    def forward_and_log_det(self, x):
        """``forward(x)``, and its log determinant at `x`."""
        return self.forward(x), self.forward_log_det_jacobian(x)

    def inverse_and_log_det(self, y):
        """``x = inverse(y)``, and the log determinant of `forward` at that x."""
        x = self.inverse(y)
        return x, self.forward_log_det_jacobian(x)

    def forward_length(self, length):
        """The length of ``forward(x)`` along its last axis, from that of `x`."""
        return length

    def contains(self, y):
        """Whether `y` is an image, of the shape of log determinants.

        None where every value is one; True for nan.
        """

    def clip(self, y):
        """Clip `y` to the nearest representable value in range."""
        return y


class Affine(Bijector):
    """``y = shift + scale x``, for numbers; `scale` must not be 0."""

    def __init__(self, shift=0., scale=1.):
        self._shift, self._scale = shift, scale

    @property
    def is_increasing(self):
        """Whether `scale` is positive, a bool Tensor."""
        return tf.convert_to_tensor(self._scale) > 0.

    def forward(self, x):
        return self._shift + self._scale * x

    def inverse(self, y):
        return (y - self._shift) / self._scale

    def forward_log_det_jacobian(self, x):
        scale = tf.convert_to_tensor(self._scale, dtype=x.dtype)
        return tf.math.log(tf.abs(scale)) + tf.zeros_like(x)


class _ToPositive(Bijector):

    is_increasing = True

    def contains(self, y):
        return tf.logical_not(y <= 0.)

    def clip(self, y):
        return POSITIVE.clip(y)


class Exp(_ToPositive):
    """``y = exp(x)``, from the real line to the positive numbers."""

    def forward(self, x):
        return tf.exp(x)

    def inverse(self, y):
        return tf.math.log(y)

    def forward_log_det_jacobian(self, x):
        return tf.identity(x)


class Softplus(_ToPositive):
    """``y = log(1 + exp(x))``, from the real line to the positive numbers."""

    def forward(self, x):
        return _softplus(x)

    def inverse(self, y):
        small, = widened(y)
        return y + tf.cast(tf.math.log(-expm1(-small)), y.dtype)

    def forward_log_det_jacobian(self, x):
        return -_softplus(-x)


class Beyond(Bijector):
    """``y = end + exp(x)``, from the real line to what is above `end`.

    With `is_above` false, ``y = end - exp(x)``, to what is below.
    """

    def __init__(self, end, is_above=True):
        self._end, self._is_above = end, is_above
        self._sign = 1. if is_above else -1.

    @property
    def is_increasing(self):
        """Whether it maps to what is above `end`, a bool."""
        return self._is_above

    def forward(self, x):
        return self._end + self._sign * tf.exp(x)

    def inverse(self, y):
        return tf.math.log(self._sign * (y - self._end))

    def forward_log_det_jacobian(self, x):
        return tf.identity(x)

    def contains(self, y):
        return tf.logical_not(self._sign * (y - self._end) <= 0.)

    def clip(self, y):
        end, largest = tf.convert_to_tensor(self._end, y.dtype), _info(y).max
        if self._is_above:
            return tf.clip_by_value(y, end + _gap(end), largest)
        return tf.clip_by_value(y, -largest, end - _gap(end))


class Sigmoid(Bijector):
    """``y = low + (high - low) sigmoid(x)``, from the real line to an interval."""

    is_increasing = True

    def __init__(self, low=0., high=1.):
        self._low, self._high = low, high

    def forward(self, x):
        return self._low + (self._high - self._low) * tf.cast(
            sigmoid(*widened(x)), x.dtype)

    def inverse(self, y):
        return tf.math.log(y - self._low) - tf.math.log(self._high - y)

    def forward_log_det_jacobian(self, x):
        width = tf.convert_to_tensor(self._high - self._low, dtype=x.dtype)
        return tf.math.log(width) - _softplus(x) - _softplus(-x)

    def contains(self, y):
        return tf.logical_not(tf.logical_or(y <= self._low, y >= self._high))

    def clip(self, y):
        low, high = [tf.convert_to_tensor(end, y.dtype)
                     for end in (self._low, self._high)]
        return tf.clip_by_value(y, low + _gap(low), high - _gap(high))


class SoftmaxCentered(Bijector):
    """``y = softmax([x, 0])``, from ``K - 1`` numbers to the simplex of ``K``.

    The determinant is that of the first ``K - 1`` components of `y`.
    """

    event_ndims = 1

    def forward(self, x):
        return tf.exp(_log_softmax_centered(x))

    def inverse(self, y):
        log_y = tf.math.log(y)
        return log_y[..., :-1] - log_y[..., -1:]

    def forward_log_det_jacobian(self, x):
        return tf.reduce_sum(_log_softmax_centered(x), axis=-1)

    def forward_length(self, length):
        return None if length is None else length + 1

    def contains(self, y):
        return tf.logical_and(
            tf.logical_not(tf.reduce_any(y <= 0., axis=-1)), sums_to_one(y))

    def clip(self, y):
        return tf.maximum(y, y.dtype.as_numpy_dtype(_info(y).tiny))


class Ordered(Bijector):
    """``y_1 = x_1, y_i = y_(i-1) + exp(x_i)``: vectors that increase."""

    event_ndims = 1

    def forward(self, x):
        return tf.cumsum(tf.concat([x[..., :1], tf.exp(x[..., 1:])], axis=-1),
                         axis=-1)

    def inverse(self, y):
        steps = tf.math.log(y[..., 1:] - y[..., :-1])
        return tf.concat([y[..., :1], steps], axis=-1)

    def forward_log_det_jacobian(self, x):
        return tf.reduce_sum(x[..., 1:], axis=-1)

    def contains(self, y):
        return tf.logical_not(tf.reduce_any(y[..., 1:] <= y[..., :-1], axis=-1))


class Planar(Bijector):
    """``y = x + u tanh(w . x + b)``, a planar flow layer on vectors.

    See Rezende and Mohamed (2015), "Variational inference with normalizing
    flows", eq. 10 to 13. What is added to `u` in their appendix A.1 makes the map
    invertible, though not in closed form.

    :param u: A float Tensor of shape ``[..., d]``.
    :param w: A float Tensor of shape ``[..., d]``, not 0.
    :param b: A float Tensor of shape ``[...]``.
    """

    event_ndims = 1
    has_cheap_inverse = False

    def __init__(self, u, w, b):
        u, self._w, self._b = convert_parameters(u=u, w=w, b=b)
        product = tf.reduce_sum(u * self._w, axis=-1, keepdims=True)
        norm = tf.reduce_sum(tf.square(self._w), axis=-1, keepdims=True)
        self._slope = softplus(product) - 1.  # of u . w, above -1
        self._u = u + (self._slope - product) * self._w / norm

    def _score(self, x):
        return tf.reduce_sum(x * self._w, axis=-1) + self._b

    def forward(self, x):
        return x + self._u * tf.tanh(self._score(x))[..., tf.newaxis]

    def forward_log_det_jacobian(self, x):
        score = self._score(x)
        log_derivative = 2. * (np.log(2.) - score - _softplus(-2. * score))
        return log1p(tf.exp(log_derivative) * self._slope[..., 0])


def _softplus(x):
    return tf.cast(softplus(*widened(x)), x.dtype)


def _info(x):
    return np.finfo(x.dtype.as_numpy_dtype)


def _gap(end):
    """A distance from `end` to the next number or the one after it."""
    info = _info(end)
    return tf.maximum(tf.abs(end) * float(info.eps), float(info.tiny))


def _log_softmax_centered(x):
    return tf.nn.log_softmax(tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1))
