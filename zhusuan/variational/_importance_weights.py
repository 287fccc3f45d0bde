"""Mathematics of importance weights, given by their logs."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["bounds_without", "normalized_weights", "samples_first"]


def normalized_weights(log_weights, axis):
    """Weights that add up to 1 over the sample axes; constants to gradients.

    They are 0 where all log weights are -inf.
    """
    log_weights = tf.stop_gradient(log_weights)
    log_sum = tf.reduce_logsumexp(log_weights, axis=axis, keepdims=True)
    return tf.exp(log_weights - tf.where(
        tf.equal(log_sum, -np.inf), tf.zeros_like(log_sum), log_sum))


def samples_first(x, axes):
    """`x` with its sample axes merged into one, in front.

    :param axes: A list of ints.
    """
    if axes == [0]:
        return x
    x = tf.transpose(x, axes + [i for i in range(x.shape.rank) if i not in axes])
    if len(axes) == 1:
        return x
    shape = _tf.shape_of(x)[len(axes):]
    return tf.reshape(x, tf.concat([[-1], shape], 0))


def bounds_without(log_weights):
    r"""The log mean weight with each sample's own weight replaced, in turn.

    .. math::

        L_{-k} = \log \frac{1}{K} \Big(\sum_{j \neq k} e^{l_j} +
            \exp\Big(\frac{1}{K - 1} \sum_{j \neq k} l_j\Big)\Big)

    (Mnih and Rezende, 2016, "Variational inference for Monte Carlo objectives",
    section 2), in time and memory of order K.

    :param log_weights: A float Tensor of shape ``[K, ...]``, :math:`l`.
    :return: A Tensor of the shape of `log_weights`.
    """
    k = tf.cast(_tf.shape_of(log_weights)[0], log_weights.dtype)
    largest = tf.reduce_max(log_weights, 0, keepdims=True)
    largest = tf.where(tf.math.is_finite(largest), largest, tf.zeros_like(largest))
    relative = log_weights - largest  # at most 0
    return largest - tf.math.log(k) + _log_add_exp(
        _log_sum_of_others(relative), _sum_of_others(relative) / (k - 1.))


# What is left of a total after subtracting an element has lost digits where that
# element was most of it. There is one such element at most, the extreme one; the
# others are summed without it.

def _log_sum_of_others(x):
    """``log(sum(exp(x)) - exp(x[k]))`` for all k, where the largest is 0 or -inf."""
    extreme = _first_in_each_column(tf.argmax(x), x)
    without_extreme = tf.reduce_logsumexp(
        tf.where(extreme, tf.constant(-np.inf, x.dtype), x), 0, keepdims=True)
    exp = tf.exp(x)
    rest = tf.maximum(tf.reduce_sum(exp, 0, keepdims=True) - exp, 0.)
    return tf.where(extreme, without_extreme, tf.math.log(rest))


def _sum_of_others(x):
    """``sum(x) - x[k]`` for all k, where x is at most 0."""
    extreme = _first_in_each_column(tf.argmin(x), x)
    without_extreme = tf.reduce_sum(
        tf.where(extreme, tf.zeros_like(x), x), 0, keepdims=True)
    total = tf.reduce_sum(x, 0, keepdims=True)
    rest = tf.where(tf.math.is_inf(total), total, total - x)
    return tf.where(extreme, without_extreme, rest)


def _first_in_each_column(rows, x):
    return tf.one_hot(rows, _tf.shape_of(x)[0], True, False, axis=0)


def _log_add_exp(x, y):
    larger = tf.maximum(x, y)
    return tf.where(tf.equal(larger, -np.inf), larger,
                    larger + tf.math.log1p(tf.exp(-tf.abs(x - y))))
