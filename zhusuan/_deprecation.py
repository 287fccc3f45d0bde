"""All warnings of the library: their words, and the line that they blame."""
import os
import sys
import warnings

__all__ = ["warn_deprecated", "warn_user"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# Its frames stand between those of the library.
_AUTOGRAPH = os.path.join("python", "autograph", "")


def warn_deprecated(old, new):
    """Tell the user that `old` still works and that `new` replaces it."""
    warn_user("%s is deprecated and may be removed in a later version; use %s "
              "instead." % (old, new), FutureWarning)


def warn_user(message, category=UserWarning):
    """Warn, and blame the innermost line that is not of this library."""
    frame, stacklevel = sys._getframe(1), 2
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        frame, stacklevel = frame.f_back, stacklevel + 1
    warnings.warn(message, category, stacklevel=stacklevel)


def _is_internal(filename):
    return (os.path.abspath(filename).startswith(_PACKAGE) or
            _AUTOGRAPH in filename)
