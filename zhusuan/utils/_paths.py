"""Validation of paths."""
import os

__all__ = ["as_path"]


def as_path(path, argument, alternative=""):
    """`path` as a str; TypeError unless it is a str, bytes or `os.PathLike`.

    :param argument: A str, the name for the error, such as "Chains.save: `path`".
    :param alternative: A str, another accepted type for the error, such as
        " or Chains".
    """
    try:
        return str(os.fsdecode(path))  # not a subclass
    except TypeError:
        raise TypeError(
            "%s must be a path (str, bytes or os.PathLike)%s, but it is %r."
            % (argument, alternative, path)) from None
