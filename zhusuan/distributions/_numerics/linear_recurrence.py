"""Linear recurrences along time, and their derivatives."""
import tensorflow.compat.v2 as tf

__all__ = ["continue_linearly", "lagged"]


def continue_linearly(coefficients, first, inputs):
    """``x_t = inputs_t + sum_i coefficients_i x_(t - i)``, from `first` on.

    :param coefficients: A Tensor of shape ``[..., p]``: first that of the last number.
    :param first: A Tensor of shape ``[..., p]``, the numbers before.
    :param inputs: A Tensor of shape ``[..., n]``.
    :return: A Tensor of shape ``[..., n]``.
    """
    batch = tf.broadcast_dynamic_shape(
        tf.shape(first)[:-1], tf.shape(coefficients)[:-1])
    batch = tf.broadcast_dynamic_shape(tf.shape(inputs)[:-1], batch)
    return _continue_linearly(*[
        tf.broadcast_to(x, tf.concat([batch, tf.shape(x)[-1:]], axis=0))
        for x in (coefficients, first, inputs)])


@tf.custom_gradient
def _continue_linearly(coefficients, first, inputs):
    """The derivative is another recurrence, backward in time.

    A graph of TensorFlow 1.15 has no derivatives of loops for a tape.
    """
    def follow(before, value):
        x = value + tf.reduce_sum(coefficients * before, axis=-1)
        return tf.concat([x[..., tf.newaxis], before[..., :-1]], axis=-1)

    windows = tf.scan(follow, _roll_axes(inputs, 1),
                      initializer=tf.reverse(first, axis=[-1]))
    x = _roll_axes(windows[..., 0], -1)

    def gradient(upstream):
        by_inputs = tf.reverse(continue_linearly(
            coefficients, tf.zeros_like(first), tf.reverse(upstream, axis=[-1])),
            axis=[-1])
        before = lagged(tf.concat([first, x], axis=-1), tf.shape(first)[-1])
        zeros = tf.zeros_like(first)
        padded = tf.concat([zeros, by_inputs, zeros], axis=-1)
        order = tf.shape(first)[-1]
        after = tf.range(order)[:, tf.newaxis] + tf.range(1, order + 1)
        return (tf.reduce_sum(by_inputs[..., tf.newaxis] * before, axis=-2),
                tf.reduce_sum(coefficients[..., tf.newaxis, :] * tf.gather(
                    padded, after, axis=-1), axis=-1),
                by_inputs)

    return x, gradient


def lagged(x, order):
    """The `order` numbers before each but the first ones, the last number first.

    :param x: A Tensor of shape ``[..., T]``.
    :return: A Tensor of shape ``[..., T - order, order]``.
    """
    places = tf.range(tf.shape(x)[-1] - order)[:, tf.newaxis] + (
        order - 1 - tf.range(order))
    return tf.gather(x, places, axis=-1)


def _roll_axes(x, number):
    """`x` with its axes rolled: by 1, the last axis becomes the first."""
    return tf.transpose(x, tf.roll(tf.range(tf.rank(x)), number, axis=0))
