"""`tf.contrib.framework.arg_scope`: default arguments for a block of code."""
import contextlib
import functools
import threading

__all__ = ["add_arg_scope", "arg_scope", "has_arg_scope"]

_context = threading.local()
_MARK = "_zhusuan_arg_scope"


def _scope():
    """The default arguments by function in the current block."""
    return getattr(_context, "scope", {})


def add_arg_scope(function):
    """A decorator: let :func:`arg_scope` give `function` default arguments."""

    @functools.wraps(function)
    def with_defaults(*args, **kwargs):
        return function(*args, **dict(_scope().get(with_defaults, {}), **kwargs))

    setattr(with_defaults, _MARK, True)
    return with_defaults


def has_arg_scope(function):
    """Whether `function` has been decorated by :func:`add_arg_scope`."""
    return hasattr(function, _MARK)


@contextlib.contextmanager
def arg_scope(list_ops_or_scope, **kwargs):
    """Give functions default arguments within a block.

    :param list_ops_or_scope: Functions decorated by :func:`add_arg_scope`, whose
        defaults `kwargs` are added to those of the enclosing blocks; or the target of
        ``as`` of an earlier block, which replaces the defaults of the enclosing
        blocks.
    :param kwargs: Default arguments.
    :return: The defaults, which another block can take.
    """
    before = _scope()
    _context.scope = _with_defaults(before, list_ops_or_scope, kwargs)
    try:
        yield _context.scope
    finally:
        _context.scope = before


def _with_defaults(before, functions, defaults):
    if isinstance(functions, dict):
        if defaults:
            raise ValueError(
                "arg_scope was given a scope to use again, and also the arguments {}; "
                "expected the scope alone. Nest two `with` blocks instead.".format(
                    sorted(defaults)))
        return functions
    if not isinstance(functions, (list, tuple)):
        raise TypeError("arg_scope was given {!r}; expected a list of functions, as in "
                        "arg_scope([layers.conv2d], ...).".format(functions))
    after = dict(before)
    for function in functions:
        if not has_arg_scope(function):
            raise ValueError(
                "arg_scope was given {!r}, which is not decorated by "
                "@add_arg_scope; expected a function that is.".format(function))
        after[function] = dict(after.get(function, {}), **defaults)
    return after
