"""Checks of nests of Tensors, and words for them in errors."""
import tensorflow.compat.v2 as tf

__all__ = ["check_same_specs", "describe_type"]


def describe_type(x):
    """Words for the type of an object, for an error message."""
    if isinstance(x, tuple) and not hasattr(x, "_fields"):
        return "a tuple of length %d" % len(x)
    return "None" if x is None else "an object of class %s" % type(x).__name__


def check_same_specs(name, new, old):
    """Raise ValueError unless two nests agree in structure, dtypes and shapes.

    :param name: The name of `new` for the error. Leaves that are no Tensors fit all.
    """
    try:
        tf.nest.assert_same_structure(old, new)
        is_same = all(_fits(*pair) for pair in zip(
            tf.nest.flatten(new), tf.nest.flatten(old)))
    except (TypeError, ValueError):
        is_same = False
    if not is_same:
        raise ValueError(
            "%s must have the structure, dtypes and shapes of %s, but it has those of "
            "%s." % (name, _specs(old), _specs(new)))


def _fits(new, old):
    return not (tf.is_tensor(new) and tf.is_tensor(old)) or (
        new.dtype == old.dtype and new.shape.is_compatible_with(old.shape))


def _specs(nest):
    return tf.nest.map_structure(
        lambda x: tf.TensorSpec(x.shape, x.dtype) if tf.is_tensor(x) else x, nest)
