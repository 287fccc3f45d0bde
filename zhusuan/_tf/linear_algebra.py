"""Linear algebra whose batches TensorFlow 1.15 does not broadcast."""
import tensorflow.compat.v2 as tf

from zhusuan._tf.versions import IS_TF1

__all__ = ["triangular_solve"]


def triangular_solve(matrix, rhs):
    """`tf.linalg.triangular_solve`, whose batches broadcast in TensorFlow 2 only."""
    if IS_TF1 and not _same_known_batch(matrix, rhs):
        batch = tf.broadcast_dynamic_shape(
            tf.shape(matrix)[:-2], tf.shape(rhs)[:-2])
        matrix, rhs = [tf.broadcast_to(
            x, tf.concat([batch, tf.shape(x)[-2:]], axis=0)) for x in (matrix, rhs)]
    return tf.linalg.triangular_solve(matrix, rhs)


def _same_known_batch(x, y):
    known = x.shape[:-2].is_fully_defined() and y.shape[:-2].is_fully_defined()
    return known and x.shape[:-2] == y.shape[:-2]
