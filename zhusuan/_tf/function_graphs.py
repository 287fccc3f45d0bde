"""Graphs of function bodies: captures, scratch graphs, placeholders."""
import tensorflow.compat.v1 as v1
from tensorflow.python.framework.func_graph import FuncGraph as _FuncGraph

__all__ = ["get_captures", "make_placeholder", "scratch_graph"]


def get_captures(graph):
    """Pairs (outer, inner) of the Tensors that the body of a function captures.

    The list is empty for a graph that is not the body of a function.
    """
    return list(graph.captures) if isinstance(graph, _FuncGraph) else []


def scratch_graph():
    """A context: ops are added to the body of a function that is never called."""
    return _FuncGraph("scratch").as_default()


def make_placeholder(dtype, shape):
    """A Tensor without a value in the graph to which ops are added."""
    return v1.placeholder(dtype, shape)
