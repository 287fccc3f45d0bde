"""Stacks of contexts, shared variables, and the ops that Tensors depend on."""
import functools
import threading
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Sequence, Type, TypeVar, Union

import tensorflow.compat.v2 as tf

from zhusuan._tf import op_graph
from zhusuan.framework._variable_store import VariableStore
from zhusuan.utils._warnings import warn_deprecated

__all__ = ["Context", "get_backward_ops", "reuse", "reuse_variables"]

_C = TypeVar("_C", bound="Context")


class _Stacks(threading.local):
    """The active contexts of one thread, by family of classes."""

    def __init__(self) -> None:
        self.by_family: Dict[type, List[Any]] = {}


class Context:
    """A context manager with a stack of its active instances.

    Each direct subclass has one stack per thread, shared with its own subclasses.

    >>> from zhusuan.framework.utils import Context
    >>> class Scope(Context):
    ...     pass
    >>> with Scope() as scope:
    ...     Scope.get_context() is scope
    True
    """

    _stacks = _Stacks()

    @classmethod
    def get_contexts(cls: Type[_C]) -> List[_C]:
        """The active instances of this class in this thread, outermost first."""
        family = cls.__mro__[cls.__mro__.index(Context) - 1]
        return cls._stacks.by_family.setdefault(family, [])

    @classmethod
    def innermost(cls: Type[_C]) -> Optional[_C]:
        """The innermost active instance of this class, or None."""
        contexts = cls.get_contexts()
        return contexts[-1] if contexts else None

    @classmethod
    def get_context(cls: Type[_C]) -> _C:
        """The innermost active instance of this class.

        Raises `RuntimeError` if there is none.
        """
        context = cls.innermost()
        if context is None:
            raise RuntimeError(
                "No %s is active in this thread. Enter one by `with %s(...):`."
                % (cls.__name__, cls.__name__))
        return context

    def __enter__(self: _C) -> _C:
        self.get_contexts().append(self)
        return self

    def __exit__(self, exc_type: Optional[Type[BaseException]],
                 exc_value: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.get_contexts().pop()


def reuse_variables(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function so that only its first call creates variables.

    Later calls reuse them, whether they come from `get_variable`, `tf.layers`,
    `tf.Variable` or Keras layers created in the function; in a v1 graph, eagerly and
    in a `tf.function`. The function must create the same variables in the same order
    at each call; otherwise a later call raises `ValueError`.

    :param scope: A string, the name scope of the variables. Raises `TypeError` if it
        is not a string.

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
            "reuse_variables requires the name of a scope, a string, but `scope` is "
            '%r. Write @zs.reuse_variables("name") above the function.'
            % (scope,))

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        store = VariableStore(scope, function)

        @functools.wraps(function)
        def with_shared_variables(*args: Any, **kwargs: Any) -> Any:
            return store(*args, **kwargs)
        shared: Any = with_shared_variables  # whose type has no such attribute
        shared.variable_store = store
        return shared
    return decorate


def reuse(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Deprecated alias of :func:`reuse_variables`.

    >>> import warnings
    >>> import zhusuan as zs
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     decorate = zs.reuse("scope")
    >>> decorate(lambda x: x + 1)(1)
    2
    """
    warn_deprecated("zs.reuse", "zs.reuse_variables")
    return reuse_variables(scope)


def get_backward_ops(
        seed_tensors: Union[tf.Tensor, Sequence[tf.Tensor]],
        treat_as_inputs: Optional[Union[tf.Tensor, Sequence[tf.Tensor]]] = None
) -> List[tf.Operation]:
    """Return the ops of a graph that some Tensors depend on.

    :param seed_tensors: A Tensor, or a list of Tensors.
    :param treat_as_inputs: A Tensor, or a list of Tensors. The search stops there:
        their ops, and ops that only those depend on, are excluded unless a control
        dependency requires them.

    :return: A list of `tf.Operation` in topological order: inputs and control
        inputs of an op precede it.

    >>> import tensorflow.compat.v1 as tf
    >>> import zhusuan as zs
    >>> with tf.Graph().as_default():
    ...     x = tf.placeholder(tf.float32, name="x")
    ...     y = tf.square(x, name="y")
    ...     print([op.name for op in zs.get_backward_ops(y)])
    ['x', 'y']
    """
    return op_graph.get_backward_ops(seed_tensors, treat_as_inputs)
