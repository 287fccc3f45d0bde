"""Densities without gradients to parameters that cannot be listed."""
import tensorflow.compat.v2 as tf

from zhusuan._tf.gradients import differentiable

__all__ = ["stop_parameter_gradients"]


def stop_parameter_gradients(log_prob, given, value_ndims):
    """``log_prob(given)``, with a gradient that flows through `given` alone.

    The function `log_prob` is replaced by its tangent at `given`, so that no gradient
    flows to variables and other Tensors that it uses. Second derivatives are 0.

    :param given: A Tensor of the full shape ``(... +) B + V``.
    :param value_ndims: An int, the number of axes of V.
    """
    fixed = tf.stop_gradient(given)
    value, gradients = differentiable(lambda xs: log_prob(*xs), [fixed])
    slope, = gradients([value])
    slope = tf.zeros_like(given) if slope is None else tf.stop_gradient(slope)
    finite = tf.logical_and(tf.math.is_finite(slope), tf.math.is_finite(given))
    zeros = tf.zeros_like(given)
    # Both factors are masked, because the gradient of a product with nan is nan.
    tangent = tf.where(finite, slope, zeros) * tf.where(finite, given - fixed, zeros)
    return tf.stop_gradient(value) + tf.reduce_sum(
        tangent, axis=list(range(-value_ndims, 0)))
