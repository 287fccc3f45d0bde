"""Batch normalization (Ioffe and Szegedy, 2015), for `tf.layers` and contrib."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.static_or_dynamic import smart_cond

__all__ = ["batch_moments", "fused_normalize", "normalize", "unbiased_variance",
           "update_moving_averages"]


def batch_moments(x, axes, moving, training):
    """Mean and variance over `axes` in training, otherwise the moving averages.

    :param axes: The axes to reduce.
    :param moving: The moving averages of mean and variance, whose shapes the
        results have.
    :param training: A bool or a Tensor.
    """
    def of_batch():
        moments = v1.moments(tf.cast(x, moving[0].dtype.base_dtype), axes,
                                keep_dims=True)
        return tuple(tf.reshape(m, tf.shape(v)) for m, v in zip(moments, moving))

    return smart_cond(training, of_batch, lambda: tuple(tf.identity(v) for v in moving))


def unbiased_variance(variance, x):
    """The variance with n - 1 in the denominator, as in TensorFlow's fused op."""
    n = tf.cast(tf.size(x) // tf.size(variance), variance.dtype)
    return variance * (n / tf.maximum(n - 1., 1.))


def fused_normalize(images, moving, training, beta, gamma, epsilon):
    """Normalize images by TensorFlow's fused op; returns their moments, too.

    The channels are last. The variance of a batch is unbiased.
    """
    gamma = tf.ones_like(moving[1]) if gamma is None else gamma
    beta = tf.zeros_like(moving[0]) if beta is None else beta
    return smart_cond(
        training,
        lambda: tuple(v1.fused_batch_norm(images, gamma, beta, epsilon=epsilon)),
        lambda: tuple(v1.fused_batch_norm(
            images, gamma, beta, *moving, epsilon=epsilon, is_training=False)))


def update_moving_averages(averages, values, momentum, training):
    """Ops that move `averages` towards `values` in training.

    The list is empty if `training` is known to be false.
    """
    def rate(average):
        return tf.cast(1. - momentum, average.dtype.base_dtype)

    if not hasattr(training, "dtype"):
        rates = [rate(v) for v in averages] if training else []
    else:
        known = tf.get_static_value(tf.convert_to_tensor(training))
        if known is not None:
            return update_moving_averages(averages, values, momentum, bool(known))
        rates = [rate(v) * tf.cast(training, v.dtype.base_dtype) for v in averages]
    return [v1.assign_sub(average, (average - value) * r,
                          name="AssignMovingAvg").op
            for average, value, r in zip(averages, values, rates)]


def normalize(x, axes, moments, beta, gamma, epsilon):
    """Standardize `x` by its moments over `axes`, scale by `gamma` and add `beta`."""
    shape = [1 if axis in axes else -1 for axis in range(x.shape.ndims)]

    def broadcast(v):
        if v is None:
            return None
        v = tf.cast(v, x.dtype.base_dtype)
        # A parameter of several axes has all dimensions of `x`.
        return v if v.shape.ndims == x.shape.ndims else tf.reshape(v, shape)

    mean, variance, beta, gamma = [broadcast(v) for v in tuple(moments) + (beta, gamma)]
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
