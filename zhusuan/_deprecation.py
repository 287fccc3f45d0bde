"""One place words every deprecation."""
import warnings

__all__ = ["warn_deprecated"]


def warn_deprecated(old, new, stacklevel=3):
    """Tell the user that `old` still works and that `new` replaces it.

    `stacklevel` counts as in :func:`warnings.warn`; the default blames the
    caller of the function that calls this one.
    """
    warnings.warn("%s is deprecated and may be removed in a later version; "
                  "use %s instead." % (old, new),
                  FutureWarning, stacklevel=stacklevel)
