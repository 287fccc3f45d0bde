"""Static or dynamic sizes of Tensors, and static or dynamic branches."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["chosen", "known_size", "size_of"]


def size_of(x, axis):
    """A size of the Tensor `x`: an int if it is known, else a Tensor."""
    static = getattr(x.shape[axis], "value", x.shape[axis])
    return tf.shape(x)[axis] if static is None else static


def known_size(shape, axis, layer_name):
    """A size of the inputs, from which weights get their shape."""
    size = getattr(shape[axis], "value", shape[axis])
    if size is None:
        raise ValueError(
            "The layer {!r} was given inputs of the shape {}; expected axis {} to have "
            "a known size. Set it by inputs.set_shape(...).".format(
                layer_name, shape, axis))
    return size


def chosen(condition, if_true, if_false):
    """`tf.cond`, or the plain branch if the condition is known."""
    known = condition
    if hasattr(condition, "dtype"):  # a Tensor, a variable, or a number of NumPy
        known = tf.get_static_value(tf.convert_to_tensor(condition))
    if known is None:
        return v1.cond(tf.cast(condition, tf.bool), if_true, if_false)
    return if_true() if known else if_false()
