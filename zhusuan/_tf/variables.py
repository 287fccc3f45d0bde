"""Variables, their updates, and assertions before them, in every mode."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.framework.func_graph import FuncGraph as _FuncGraph
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from zhusuan._tf.places import current_graph, program_key

__all__ = ["assign_ops", "commit", "ensured", "get_variable", "make_private_variable",
           "make_template", "unique_variable_scope"]


def make_template(scope, function, custom_getter):
    """`tf.make_template`: `get_variable` shared between calls, v1 graphs."""
    return v1.make_template(scope, function, custom_getter_=custom_getter)


def get_variable(name, shape, dtype, initializer):
    """A trainable variable: from `get_variable` in a v1 graph, for templates."""
    if program_key() is None:
        return tf.Variable(lambda: initializer(shape, dtype=dtype), name=name)
    return v1.get_variable(  # which may pass what v2's initializers do not take
        name, shape, dtype,
        lambda shape, dtype, partition_info=None: initializer(shape, dtype=dtype))


def unique_variable_scope(name):
    """A v1 variable scope whose name no other has, or a name scope elsewhere."""
    if program_key() is None:
        return tf.name_scope(name)
    return v1.variable_scope(None, default_name=name)


def make_private_variable(initial_value, dtype, name):
    """A variable that belongs to an algorithm; each trace of a function has its own.

    Made outside of functions and loops, not trainable, and not seen by variable
    creators: neither stores of shared variables nor `tf.function`, which allows
    variables in its first trace only.
    """
    with tf.init_scope():
        return ResourceVariable(
            initial_value, trainable=False, dtype=dtype, name=name)


def commit(updates, after=()):
    """Make ``variable <- value`` happen for all pairs, reads before writes.

    In a graph this returns one op that computes every value before it changes
    any variable; eagerly and in a `tf.function` the assignments are made in
    program order, with values that are all computed already.

    :param after: More Tensors that a graph computes before it changes anything.
    """
    updates = list(updates)
    values = [tf.identity(value) for _, value in updates]
    read = [x for x in values + list(after) if _is_symbolic(x)]
    with tf.control_dependencies(read):
        return assign_ops([(variable, value) for (variable, _), value
                           in zip(updates, values)])


def assign_ops(updates):
    """Assign all pairs in no particular order; one grouping op in a v1 graph.

    None in a `tf.function`, which runs all its assignments and returns no ops.
    """
    done = [variable.assign(value) for variable, value in updates]
    if isinstance(current_graph(), (type(None), _FuncGraph)):
        return None
    return tf.group(*done)


def _is_symbolic(x):
    return not tf.executing_eagerly() and hasattr(x, "op")


def ensured(assertions, x):
    """`x`, computed only after `assertions` hold.

    Assertion functions return None where TensorFlow has checked already
    (eagerly, or statically); those are dropped, since a v1 graph does not take
    them as control dependencies.
    """
    assertions = [a for a in assertions if a is not None]
    if not assertions:
        return x
    with tf.control_dependencies(assertions):
        return tf.identity(x)
