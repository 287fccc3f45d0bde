"""Objects that TensorFlow treats as Tensors, variables, and shapes."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.client import session as _session
from tensorflow.python.framework import ops as _ops

from zhusuan._tf.versions import IS_TF1

__all__ = ["is_variable", "register_tensor_like", "shape_of"]


def register_tensor_like(cls):
    """Let TensorFlow treat instances of `cls` as the Tensor in ``.tensor``.

    `cls` must have ``.tensor`` and ``__tf_tensor__(dtype, name)``. It is a class
    decorator and applies to subclasses, too.
    """
    if IS_TF1:
        tf.register_tensor_conversion_function(cls, _convert_tensor_like)
        if hasattr(cls, "name") and hasattr(cls, "dtype"):
            _ops.register_dense_tensor_like_type(cls)  # for tf.stack([x, y])
    _session.register_session_run_conversion_functions(
        cls,
        fetch_function=lambda x: ([x.tensor], lambda values: values[0]),
        feed_function=lambda x, value: [(x.tensor, value)],
        feed_function_for_partial_run=lambda x: [x.tensor])
    return cls


def _convert_tensor_like(value, dtype=None, name=None, as_ref=False):
    if as_ref:
        return NotImplemented
    return value.__tf_tensor__(dtype, name)


def is_variable(x):
    """Whether `x` is a TensorFlow variable, of the ref or resource kind."""
    return isinstance(x, (tf.Variable, v1.Variable))


def shape_of(x):
    """The shape of `x`: a tuple of ints if known, else an int32 Tensor."""
    static = x.shape
    if static.is_fully_defined():
        return tuple(static.as_list())
    return tf.shape(x)
