"""Creation of variables in every mode."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from zhusuan._tf.op_location import session_graph

__all__ = ["get_variable", "make_private_variable", "make_template",
           "unique_variable_scope"]


def make_template(scope, function, custom_getter):
    """`tf.make_template`: share variables of `get_variable` in a v1 graph."""
    return v1.make_template(scope, function, custom_getter_=custom_getter)


def get_variable(name, shape, dtype, initializer):
    """A trainable variable; in a v1 graph one of `get_variable`, for templates."""
    if session_graph() is None:
        return tf.Variable(lambda: initializer(shape, dtype=dtype), name=name)
    return v1.get_variable(  # passes `partition_info`, which v2 initializers reject
        name, shape, dtype,
        lambda shape, dtype, partition_info=None: initializer(shape, dtype=dtype))


def unique_variable_scope(name):
    """A v1 variable scope with a unique name; a name scope elsewhere."""
    if session_graph() is None:
        return tf.name_scope(name)
    return v1.variable_scope(None, default_name=name)


def make_private_variable(initial_value, dtype, name):
    """A variable of an algorithm; each trace of a function has its own.

    It is created outside of functions and loops, and is not trainable. Variable
    creators are bypassed: those of stores of shared variables, and those of
    `tf.function`, which allows variables in its first trace only.
    """
    with tf.init_scope():
        return ResourceVariable(
            initial_value, trainable=False, dtype=dtype, name=name)
