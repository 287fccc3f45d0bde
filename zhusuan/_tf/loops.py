"""Loops that stack the results of a function for each index."""
import tensorflow.compat.v2 as tf

__all__ = ["stack_in_loop"]


def stack_in_loop(function, n):
    """Evaluate ``function(i)`` for each i below n in turn, and stack the results.

    :param function: A function of an integer Tensor that returns a nest of Tensors.
    """
    # The first call is outside the loop, so that a model can create variables.
    first = function(tf.constant(0))
    arrays = [tf.TensorArray(x.dtype, size=n, element_shape=x.shape).write(0, x)
              for x in tf.nest.flatten(first)]
    _, arrays = tf.while_loop(
        lambda i, _: i < n,
        lambda i, arrays: (i + 1, [a.write(i, x) for a, x in zip(
            arrays, tf.nest.flatten(function(i)))]),
        (tf.constant(1), arrays), parallel_iterations=1)
    return tf.nest.pack_sequence_as(first, [array.stack() for array in arrays])
