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

    >>> from zhusuan.distributions.utils import explicit_broadcast
    >>> x, y = explicit_broadcast([1., 2.], [[3.], [4.]], "x", "y")
    >>> print(x.numpy().tolist(), y.numpy().tolist())
    [[1.0, 2.0], [1.0, 2.0]] [[3.0, 3.0], [4.0, 4.0]]
    """
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    check_broadcast(x_name, x.shape, y_name, y.shape)
    shape = tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))
    return tf.broadcast_to(x, shape), tf.broadcast_to(y, shape)


def maybe_explicit_broadcast(x: TensorLike, y: TensorLike, x_name: str,
                             y_name: str) -> Tuple[tf.Tensor, tf.Tensor]:
    """As :func:`explicit_broadcast`, without an op if static shapes are equal.

    >>> from zhusuan.distributions.utils import maybe_explicit_broadcast
    >>> x, y = maybe_explicit_broadcast([1., 2.], 3., "x", "y")
    >>> print(y.numpy())
    [3. 3.]
    """
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    if x.shape.is_fully_defined() and x.shape == y.shape:
        return x, y
    return explicit_broadcast(x, y, x_name, y_name)


def is_same_dynamic_shape(x: TensorLike, y: TensorLike) -> tf.Tensor:
    """Whether two Tensors have the same dynamic shape, a bool 0-D Tensor.

    >>> from zhusuan.distributions.utils import is_same_dynamic_shape
    >>> print(bool(is_same_dynamic_shape([1., 2.], [3., 4.])))
    True
    """
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

    >>> import tensorflow as tf
    >>> from zhusuan.distributions.utils import log_combination
    >>> n, ks = tf.constant(4.), tf.constant([2., 2.])
    >>> print("%.1f" % tf.exp(log_combination(n, ks)))  # 4! / (2! 2!)
    6.0
    """
    return tf.math.lgamma(n + 1) - tf.reduce_sum(
        tf.math.lgamma(ks + 1), axis=-1)
