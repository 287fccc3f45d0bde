"""Paths that users pass, and objects that are read from them."""
import os

from zhusuan.utils._replaced_file import check_folder

__all__ = ["as_path", "checkpoint_path", "load_to_resume"]


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


def checkpoint_path(checkpoint):
    """A path as a str, in a folder that can be written to; None if there is none."""
    if checkpoint is None:
        return None
    path = as_path(checkpoint, "checkpoint=")
    check_folder(path, "checkpoint=")
    return path


def load_to_resume(kind, resume, checkpoint, alternative):
    """The object to resume, read from a file if `resume` is a path; None if none.

    :param kind: Its class, with a method `load`.
    :param checkpoint: The path of a file to resume instead, if it exists; or None.
    :param alternative: As :func:`as_path` takes.
    """
    if checkpoint is not None and os.path.exists(checkpoint):
        return kind.load(checkpoint)
    if resume is None or isinstance(resume, kind):
        return resume
    return kind.load(as_path(resume, "resume=", alternative))
