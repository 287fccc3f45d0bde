"""Bijectors of vectors: to simplexes, ordered and zero-sum vectors; a planar flow."""
from __future__ import annotations

from typing import Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import POSITIVE
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import softplus, widened
from zhusuan.distributions._numerics.simplex import DATA_TOLERANCE, sums_to_one
from zhusuan.distributions.bijectors.base import Bijector
from zhusuan.utils import TensorLike

__all__ = ["Ordered", "Planar", "PositiveOrdered", "SoftmaxCentered", "SumToZero"]


class SoftmaxCentered(Bijector):
    """``y = softmax([x, 0])``, from ``K - 1`` numbers to the simplex of ``K``.

    The determinant is that of the first ``K - 1`` components of `y`.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import SoftmaxCentered
    >>> print(SoftmaxCentered().forward(tf.constant([0.])).numpy())
    [0.5 0.5]
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
        dtype = y.dtype.as_numpy_dtype
        return tf.maximum(y, dtype(np.finfo(dtype).tiny))


class Ordered(Bijector):
    """``y_1 = x_1, y_i = y_(i-1) + exp(x_i)``, from vectors to increasing vectors.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Ordered
    >>> print(Ordered().forward(tf.constant([2., 0., 0.])).numpy())
    [2. 3. 4.]
    """

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


class PositiveOrdered(Bijector):
    """``y_1 = exp(x_1), y_i = y_(i-1) + exp(x_i)``: positive vectors that increase.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import PositiveOrdered
    >>> print(PositiveOrdered().forward(tf.constant([0., 0., 0.])).numpy())
    [1. 2. 3.]
    """

    event_ndims = 1

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return tf.cumsum(tf.exp(x), axis=-1)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return tf.math.log(tf.concat(
            [y[..., :1], y[..., 1:] - y[..., :-1]], axis=-1))

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(x, axis=-1)

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        return tf.logical_not(tf.logical_or(
            tf.reduce_any(y <= 0., axis=-1),
            tf.reduce_any(y[..., 1:] <= y[..., :-1], axis=-1)))

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        return POSITIVE.clip(y)


class SumToZero(Bijector):
    """From ``K - 1`` numbers to the vectors of ``K`` numbers with the sum 0.

    The images of the unit vectors are orthonormal, so the log determinant is 0 and
    densities are those of the Lebesgue measure of the plane of these vectors. The map
    is the inverse isometric log-ratio transform (Egozcue et al., 2003, "Isometric
    logratio transformations for compositional data analysis").

    Vectors whose sum is up to 0.001 of their largest number count as images.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import SumToZero
    >>> y = SumToZero().forward(tf.constant([1., 2., 3.]))
    >>> y.shape.as_list(), bool(abs(tf.reduce_sum(y)) < 1e-5)
    ([4], True)
    """

    event_ndims = 1

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        steps = x / self._norms(x)
        zero = tf.zeros_like(x[..., :1])
        below = tf.cumsum(tf.concat([steps, zero], axis=-1), axis=-1, reverse=True)
        return below - tf.concat([zero, self._numbers(x) * steps], axis=-1)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        last = y[..., 1:]
        sums = tf.cumsum(y, axis=-1)[..., :-1]
        return (sums - self._numbers(last) * last) / self._norms(last)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return tf.zeros_like(x[..., 0])

    def forward_length(self, length: Optional[int]) -> Optional[int]:
        return None if length is None else length + 1

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        largest = tf.reduce_max(tf.abs(y), axis=-1)
        return tf.logical_not(
            tf.abs(tf.reduce_sum(y, axis=-1)) > DATA_TOLERANCE * largest)

    @staticmethod
    def _numbers(x: tf.Tensor) -> tf.Tensor:
        """1, 2, ..., as many as `x` has along its last axis."""
        return tf.cast(tf.range(1, tf.shape(x)[-1] + 1), x.dtype)

    def _norms(self, x: tf.Tensor) -> tf.Tensor:
        numbers = self._numbers(x)
        return tf.sqrt(numbers) * tf.sqrt(numbers + 1.)


class Planar(Bijector):
    """``y = x + u tanh(w . x + b)``, a planar flow layer on vectors.

    See Rezende and Mohamed (2015), "Variational inference with normalizing flows",
    eq. 10 to 13. The correction of `u` in their appendix A.1 makes the map invertible.
    The inverse has no closed form.

    :param u: A float Tensor of shape ``[..., d]``.
    :param w: A float Tensor of shape ``[..., d]``, not 0.
    :param b: A float Tensor of shape ``[...]``.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import Planar
    >>> layer = Planar(u=[1., 0.], w=[1., 0.], b=0.)
    >>> x = tf.zeros([5, 2])
    >>> layer.forward(x).shape.as_list()
    [5, 2]
    >>> layer.forward_log_det_jacobian(x).shape.as_list()
    [5]
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


def _log_softmax_centered(x: tf.Tensor) -> tf.Tensor:
    return tf.nn.log_softmax(tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1))
