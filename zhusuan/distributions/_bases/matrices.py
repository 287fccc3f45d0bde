"""Checks and factors of square matrices: covariances and correlations."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._numerics.simplex import DATA_TOLERANCE, sums_to_one

__all__ = ["is_correlation_cholesky", "is_positive_definite",
           "positive_definite_cholesky"]

# An elimination in Python adds some operations for each row. Beyond this size the
# eigenvalues decide.
_MOST_ROWS_TO_ELIMINATE = 16


def is_correlation_cholesky(tril):
    """Whether matrices are lower triangular, with unit rows and positive diagonals."""
    upper = tril - tf.linalg.band_part(tril, -1, 0)
    is_lower = tf.reduce_all(tf.equal(upper, 0.), axis=[-2, -1])
    has_unit_rows = tf.reduce_all(sums_to_one(tf.square(tril)), axis=-1)
    has_zero = tf.reduce_any(tf.linalg.diag_part(tril) <= 0., axis=-1)
    return tf.logical_and(tf.logical_and(is_lower, has_unit_rows),
                          tf.logical_not(has_zero))


def is_positive_definite(matrix):
    """Whether matrices are symmetric and positive definite, also True for nan.

    Differences of up to 0.001 of the largest variance count as rounding.
    """
    has_infinity = tf.reduce_any(tf.math.is_inf(matrix), axis=[-2, -1])
    return tf.logical_and(
        tf.logical_and(_is_symmetric(matrix), tf.logical_not(has_infinity)),
        _has_positive_pivots(matrix))


def positive_definite_cholesky(matrix):
    """Cholesky factors, and whether each matrix is symmetric and positive definite.

    TensorFlow's own raises an error where a matrix is not. Here, the factor is the
    identity matrix then, so that slopes are numbers.

    :param matrix: A Tensor of shape ``[..., d, d]``, float32 or float64.
    :return: Tensors of shape ``[..., d, d]`` and ``[...]``.
    """
    inside = is_positive_definite(matrix)
    transposed = tf.linalg.matrix_transpose(matrix)
    identity = tf.eye(tf.shape(matrix)[-1], dtype=matrix.dtype)
    matrix = tf.where(
        inside[..., tf.newaxis, tf.newaxis], 0.5 * (matrix + transposed), identity)
    size = matrix.shape.as_list()[-1] if matrix.shape.rank else None
    if size is None or size > _MOST_ROWS_TO_ELIMINATE:
        numbers, is_number = _numbers_or_identity(matrix)
        return tf.where(is_number[..., tf.newaxis, tf.newaxis], tf.linalg.cholesky(
            numbers), matrix.dtype.as_numpy_dtype(np.nan)), inside
    columns = [column for _, column in _eliminated(matrix, size)]
    return tf.stack(columns, axis=-1), inside


def _is_symmetric(matrix):
    largest = tf.reduce_max(tf.abs(tf.linalg.diag_part(matrix)), axis=-1)
    gap = tf.abs(matrix - tf.linalg.matrix_transpose(matrix))
    return tf.logical_not(tf.reduce_any(
        gap > DATA_TOLERANCE * largest[..., tf.newaxis, tf.newaxis], axis=[-2, -1]))


def _has_positive_pivots(matrix):
    matrix = tf.stop_gradient(0.5 * (matrix + tf.linalg.matrix_transpose(matrix)))
    size = matrix.shape.as_list()[-1] if matrix.shape.rank else None
    if size is None or size > _MOST_ROWS_TO_ELIMINATE:
        return _has_positive_eigenvalues(matrix)
    pivots = [pivot for pivot, _ in _eliminated(matrix, size)]
    return tf.logical_not(tf.reduce_any(tf.stack(pivots, axis=-1) <= 0., axis=-1))


def _eliminated(rest, size):
    """The pivots of symmetric matrices and the columns of their Cholesky factors."""
    for row in range(size):
        pivot = rest[..., 0, 0]
        column = rest[..., 0] / tf.sqrt(pivot)[..., tf.newaxis]
        yield pivot, tf.concat(
            [tf.zeros_like(column[..., :1])] * row + [column], axis=-1)
        below = column[..., 1:]
        rest = rest[..., 1:, 1:] - below[..., tf.newaxis] * below[..., tf.newaxis, :]


def _has_positive_eigenvalues(matrix):
    """By eigenvalues in float64, whose rounding counts as 0: True for nan."""
    numbers, _ = _numbers_or_identity(matrix)
    values = tf.linalg.eigvalsh(tf.cast(numbers, tf.float64))
    rounding = 4. * np.finfo("float64").eps * tf.cast(
        tf.shape(matrix)[-1], tf.float64) * values[..., -1]
    return values[..., 0] > rounding


def _numbers_or_identity(matrix):
    """Matrices without nan and inf, and where that changed nothing."""
    is_number = tf.reduce_all(tf.math.is_finite(matrix), axis=[-2, -1])
    return tf.where(is_number[..., tf.newaxis, tf.newaxis], matrix, tf.eye(
        tf.shape(matrix)[-1], dtype=matrix.dtype)), is_number
