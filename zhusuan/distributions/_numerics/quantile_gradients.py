"""Gradients of quantiles by the probability at 0 and 1."""
import tensorflow.compat.v2 as tf

__all__ = ["quantile_with_end_slopes"]


def quantile_with_end_slopes(quantile, probability, log_density):
    """``quantile(probability)``, with the derivative 1 / density at 0 and 1.

    Formulas of quantiles contain the logs of the probability and of its complement. At
    0 and 1 the derivatives of the logs are infinite, and their products with 0 are nan.

    :param quantile: A function of a Tensor of probabilities.
    :param probability: A float Tensor.
    :param log_density: The log density, a function of quantiles that returns its limit
        at the ends of the support.
    """
    at_end = tf.logical_or(tf.equal(probability, 0.), tf.equal(probability, 1.))
    value = quantile(tf.where(at_end, tf.stop_gradient(probability), probability))

    @tf.custom_gradient
    def end_slope(probability):
        def gradient(upstream):
            slope = tf.cast(tf.exp(-log_density(value)), upstream.dtype)
            return tf.where(at_end, upstream * slope, tf.zeros_like(upstream))

        return tf.zeros_like(probability), gradient

    return value + tf.cast(end_slope(probability + tf.zeros_like(value)), value.dtype)
