"""Products, solutions and determinants of batches of triangular matrices."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import checked

__all__ = ["log_abs_det", "multiply", "solve", "squared_rows"]


def log_abs_det(name, tril, check_numerics):
    """``log |det tril|`` of triangular matrices."""
    diagonal = tf.linalg.diag_part(tril)
    return tf.reduce_sum(checked(
        "log(diag(%s))" % name, tf.math.log(tf.abs(diagonal)), check_numerics),
        axis=-1)


def squared_rows(tril):
    """The diagonal of ``tril @ tril^T``."""
    return tf.reduce_sum(tf.square(tf.linalg.band_part(tril, -1, 0)), axis=-1)


def multiply(tril, x):
    """``tril @ x``, of shape ``[..., d, m]``."""
    return _on_columns(lambda a, b: tf.matmul(
        tf.linalg.band_part(a, -1, 0), b), tril, x)


def solve(tril, x):
    """``tril^-1 @ x``, of shape ``[..., d, m]``."""
    if x.dtype == tf.float16:  # TensorFlow has no solver for it
        solution = solve(tf.cast(tril, tf.float32), tf.cast(x, tf.float32))
        return tf.cast(solution, tf.float16)
    return _on_columns(_tf.triangular_solve, tril, x)


def _on_columns(op, tril, x):
    """``op(tril, x)`` for a batch of triangles and a larger batch of matrices.

    Batch axes of `x` that `tril` lacks, or that have length 1 in `tril`, become columns
    of one matrix, because one product with many columns is faster than many products
    with one column.
    """
    if tril.shape.rank is None or x.shape.rank is None or (
            x.shape.rank < tril.shape.rank):
        return op(tril, x)
    n_new = x.shape.rank - tril.shape.rank
    lengths = tril.shape.as_list()[:-2]
    one = [axis for axis, length in enumerate(lengths) if length == 1]
    shared = [n_new + axis for axis, length in enumerate(lengths) if length != 1]
    moved = list(range(n_new)) + [n_new + axis for axis in one]
    order = shared + [x.shape.rank - 2] + moved + [x.shape.rank - 1]
    x = _transpose(x, order)
    n_kept = len(shared) + 1
    flat = tf.reshape(x, tf.concat([tf.shape(x)[:n_kept], [-1]], axis=0))
    result = op(tf.squeeze(tril, axis=one) if one else tril, flat)
    result = tf.reshape(result, tf.concat(
        [tf.shape(result)[:n_kept], tf.shape(x)[n_kept:]], axis=0))
    return _transpose(result, np.argsort(order))


def _transpose(x, order):
    return x if list(order) == sorted(order) else tf.transpose(x, order)
