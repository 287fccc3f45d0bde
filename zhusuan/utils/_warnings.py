"""Warnings with the location of the user's code."""
import os
import re
import sys
import warnings
from typing import Any, Dict, Tuple

__all__ = ["helpers_of_0_4", "register_helpers_of_0_4", "user_location",
           "warn_deprecated", "warn_once", "warn_user", "warn_without_xla"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Frames of AutoGraph occur between those of the library.
_AUTOGRAPH = os.path.join("python", "autograph", "")
# The filters in force when a key was last warned about.
_warned: Dict[Tuple[Any, Any], Any] = {}
# Undocumented functions of 0.4, and their replacements, by module and name.
_helpers: Dict[str, Any] = {}


def warn_deprecated(old, new):
    """Warn that `old` is deprecated in favour of `new`."""
    warn_user("%s is deprecated and may be removed in a later version; use %s "
              "instead." % (old, new), FutureWarning)


def warn_user(message, category=UserWarning):
    """Warn with the location of the innermost line outside of this library."""
    warnings.warn(message, category, stacklevel=2 + _n_internal_frames())


def register_helpers_of_0_4(module, functions, replacements):
    """Let a module offer undocumented functions of 0.4, by their names.

    :param module: The name of a module that has :func:`helpers_of_0_4`.
    :param functions: A dict of functions by name.
    :param replacements: A dict of replacements by name, for the warning.
    """
    _helpers[module] = {
        name: (function, replacements.get(name, "a copy of it in your program"))
        for name, function in functions.items()}


def helpers_of_0_4(module):
    """The `__getattr__` of a module that offers undocumented functions of 0.4."""
    def get(name):
        if name not in _helpers.get(module, {}):
            raise AttributeError("module %r has no attribute %r" % (module, name))
        function, replacement = _helpers[module][name]
        warn_deprecated("%s.%s" % (module, name), replacement)
        return function
    return get


def user_location():
    """The innermost line outside of this library: (file name, line number)."""
    frame = sys._getframe(1 + _n_internal_frames())
    return frame.f_code.co_filename, frame.f_lineno


def warn_once(key, message, category, location):
    """Warn once for a key and a location in the user's program.

    Python's registry compares whole messages, this one compares keys. As in Python's,
    a new list of filters, such as that of `warnings.catch_warnings`, resets it.

    :param location: The result of :func:`user_location`.
    """
    if _warned.get((location, key)) is not warnings.filters:
        _warned[location, key] = warnings.filters
        warnings.warn_explicit(message, category, *location)


def warn_without_xla(what, names, reason):
    """Warn, once for a line of the user's program, that XLA cannot compile a model.

    :param what: A string, what takes place without XLA.
    :param names: A list of names that identify the model.
    :param reason: A string, a line of the error.
    """
    # The reason numbers the functions of the program, differently in each run.
    key = "jit_compile", what, tuple(names), re.sub(r"\d", "", reason)
    warn_once(key, (
        'jit_compile="auto": XLA cannot compile the model, so the %s runs without it: '
        "%s. Pass jit_compile=False to disable this warning." % (what, reason)),
        UserWarning, user_location())


def _n_internal_frames():
    """The number of frames of this library between the caller and the user."""
    frame, n_frames = sys._getframe(1), 0
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        frame, n_frames = frame.f_back, n_frames + 1
    return n_frames - 1


def _is_internal(filename):
    return (os.path.abspath(filename).startswith(_PACKAGE) or
            _AUTOGRAPH in filename)
