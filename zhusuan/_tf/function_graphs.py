"""Graphs of function bodies: captures, scratch graphs, placeholders."""
import tensorflow.compat.v1 as v1
from tensorflow.python.framework.func_graph import FuncGraph as _FuncGraph

__all__ = ["captured", "scratch_graph", "stand_in"]


def captured(graph):
    """Pairs (outer, inner) of Tensors: what the body of a function uses from outside.

    None in a graph that is not the body of a function.
    """
    return list(graph.captures) if isinstance(graph, _FuncGraph) else []


def scratch_graph():
    """A context: ops are added to the body of a function that is never called."""
    return _FuncGraph("scratch").as_default()


def stand_in(dtype, shape):
    """A Tensor without a value, where ops are added to a graph."""
    return v1.placeholder(dtype, shape)
