"""Updates of variables, and other ops that run before or after others."""
import tensorflow.compat.v2 as tf

from zhusuan._tf.op_location import current_graph

__all__ = ["assign_all", "commit", "identity_after"]


def commit(updates, after=()):
    """Make ``variable <- value`` happen for all pairs, reads before writes.

    In a graph this returns one op that computes every value before it changes
    any variable; eagerly and in a `tf.function` the assignments are made in
    program order, with values that are all computed already.

    :param updates: Pairs of a variable and its new value.
    :param after: More Tensors that a graph computes before it changes anything.
    """
    updates = list(updates)
    values = [tf.identity(value) for _, value in updates]
    read = [x for x in values + list(after) if _is_symbolic(x)]
    with tf.control_dependencies(read):
        return assign_all([(variable, value) for (variable, _), value
                           in zip(updates, values)])


def assign_all(updates):
    """Assign all pairs in no particular order; one grouping op in a v1 graph.

    None in a `tf.function`, which runs all its assignments and returns no ops. Bodies
    of loops and branches of TensorFlow 2 in a v1 graph need the op.
    """
    done = [variable.assign(value) for variable, value in updates]
    graph = current_graph()  # those bodies add no control dependencies automatically
    if graph is None or graph._add_control_dependencies:
        return None
    return tf.group(*done)


def _is_symbolic(x):
    return not tf.executing_eagerly() and hasattr(x, "op")


def identity_after(ops, x):
    """`x`, computed only after `ops` have run, such as assertions.

    Assertion functions return None where TensorFlow has checked already
    (eagerly, or statically); those are dropped, since a v1 graph does not take
    them as control dependencies.
    """
    ops = [op for op in ops if op is not None]
    if not ops:
        return x
    with tf.control_dependencies(ops):
        return tf.identity(x)
