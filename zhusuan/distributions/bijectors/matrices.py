"""Bijectors of vectors to matrices: correlation factors and positive definite ones."""
import math
from typing import Any, List, Sequence

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases.matrices import (
    is_correlation_cholesky,
    is_positive_definite,
    positive_definite_cholesky,
)
from zhusuan.distributions._numerics.elementary import softplus, widened
from zhusuan.distributions.bijectors.base import Bijector

__all__ = ["CholeskyCorr", "PositiveDefinite"]


class _ToMatrix(Bijector):
    """A map of a vector to a square matrix, by the numbers of a lower triangle.

    The numbers stand row by row, as in :func:`numpy.tril_indices`.
    """

    event_ndims = 2
    _first_diagonal = 0  # -1 for a triangle without the diagonal

    @property
    def input_ndims(self) -> int:
        """1: `x` has vectors along its last axis."""
        return 1

    def forward_lengths(self, lengths: Sequence[Any]) -> List[Any]:
        size = self._size(lengths[-1])
        return [size, size]

    def _size(self, length: Any) -> int:
        """The number of rows of the matrix of a vector of that static length."""
        if length is None or tf.is_tensor(length):
            raise ValueError("%s: the last axis of x must have a static length, but it "
                             "is unknown." % type(self).__name__)
        size = int(round((math.sqrt(8. * length + 1.) - 1.) / 2.))
        if size * (size + 1) != 2 * length or length < 1:
            raise ValueError(
                "%s: the last axis of x must have the length of a lower triangle, such "
                "as 1, 3, 6 or 10, but it is %s." % (type(self).__name__, length))
        return size - self._first_diagonal

    def _to_triangle(self, x: tf.Tensor) -> tf.Tensor:
        """The lower triangular matrices of the numbers `x`, zeros elsewhere."""
        length = x.shape.as_list()[-1]
        size = self._size(length)
        place = np.full([size, size], length)
        place[np.tril_indices(size, self._first_diagonal)] = np.arange(length)
        padded = tf.concat([x, tf.zeros_like(x[..., :1])], axis=-1)
        return tf.reshape(tf.gather(padded, place.ravel(), axis=-1), tf.concat(
            [tf.shape(x)[:-1], [size, size]], axis=0))

    def _to_vector(self, triangle: tf.Tensor) -> tf.Tensor:
        size = triangle.shape.as_list()[-1]
        rows, columns = np.tril_indices(size, self._first_diagonal)
        flat = tf.reshape(triangle, tf.concat(
            [tf.shape(triangle)[:-2], [size * size]], axis=0))
        return tf.gather(flat, rows * size + columns, axis=-1)


class CholeskyCorr(_ToMatrix):
    """From ``K (K - 1) / 2`` numbers to Cholesky factors of correlation matrices.

    ``tanh(x)`` are canonical partial correlations (Lewandowski, Kurowicka and Joe,
    2009, "Generating random correlation matrices based on vines and extended onion
    method", section 2). The determinant is that of the numbers below the diagonal.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import CholeskyCorr
    >>> print(CholeskyCorr().forward(tf.constant([0.])).numpy())
    [[1. 0.]
     [0. 1.]]
    """

    _first_diagonal = -1

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        small, = widened(x)
        log_rest = self._log_rest(small)
        triangle = self._to_triangle(tf.tanh(small)) + tf.eye(
            self._size(x.shape.as_list()[-1]), dtype=small.dtype)
        return tf.cast(triangle * tf.exp(log_rest), x.dtype)

    def _log_rest(self, x: tf.Tensor) -> tf.Tensor:
        """Half the log of what the squares of a row leave of 1, before each column."""
        return tf.cumsum(self._to_triangle(_log_sech(x)), axis=-1, exclusive=True)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        # The squares of a row from each column on, without the difference from 1.
        rest = tf.cumsum(tf.square(y), axis=-1, reverse=True, exclusive=True)
        below = self._to_vector(y) / tf.sqrt(self._to_vector(rest))
        return tf.asinh(below)

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        small, = widened(x)
        log_det = tf.reduce_sum(
            self._to_vector(self._log_rest(small)) + 2. * _log_sech(small), axis=-1)
        return tf.cast(log_det, x.dtype)

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        return is_correlation_cholesky(y)

    def clip(self, y: tf.Tensor) -> tf.Tensor:
        diagonal = tf.linalg.diag_part(y)
        return tf.linalg.set_diag(y, tf.maximum(
            diagonal, np.finfo(y.dtype.as_numpy_dtype).tiny))


class PositiveDefinite(_ToMatrix):
    """From ``K (K + 1) / 2`` numbers to symmetric positive definite matrices.

    The numbers are the lower triangle of the Cholesky factor, row by row, with the logs
    of its diagonal. The determinant is that of the lower triangle of the matrix.

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.bijectors import PositiveDefinite
    >>> print(PositiveDefinite().forward(tf.constant([0., 2., 0.])).numpy())
    [[1. 2.]
     [2. 5.]]
    """

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        tril = self._to_triangle(x)
        tril = tf.linalg.set_diag(tril, tf.exp(tf.linalg.diag_part(tril)))
        return tf.matmul(tril, tril, transpose_b=True)

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        tril, _ = positive_definite_cholesky(y)
        return self._to_vector(tf.linalg.set_diag(
            tril, tf.math.log(tf.linalg.diag_part(tril))))

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        log_diagonal = tf.linalg.diag_part(self._to_triangle(x))
        size = log_diagonal.shape.as_list()[-1]
        powers = tf.constant(np.arange(size + 1., 1., -1.), x.dtype)
        return tf.reduce_sum(powers * log_diagonal, axis=-1) + size * math.log(2.)

    def contains(self, y: tf.Tensor) -> tf.Tensor:
        return is_positive_definite(y)


def _log_sech(x: tf.Tensor) -> tf.Tensor:
    """``log(1 / cosh(x))``, half the log of ``1 - tanh(x)^2``."""
    return math.log(2.) - x - softplus(-2. * x)
