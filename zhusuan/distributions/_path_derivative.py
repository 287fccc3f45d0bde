"""Gradients of densities whose parameters cannot be listed one by one."""
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import differentiable

__all__ = ["stop_parameter_gradients"]


def stop_parameter_gradients(log_prob, given, value_ndims):
    """``log_prob(given)``, whose gradient flows through `given` alone.

    Not to what the function `log_prob` uses besides, such as variables: it is
    replaced by its tangent at `given`. For gradients of first order.

    :param given: A Tensor of shape ``(... +) B + V``, not to be broadcast further.
    :param value_ndims: An int, the number of axes of V.
    """
    fixed = tf.stop_gradient(given)
    value, gradients = differentiable(lambda xs: log_prob(*xs), [fixed])
    slope, = gradients([value])
    slope = tf.zeros_like(given) if slope is None else tf.stop_gradient(slope)
    finite = tf.logical_and(tf.math.is_finite(slope), tf.math.is_finite(given))
    zeros = tf.zeros_like(given)
    # where, twice: a tangent of nan would have the gradient nan.
    tangent = tf.where(finite, slope, zeros) * tf.where(finite, given - fixed, zeros)
    return tf.stop_gradient(value) + tf.reduce_sum(
        tangent, axis=list(range(-value_ndims, 0)))
