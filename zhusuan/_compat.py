"""The seam between ZhuSuan and the TensorFlow that is running.

This is the only file of the library that mentions ``compat.v1``, sessions,
eager execution, private modules or version numbers. Everything else imports
``tensorflow.compat.v2`` and asks here for the handful of things that have no
common name in TensorFlow 1.15 and 2.x.
"""
import contextlib
import os
import sys
from importlib import import_module
from importlib.util import find_spec

import tensorflow
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python import tf2 as _tf2
from tensorflow.python.client import session as _session
from tensorflow.python.eager import context as _context
from tensorflow.python.framework import ops as _ops
from tensorflow.python.framework.func_graph import FuncGraph as _FuncGraph
from tensorflow.python.ops import control_flow_util as _control_flow_util
from tensorflow.python.ops.resource_variable_ops import ResourceVariable
from tensorflow.python.util import deprecation as _tf_deprecation

__all__ = [
    "IS_TF1",
    "PerGraph",
    "Place",
    "V1_API",
    "assign_ops",
    "captured",
    "commit",
    "compiled_by_xla",
    "current_graph",
    "disable_v2",
    "ensured",
    "get_variable",
    "graph_storage",
    "is_variable",
    "make_private_variable",
    "make_template",
    "missing_legacy_keras",
    "program_key",
    "register_tensor_like",
    "scratch_graph",
    "shape_of",
    "stand_in",
    "triangular_solve",
    "unique_variable_scope",
    "use_keras",
    "use_layers",
    "v2_is_on",
    "what_was_made",
]

IS_TF1 = tf.__version__.startswith("1.")
V1_API = tensorflow if IS_TF1 else v1  # 1.15's own module has tf.contrib too


# -- Tensor-like objects ------------------------------------------------------

def register_tensor_like(cls):
    """Let TensorFlow treat instances of `cls` as the Tensor in ``.tensor``.

    `cls` must have ``.tensor`` and ``__tf_tensor__(dtype, name)``. Works as a
    class decorator; subclasses are covered.
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


# -- Where we are -------------------------------------------------------------

def current_graph():
    """The graph that ops are being added to, or None when executing eagerly."""
    if tf.executing_eagerly():
        return None
    return v1.get_default_graph()


def compiled_by_xla():
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
        """Add ops there, where we may be in a part of it now."""
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


def graph_storage(graph, make):
    """The one object of the library that a v1 graph owns, made on first use.

    Kept as a collection with a tuple for a key, as TensorFlow's own stores are:
    such collections go with their graph and are not exported.
    """
    storage = graph.get_collection_ref(("__zhusuan",))
    if not storage:
        storage.append(make())
    return storage[0]


# -- Variables ----------------------------------------------------------------

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


# -- Assertions ---------------------------------------------------------------

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


# -- Linear algebra -----------------------------------------------------------

def triangular_solve(matrix, rhs):
    """`tf.linalg.triangular_solve`, whose batches broadcast in TensorFlow 2 only."""
    if IS_TF1 and not _same_known_batch(matrix, rhs):
        batch = tf.broadcast_dynamic_shape(
            tf.shape(matrix)[:-2], tf.shape(rhs)[:-2])
        matrix, rhs = [tf.broadcast_to(
            x, tf.concat([batch, tf.shape(x)[-2:]], axis=0)) for x in (matrix, rhs)]
    return tf.linalg.triangular_solve(matrix, rhs)


def _same_known_batch(x, y):
    known = x.shape[:-2].is_fully_defined() and y.shape[:-2].is_fully_defined()
    return known and x.shape[:-2] == y.shape[:-2]


# -- Graph analysis -----------------------------------------------------------

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


# -- The TensorFlow-1 API, for zhusuan.tf1 --------------------------------------

def v2_is_on():
    """Whether the program runs eagerly by default or with v2 behaviour."""
    eager = _context.default_execution_mode == _context.EAGER_MODE
    return eager or _tf2.enabled()


def what_was_made():
    """Words for what TensorFlow has made so far in this program, or None.

    Meant for a program with v2 behaviour on. Looking starts nothing.
    """
    eager = _context.context_safe()
    if eager is not None and eager._context_handle is not None:
        return ("its eager runtime runs already (that starts with the first "
                "eager tensor, variable, dataset or call of a tf.function)")
    if _ops.has_default_graph():
        return "the import stands inside a `with tf.Graph().as_default():`"
    count = len(v1.get_default_graph().get_operations())
    return f"the default graph holds {count} operation(s)" if count else None


def disable_v2():
    """Turn v2 behaviour off, without the notice about ref variables."""
    with _tf_deprecation.silence():
        v1.disable_v2_behavior()


def use_layers(layers, rnn_cell):
    """Make these modules `tf.layers` and `tf.nn.rnn_cell` of the TensorFlow-1 API."""
    v1.layers, v1.nn.rnn_cell = layers, rnn_cell


def missing_legacy_keras():
    """The pip requirement of Keras 2, or None if it is installed."""
    if IS_TF1 or find_spec("tf_keras") is not None:
        return None
    return "tf_keras~={}.{}.0".format(*v1.__version__.split(".")[:2])


def use_keras(module=None):
    """Make this module, or by default tf_keras, `tf.keras` of the TensorFlow-1 API.

    TensorFlow's lazy loaders keep the Keras that they chose when they were first
    touched; so set the attributes that they load.
    """
    if module is None:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        module = import_module("tf_keras.api._v1.keras")
        sys.modules.setdefault(  # where TensorFlow Probability looks for it
            "tensorflow.compat.v2.keras", import_module("tf_keras.api._v2.keras"))
    v1.keras = module
