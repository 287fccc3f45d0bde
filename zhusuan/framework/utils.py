"""Context stacks, variable sharing, and a walk through a graph."""
import functools
import threading

from zhusuan._tf import op_graph
from zhusuan.framework._variable_store import VariableStore
from zhusuan.utils._warnings import warn_deprecated

__all__ = ["Context", "get_backward_ops", "reuse", "reuse_variables"]


class Context:
    """A context manager whose innermost active instance can be found.

    Every direct subclass has one stack per thread, which it shares with its
    descendants; threads do not see each other's contexts.
    """

    _stacks = threading.local()

    @classmethod
    def get_contexts(cls):
        """The active instances of this class in this thread, outermost first."""
        family = cls.__mro__[cls.__mro__.index(Context) - 1]
        return cls._stacks.__dict__.setdefault(family, [])

    @classmethod
    def innermost(cls):
        """The innermost active instance of this class, or None."""
        contexts = cls.get_contexts()
        return contexts[-1] if contexts else None

    @classmethod
    def get_context(cls):
        """The innermost active instance of this class; RuntimeError if none."""
        context = cls.innermost()
        if context is None:
            raise RuntimeError(
                "No %s is active in this thread. Enter one by `with %s(...):`."
                % (cls.__name__, cls.__name__))
        return context

    def __enter__(self):
        self.get_contexts().append(self)
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.get_contexts().pop()


def reuse_variables(scope):
    """A decorator: the function makes its variables at its first call only.

    Later calls get the same variables, whether they come from `get_variable`,
    `tf.layers`, `tf.Variable` or Keras layers made inside the function, in a v1
    graph, eagerly and in a `tf.function`. The function must create them in the
    same order at each call.

    :param scope: A string, the name scope of the variables.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.reuse_variables("counter")
    ... def weight():
    ...     return tf.Variable(3.)
    >>> weight() is weight()
    True
    """
    if not isinstance(scope, str):
        raise TypeError(
            "reuse_variables needs the name of a scope, a string, but it was "
            "given %r. Write @zs.reuse_variables(\"name\") above the function."
            % (scope,))

    def decorate(function):
        store = VariableStore(scope, function)

        @functools.wraps(function)
        def with_shared_variables(*args, **kwargs):
            return store(*args, **kwargs)
        with_shared_variables.variable_store = store
        return with_shared_variables
    return decorate


def reuse(scope):
    """Deprecated alias of :func:`reuse_variables`."""
    warn_deprecated("zs.reuse", "zs.reuse_variables")
    return reuse_variables(scope)


def get_backward_ops(seed_tensors, treat_as_inputs=None):
    """The ops of a graph that some Tensors depend on.

    :param seed_tensors: A Tensor, or a list of Tensors.
    :param treat_as_inputs: A Tensor, or a list of Tensors. The walk stops there:
        their ops, and what only those depend on, are left out, unless a control
        dependency requires them.

    :return: A list of `tf.Operation` in topological order: inputs and control
        inputs of an op precede it.
    """
    return op_graph.get_backward_ops(seed_tensors, treat_as_inputs)
