"""Numbers and switches that users give as Python values or as Tensors."""
import tensorflow.compat.v2 as tf

__all__ = ["as_float", "if_on", "is_off"]


def as_float(x, dtype):
    """A 0-D Tensor of `dtype`; a Python float keeps all its digits."""
    return tf.cast(x, dtype) if tf.is_tensor(x) else tf.constant(x, dtype)


def is_off(switch):
    """Whether a switch is off for good: a Tensor may be on at any time."""
    return switch is None or switch is False


def if_on(switch, make_new, old):
    """The nest `old`, or where `switch` is true the one `make_new` returns."""
    if is_off(switch):
        return old
    return tf.nest.map_structure(
        lambda new, old: tf.where(switch, new, old), make_new(), old)
