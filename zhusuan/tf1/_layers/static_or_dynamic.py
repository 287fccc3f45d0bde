"""Sizes and conditions that may be known while the graph is built, or not."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["axis_size", "require_known_size", "smart_cond"]


def axis_size(x, axis):
    """The size of an axis of `x`: an int if it is known, else a Tensor."""
    static = getattr(x.shape[axis], "value", x.shape[axis])
    return tf.shape(x)[axis] if static is None else static


def require_known_size(shape, axis, layer_name):
    """A size of the inputs, on which the shape of weights depends."""
    size = getattr(shape[axis], "value", shape[axis])
    if size is None:
        raise ValueError(
            "The layer {!r} was given inputs of the shape {}; expected axis {} to have "
            "a known size. Set it by inputs.set_shape(...).".format(
                layer_name, shape, axis))
    return size


def smart_cond(condition, if_true, if_false, name=None):
    """`tf.cond`, or a call of the branch if the condition is known."""
    known = condition
    if hasattr(condition, "dtype"):  # a Tensor, a variable or a NumPy scalar
        known = tf.get_static_value(tf.convert_to_tensor(condition))
    if known is None:
        return v1.cond(tf.cast(condition, tf.bool), if_true, if_false, name=name)
    return if_true() if known else if_false()
