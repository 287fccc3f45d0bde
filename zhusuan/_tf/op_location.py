"""Where ops are added: eagerly, in a graph, or in a part of one."""
import contextlib

import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.ops import control_flow_util as _control_flow_util

__all__ = ["PerGraph", "Place", "current_graph", "graph_storage", "keep_with_functions",
           "program_key"]

_KEPT = ("__zhusuan_kept",)  # a collection of the body of a function


def current_graph():
    """The graph that ops are being added to, or None when executing eagerly."""
    if tf.executing_eagerly():
        return None
    return v1.get_default_graph()


def is_compiled_by_xla():
    """Whether XLA compiles the ops added now; it lacks some of the kernels."""
    graph = current_graph()
    return graph is not None and (
        _control_flow_util.GraphOrParentsInXlaContext(graph))


class Place:
    """Where ops are added now: eagerly, or in a graph, or in a part of one.

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
        """Whether a value made there may be used where we are now.

        A part may use what stands around it, but not the reverse; and an eager
        value would become a constant of a traced function, so it does not count
        as visible there.
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


def _enclosing_branches(graph):
    branches = [_branch_of(graph)]
    while branches[-1] is not None:
        branches.append(branches[-1].outer_context)
    return branches


class PerGraph:
    """A value that is computed once, and again where that one is not visible.

    For pure functions of what is sampled or observed already: computing them
    twice changes no number.
    """

    def __init__(self):
        self._made = None

    def get(self, compute):
        """The cached value, or ``compute()`` if none is visible here."""
        if self._made is None or not self._made[0].is_visible():
            self._made = (Place(), compute())
        return self._made[1]

    def forget(self):
        """Compute again next time."""
        self._made = None


def program_key():
    """The owner of new variables: the v1 graph being built, or None.

    Eager code and all `tf.function`s called from it form one program (None).
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


def graph_storage(graph, make):
    """The one object of the library that a v1 graph owns, made on first use.

    Kept as a collection with a tuple for a key, as TensorFlow's own stores are:
    such collections go with their graph and are not exported.
    """
    storage = graph.get_collection_ref(("__zhusuan",))
    if not storage:
        storage.append(make())
    return storage[0]
