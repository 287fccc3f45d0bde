"""Bijectors of vectors: to simplexes, ordered and zero-sum vectors; a planar flow."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.intervals import POSITIVE
from zhusuan.distributions._bases.vectors import ROUNDED_BY_USERS, sums_to_one
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions._numerics.elementary import log1p, softplus, widened
from zhusuan.distributions.bijectors.base import Bijector

__all__ = ["Ordered", "Planar", "PositiveOrdered", "SoftmaxCentered", "SumToZero"]


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
        return tf.maximum(y, np.finfo(y.dtype.as_numpy_dtype).tiny)


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


class PositiveOrdered(Bijector):
    """``y_1 = exp(x_1), y_i = y_(i-1) + exp(x_i)``: positive vectors that increase."""

    event_ndims = 1

    def forward(self, x):
        return tf.cumsum(tf.exp(x), axis=-1)

    def inverse(self, y):
        return tf.math.log(tf.concat(
            [y[..., :1], y[..., 1:] - y[..., :-1]], axis=-1))

    def forward_log_det_jacobian(self, x):
        return tf.reduce_sum(x, axis=-1)

    def contains(self, y):
        return tf.logical_not(tf.logical_or(
            tf.reduce_any(y <= 0., axis=-1),
            tf.reduce_any(y[..., 1:] <= y[..., :-1], axis=-1)))

    def clip(self, y):
        return POSITIVE.clip(y)


class SumToZero(Bijector):
    """From ``K - 1`` numbers to the vectors of ``K`` numbers with the sum 0.

    The images of the unit vectors are orthonormal, so the log determinant is 0 and
    densities are those of the Lebesgue measure of the plane of these vectors. The map
    is the inverse isometric log-ratio transform (Egozcue et al., 2003, "Isometric
    logratio transformations for compositional data analysis").

    Vectors whose sum is up to 0.001 of their largest number count as images.
    """

    event_ndims = 1

    def forward(self, x):
        steps = x / self._norms(x)
        zero = tf.zeros_like(x[..., :1])
        below = tf.cumsum(tf.concat([steps, zero], axis=-1), axis=-1, reverse=True)
        return below - tf.concat([zero, self._numbers(x) * steps], axis=-1)

    def inverse(self, y):
        last = y[..., 1:]
        sums = tf.cumsum(y, axis=-1)[..., :-1]
        return (sums - self._numbers(last) * last) / self._norms(last)

    def forward_log_det_jacobian(self, x):
        return tf.zeros_like(x[..., 0])

    def forward_length(self, length):
        return None if length is None else length + 1

    def contains(self, y):
        largest = tf.reduce_max(tf.abs(y), axis=-1)
        return tf.logical_not(
            tf.abs(tf.reduce_sum(y, axis=-1)) > ROUNDED_BY_USERS * largest)

    @staticmethod
    def _numbers(x):
        """1, 2, ..., as many as `x` has along its last axis."""
        return tf.cast(tf.range(1, tf.shape(x)[-1] + 1), x.dtype)

    def _norms(self, x):
        numbers = self._numbers(x)
        return tf.sqrt(numbers) * tf.sqrt(numbers + 1.)


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
        rest = tf.cast(softplus(*widened(-2. * score)), score.dtype)
        log_derivative = 2. * (np.log(2.) - score - rest)
        return log1p(tf.exp(log_derivative) * self._slope[..., 0])


def _log_softmax_centered(x):
    return tf.nn.log_softmax(tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1))
