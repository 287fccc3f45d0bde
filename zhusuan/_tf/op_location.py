"""The location to which ops are added: eager mode, a graph, or a part of one."""
import contextlib

import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context as _context
from tensorflow.python.ops import control_flow_ops as _control_flow_ops
from tensorflow.python.ops import control_flow_util as _control_flow_util

__all__ = ["CachedPerGraph", "OpLocation", "current_graph", "eagerly", "for_xla",
           "get_graph_storage", "keep_with_functions", "session_graph"]

_KEPT = ("__zhusuan_kept",)  # a collection of the body of a function


def current_graph():
    """The graph that ops are being added to, or None when executing eagerly."""
    if tf.executing_eagerly():
        return None
    return v1.get_default_graph()


def eagerly():
    """A context manager in which ops run at once, in TensorFlow 1 and traces, too."""
    return _context.eager_mode()


def is_compiled_by_xla():
    """Whether XLA compiles the ops added now; it lacks some of the kernels."""
    graph = current_graph()
    return graph is not None and (
        _control_flow_util.GraphOrParentsInXlaContext(graph))


@contextlib.contextmanager
def for_xla():
    """A context: add ops for XLA to compile."""
    place = _control_flow_ops.XLAControlFlowContext()
    place.Enter()
    try:
        yield
    finally:
        place.Exit()


class OpLocation:
    """The place where ops are added now: eagerly, a graph, or a part of one.

    A part is a function body (the graphs of `tf.function`, and of loops and
    branches in TensorFlow 2) or a loop or branch of TensorFlow 1.
    """

    def __init__(self):
        self._graph = current_graph()
        self._branch = _branch_of(self._graph)

    @property
    def is_eager(self):
        """Whether ops run there at once and leave no trace in a graph."""
        return self._graph is None

    def is_visible(self):
        """Whether a value made there may be used where ops are added now.

        A part may use values of the graph around it, but not the reverse. An eager
        value does not count as visible in a traced function, where it would become a
        constant.
        """
        for graph in _enclosing_graphs():
            if graph is self._graph:
                return any(branch is self._branch
                           for branch in _enclosing_branches(graph))
        return False

    @contextlib.contextmanager
    def entered(self):
        """A context: add ops there, also from within a part of it."""
        graph = current_graph()
        if graph is self._graph and _branch_of(graph) is self._branch:
            yield
            return
        with self._graph.as_default(), tf.control_dependencies(None):
            # The line above has left all loops and branches, and restores them.
            self._graph._set_control_flow_context(self._branch)
            yield

    def __str__(self):
        if self._graph is None:
            return "eagerly"
        name = getattr(self._graph, "name", None)
        if name:
            return "in the function %r" % name
        return "in a graph" if self._branch is None else "in a loop or branch"


def _enclosing_graphs():
    graphs = [current_graph()]
    while hasattr(graphs[-1], "outer_graph"):
        graphs.append(graphs[-1].outer_graph)
    return graphs


def _branch_of(graph):
    """The loop or branch of TensorFlow 1 that ops of `graph` are put into."""
    return None if graph is None else graph._get_control_flow_context()


def is_in_loop_of_graph():
    """Whether ops are put into a loop or branch of TensorFlow 1."""
    return _branch_of(current_graph()) is not None


def _enclosing_branches(graph):
    branches = [_branch_of(graph)]
    while branches[-1] is not None:
        branches.append(branches[-1].outer_context)
    return branches


class CachedPerGraph:
    """A value that is computed once, and again where the first is not visible.

    For pure functions of sampled or observed values: computing them twice changes no
    number.
    """

    def __init__(self):
        self._made = None

    def get(self, compute):
        """The cached value, or ``compute()`` if none is visible here."""
        if self._made is None or not self._made[0].is_visible():
            self._made = (OpLocation(), compute())
        return self._made[1]

    def forget(self):
        """Compute again next time."""
        self._made = None


def session_graph():
    """The v1 graph that new variables belong to, which a session runs; else None.

    It is None in eager code and in the `tf.function`s called from it.
    """
    with tf.init_scope():
        return current_graph()


def keep_with_functions(x):
    """Keep `x` alive for as long as the functions that are being traced.

    A v1 graph keeps its variables itself; a function does not.
    """
    for graph in _enclosing_graphs():
        if hasattr(graph, "outer_graph"):
            graph.get_collection_ref(_KEPT).append(x)


def get_graph_storage(graph, make):
    """The object of this library that a v1 graph owns; ``make()`` on the first use.

    It is a collection with a tuple for a key, as TensorFlow's own stores are. Such
    collections are released with their graph and not exported.
    """
    storage = graph.get_collection_ref(("__zhusuan",))
    if not storage:
        storage.append(make())
    return storage[0]
