"""Share the variables of a function between its calls."""
import threading
import weakref

import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["VariableStore"]

# Whether a template or an inner store already shares the variable that is being
# created, so that outer stores must not replay it.
_creation = threading.local()


class VariableStore:
    """A function all of whose calls use one set of variables.

    In a v1 graph a template shares variables from `get_variable`. All other
    variables (`tf.Variable`, Keras layers created in the function) are recorded
    in the first call and returned again, in the same order, in later calls.

    Each v1 graph has variables of its own, which are freed with it. Eager code and the
    `tf.function`s called from it form one program.
    """

    def __init__(self, scope, function):
        self._scope, self._function = scope, function
        self._eager_program = None

    def __call__(self, *args, **kwargs):
        return self._program().call(*args, **kwargs)

    @property
    def variables(self):
        """The variables created so far in the current program, in order."""
        return tuple(self._program().variables)

    @property
    def has_run(self):
        """Whether the function has run in the current program."""
        return self._program().has_run

    def _program(self):
        graph = _tf.session_graph()
        if graph is None:
            if self._eager_program is None:
                self._eager_program = _EagerProgram(self._scope, self._function)
            return self._eager_program
        programs = _tf.get_graph_storage(graph, weakref.WeakKeyDictionary)
        if self not in programs:
            programs[self] = _GraphProgram(self._scope, self._function)
        return programs[self]


class _Program:
    """Records the variables of a function in one program, and replays them."""

    def __init__(self, scope, function):
        self._scope, self._function = scope, function
        self._to_replay = None
        self.variables = []

    @property
    def has_run(self):
        return self._to_replay is not None

    def _call_with_replay(self, *args, **kwargs):
        creator = (_Recorder() if self._to_replay is None
                   else _Replayer(self._scope, self._to_replay))
        with tf.variable_creator_scope(creator):
            result = self._function(*args, **kwargs)
        self.variables = self.variables + creator.made
        if self._to_replay is None:
            self._to_replay = creator.to_replay
        else:
            creator.check_all_used()
        return result


class _EagerProgram(_Program):

    def call(self, *args, **kwargs):
        with tf.name_scope(self._scope):
            return self._call_with_replay(*args, **kwargs)


class _GraphProgram(_Program):

    def __init__(self, scope, function):
        super().__init__(scope, function)
        self.call = _tf.make_template(
            scope, self._call_with_replay, _get_shared_variable)


class _Recorder:
    """A variable creator that records the variables that it creates."""

    def __init__(self):
        self.made, self.to_replay = [], []

    def __call__(self, next_creator, **kwargs):
        shared_already = _is_shared()
        variable = _create_shared(next_creator, **kwargs)
        self.made.append(variable)
        if not shared_already:
            self.to_replay.append(variable)
        return variable


class _Replayer:
    """A variable creator that returns recorded variables in their order."""

    def __init__(self, scope, variables):
        self._scope, self._variables = scope, variables
        self._n_used = 0
        self.made = []

    def __call__(self, next_creator, **kwargs):
        if _is_shared():
            variable = next_creator(**kwargs)
            self.made.append(variable)
            return variable
        if self._n_used == len(self._variables):
            raise self._error("one more (%s)" % (
                kwargs.get("name") or "unnamed"))
        self._n_used += 1
        return self._variables[self._n_used - 1]

    def check_all_used(self):
        """Raise if only some of the recorded variables were requested.

        A function that requests none keeps them itself, in layers created in its
        first call.
        """
        if 0 < self._n_used < len(self._variables):
            raise self._error("%d only" % self._n_used)

    def _error(self, requested):
        return ValueError(
            "The function with shared variables in scope %r created %d variables in "
            "its first call, but this call requests %s. Create the same variables, in "
            "the same order, in each call." % (
                self._scope, len(self._variables), requested))


def _get_shared_variable(getter, *args, **kwargs):
    """A custom getter for `get_variable`, for variables that a template shares."""
    return _create_shared(getter, *args, **kwargs)


def _create_shared(create, *args, **kwargs):
    outer, _creation.is_shared = _is_shared(), True
    try:
        return create(*args, **kwargs)
    finally:
        _creation.is_shared = outer


def _is_shared():
    return getattr(_creation, "is_shared", False)
