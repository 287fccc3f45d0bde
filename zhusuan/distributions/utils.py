"""Broadcasting of Tensors, and the multinomial coefficient."""
from typing import Tuple

import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import check_broadcast
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import helpers_of_0_4

__all__ = ["explicit_broadcast", "is_same_dynamic_shape", "log_combination",
           "maybe_explicit_broadcast"]

__getattr__ = helpers_of_0_4(__name__)


def explicit_broadcast(x: TensorLike, y: TensorLike, x_name: str,
                       y_name: str) -> Tuple[tf.Tensor, tf.Tensor]:
    """Broadcast two Tensors to their common shape.

    Most TensorFlow ops broadcast without the memory that this takes. Use it only for
    ops that do not broadcast.

    :return: A pair of Tensors of the same shape and their own dtypes.
    """
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    check_broadcast(x_name, x.shape, y_name, y.shape)
    shape = tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))
    return tf.broadcast_to(x, shape), tf.broadcast_to(y, shape)


def maybe_explicit_broadcast(x: TensorLike, y: TensorLike, x_name: str,
                             y_name: str) -> Tuple[tf.Tensor, tf.Tensor]:
    """As :func:`explicit_broadcast`, without an op if static shapes are equal."""
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    if x.shape.is_fully_defined() and x.shape == y.shape:
        return x, y
    return explicit_broadcast(x, y, x_name, y_name)


def is_same_dynamic_shape(x: TensorLike, y: TensorLike) -> tf.Tensor:
    """Whether two Tensors have the same dynamic shape, a bool 0-D Tensor."""
    x_shape, y_shape = tf.shape(x), tf.shape(y)
    same_rank = tf.equal(tf.size(x_shape), tf.size(y_shape))
    return tf.cond(same_rank,
                   lambda: tf.reduce_all(tf.equal(x_shape, y_shape)),
                   lambda: tf.constant(False))


def log_combination(n: tf.Tensor, ks: tf.Tensor) -> tf.Tensor:
    """The log of the multinomial coefficient ``n! / prod_i(k_i!)``.

    :param n: A float Tensor of shape ``[...]``, the totals.
    :param ks: A float Tensor of shape ``[..., K]``, the counts.
    :return: A Tensor of shape ``[...]``.
    """
    return tf.math.lgamma(n + 1) - tf.reduce_sum(
        tf.math.lgamma(ks + 1), axis=-1)
