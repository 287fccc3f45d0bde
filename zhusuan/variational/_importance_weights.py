"""Functions of log importance weights."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["leave_one_out_bounds", "merge_sample_axes", "normalize_weights"]


def normalize_weights(log_weights, axis):
    """Weights that sum to 1 over the sample axes, without gradients.

    They are 0 where all log weights are -inf.
    """
    log_weights = tf.stop_gradient(log_weights)
    log_sum = tf.reduce_logsumexp(log_weights, axis=axis, keepdims=True)
    return tf.exp(log_weights - tf.where(
        tf.equal(log_sum, -np.inf), tf.zeros_like(log_sum), log_sum))


def merge_sample_axes(x, axes):
    """Merge the sample axes of `x` into one, the first axis.

    :param axes: A list of non-negative ints.
    """
    if axes == [0]:
        return x
    x = tf.transpose(x, axes + [i for i in range(x.shape.rank) if i not in axes])
    if len(axes) == 1:
        return x
    shape = _tf.shape_of(x)[len(axes):]
    return tf.reshape(x, tf.concat([[-1], shape], 0))


def leave_one_out_bounds(log_weights):
    r"""The log mean weight with the weight of sample k replaced, for each k.

    .. math::

        L_{-k} = \log \frac{1}{K} \Big(\sum_{j \neq k} e^{l_j} +
            \exp\Big(\frac{1}{K - 1} \sum_{j \neq k} l_j\Big)\Big)

    (Mnih and Rezende, 2016, "Variational inference for Monte Carlo objectives",
    section 2), computed in time and memory of order K.

    :param log_weights: A float Tensor of shape ``[K, ...]``, :math:`l`.
    :return: A Tensor of the shape of `log_weights`.
    """
    k = tf.cast(_tf.shape_of(log_weights)[0], log_weights.dtype)
    largest = tf.reduce_max(log_weights, 0, keepdims=True)
    largest = tf.where(tf.math.is_finite(largest), largest, tf.zeros_like(largest))
    relative = log_weights - largest  # at most 0
    terms = [_log_sum_of_others(relative), _sum_of_others(relative) / (k - 1.)]
    return largest - tf.math.log(k) + tf.reduce_logsumexp(tf.stack(terms), 0)


# Subtracting an element from a total cancels digits if the element is most of the
# total. At most one element is, the extreme one; the others are summed without it.

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
