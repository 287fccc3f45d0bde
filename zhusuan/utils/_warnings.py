"""All warnings of the library: their words, and the line that they blame."""
import os
import sys
import warnings
from importlib import import_module
from typing import Any, Dict, Tuple

__all__ = ["helpers_of_0_4", "user_location", "warn_deprecated", "warn_once",
           "warn_user"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Its frames stand between those of the library.
_AUTOGRAPH = os.path.join("python", "autograph", "")
# The filters in force when a key was last warned about.
_warned: Dict[Tuple[Any, Any], Any] = {}


def warn_deprecated(old, new):
    """Warn that `old` is deprecated in favour of `new`."""
    warn_user("%s is deprecated and may be removed in a later version; use %s "
              "instead." % (old, new), FutureWarning)


def warn_user(message, category=UserWarning):
    """Warn, and blame the innermost line that is not of this library."""
    warnings.warn(message, category, stacklevel=2 + _n_internal_frames())


def helpers_of_0_4(module):
    """The `__getattr__` of a module that offers undocumented helpers of 0.4."""
    def get(name):
        if name.startswith("__"):  # Python asks for `__path__` in an import
            raise AttributeError("module %r has no attribute %r" % (module, name))
        # Imported by name: it imports the modules that call this.
        old = import_module("zhusuan.legacy._helpers")
        if name not in old.helpers_of(module):
            raise AttributeError("module %r has no attribute %r" % (module, name))
        warn_deprecated("%s.%s" % (module, name), old.REPLACEMENTS.get(
            name, "a copy of it in your program"))
        return old.helpers_of(module)[name]
    return get


def user_location():
    """The innermost line that is not of this library: (file name, line number)."""
    frame = sys._getframe(1 + _n_internal_frames())
    return frame.f_code.co_filename, frame.f_lineno


def warn_once(key, message, category, location):
    """Warn at a place in the user's program, the first time for a key.

    Python's registry compares whole messages, this one the key. As there, a new
    list of filters, such as that of `warnings.catch_warnings`, resets this.

    :param location: As from :func:`user_location`.
    """
    if _warned.get((location, key)) is not warnings.filters:
        _warned[location, key] = warnings.filters
        warnings.warn_explicit(message, category, *location)


def _n_internal_frames():
    """How many frames of this library stand between the caller and the user."""
    frame, n_frames = sys._getframe(1), 0
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        frame, n_frames = frame.f_back, n_frames + 1
    return n_frames - 1


def _is_internal(filename):
    return (os.path.abspath(filename).startswith(_PACKAGE) or
            _AUTOGRAPH in filename)
