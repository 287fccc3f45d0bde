"""Files that replace each other as a whole."""
import contextlib
import os
import tempfile

__all__ = ["check_folder", "replacing"]


def check_folder(path, argument):
    """Raise OSError unless a file can be made in the folder of `path`.

    :param argument: A str like "checkpoint=", for the error.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            "%s: cannot write to the folder %r (%s). Pass the path of a file in a "
            "folder that exists and is writable." % (
                argument, folder, error.strerror)) from error


@contextlib.contextmanager
def replacing(path, caller):
    """A context with a binary file that replaces the one at `path` at the end.

    :param caller: The name of the public function, for the error.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, unfinished = tempfile.mkstemp(dir=folder, suffix=".npz")
    except OSError as error:
        raise OSError(
            "%s: cannot write to the folder %r (%s). The draws are still in this "
            "object; save them to another path." % (
                caller, folder, error.strerror)) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.replace(unfinished, path)
    except BaseException:
        # Ctrl-C may come after the replacement.
        with contextlib.suppress(FileNotFoundError):
            os.remove(unfinished)
        raise
