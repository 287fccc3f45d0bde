"""Steps in the body of a loop of a v1 graph: their variables, and data of loops."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

from zhusuan import _tf
from zhusuan._tf.op_graph import find_nearest_sources, tensor_key

__all__ = ["BodyOps", "fill_with_array", "in_session_graph", "make_data_variable",
           "root_name_scope"]

_ONLY_READ = {"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape",
              "VarIsInitializedOp", "Enter", "Switch"}


def in_session_graph():
    """Whether ops are added to a v1 graph, and not to a function in it."""
    graph = _tf.current_graph()
    return graph is not None and graph is _tf.session_graph()


def root_name_scope():
    """A context: names of ops and variables do not begin with that of a loop."""
    return v1.name_scope(None)


class BodyOps:
    """The ops that are added to the body of a loop from now on.

    The body is a part of the graph in TensorFlow 1, and a function in TensorFlow 2.
    """

    def __init__(self):
        self._graph = v1.get_default_graph()
        self._n_before = len(self._graph.get_operations())

    def uses_references(self):
        """Whether the ops read or assign reference variables.

        In a function, which captures their values, assignments raise a TypeError
        instead.
        """
        return any(op.type == "RefEnter" for op in self._added())

    def find_outdated(self):
        """A Tensor from outside that depends on an assigned variable, or None.

        The loop computes it once, before the first step.

        :return: A pair, the Tensor and the name of the variable.
        """
        assigned = self._find_assigned()
        for x in self._outside():
            if x.dtype != tf.resource:
                for op, _ in find_nearest_sources(x, assigned):
                    return x, op.name
        return None

    def _added(self):
        return self._graph.get_operations()[self._n_before:]

    def _outside(self):
        """The Tensors from outside of the body that its ops use."""
        captured = [outer for outer, _ in _tf.get_captures(self._graph)]
        return captured or [op.inputs[0] for op in self._added() if op.type == "Enter"]

    def _find_assigned(self):
        """The keys of the handles of variables that the ops may assign."""
        handles = {tensor_key(op.outputs[0])
                   for op in _tf.session_graph().get_operations()
                   if op.type == "VarHandleOp"}
        return set().union(*(
            find_nearest_sources(x, handles) for op in self._added()
            if op.type not in _ONLY_READ for x in op.inputs if x.dtype == tf.resource))


def make_data_variable(array):
    """A variable of a session for an array, which graph and checkpoints do not contain.

    It is in no collection, and empty until :func:`fill_with_array` has run.
    """
    with tf.init_scope():
        return ResourceVariable(lambda: _load(array), trainable=False, collections=[],
                                dtype=array.dtype, name="data")


def fill_with_array(variable, array):
    """An op that assigns the array to a variable that is empty."""
    return v1.cond(variable.is_initialized(), tf.no_op,
                   lambda: tf.group(variable.assign(_load(array))))


def _load(array):
    """The array, which the graph refers to, but does not contain."""
    x = tf.numpy_function(lambda: array, [], array.dtype)
    return tf.ensure_shape(x, array.shape)
