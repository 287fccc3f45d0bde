"""Graphs of function bodies: captures, scratch graphs, placeholders."""
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.framework.func_graph import FuncGraph as _FuncGraph

__all__ = ["get_assigned_variables", "get_captures", "get_functions",
           "make_placeholder", "scratch_graph"]

_LARGE_CONSTANT = 2 ** 20  # bytes
_ONLY_READ = {"ReadVariableOp", "ResourceGather", "ResourceGatherNd", "VariableShape"}


def get_captures(graph):
    """Pairs (outer, inner) of the Tensors that the body of a function captures.

    The list is empty for a graph that is not the body of a function.
    """
    return list(graph.captures) if isinstance(graph, _FuncGraph) else []


def get_assigned_variables():
    """The variables that the function that is being traced may assign, a list.

    These include variables that it passes to loops or other functions.
    """
    graph = v1.get_default_graph()
    # TensorFlow sets its public list, `variables`, only when the trace has ended.
    by_handle = {id(x.handle): x for x in getattr(graph, "_watched_variables", ())}
    return [by_handle[id(outer)] for outer, inner in get_captures(graph)
            if id(outer) in by_handle and any(
                op.type not in _ONLY_READ for op in inner.consumers())]


def get_functions(graph):
    """The functions that a graph calls: bodies of loops, and functions of Python.

    TensorFlow releases those of eager code when these objects are released.
    """
    return list(graph._functions.values()) + list(
        getattr(graph, "_py_funcs_used_in_graph", []))


def scratch_graph():
    """A context: ops are added to the body of a function that is never called."""
    return _ScratchGraph("scratch").as_default()


class _ScratchGraph(_FuncGraph):
    """The body of a function, in which large constants are placeholders.

    TensorFlow 2 would keep three copies of each. `large_constants` is a list of pairs
    of the placeholder and its value, an array.
    """

    def __init__(self, name):
        super().__init__(name)
        self.large_constants = []

    def _create_op_internal(self, op_type, *args, **kwargs):
        attrs = kwargs.get("attrs")
        if op_type != "Const" or not attrs or not _is_large(attrs["value"].tensor):
            return super()._create_op_internal(op_type, *args, **kwargs)
        value = tf.make_ndarray(attrs["value"].tensor)
        with self.as_default():
            x = make_placeholder(value.dtype, value.shape)
        self.large_constants.append((x, value))
        return x.op


def _is_large(tensor_proto):
    return len(tensor_proto.tensor_content) >= _LARGE_CONSTANT


def make_placeholder(dtype, shape):
    """A Tensor without a value in the graph to which ops are added."""
    return v1.placeholder(dtype, shape)
