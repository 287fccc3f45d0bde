"""Errors that a user can act on, and files that are written atomically."""

import contextlib
import os
import tempfile


class UserError(Exception):
    """An error that a user can act on; scripts exit with its message."""


class DatasetError(UserError, ValueError):
    """A data file is missing, damaged or in another format."""


@contextlib.contextmanager
def write_atomically(path):
    """Open a binary file that replaces `path` when the block ends without an error.

    A killed process leaves `path` unchanged, and a file `PATH.part` for the next call.
    """
    with open(path + ".part", "wb") as stream:
        yield stream
    os.replace(path + ".part", path)


class UnwritableDirError(UserError, OSError):
    """A directory that a script writes to is not writable."""


@contextlib.contextmanager
def parsing(origin):
    """Turn every error of the block into a `DatasetError` that names the file.

    :param origin: A str, the file.
    """
    try:
        yield
    except (DatasetError, MemoryError):
        raise
    except Exception as error:  # the errors of arbitrary bytes cannot be listed
        raise DatasetError(
            "{} is damaged or not in the expected format ({}: {}). Delete it and run "
            "again to download it.".format(
                origin, type(error).__name__, error)) from error


def prepare_dir(path, purpose, option):
    """Create a directory if it does not exist, and check that it is writable.

    :raises UnwritableDirError: It cannot be created or written to.
    """
    path = os.fsdecode(path)
    try:
        os.makedirs(path, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UnwritableDirError(
            "Cannot write to the {} {!r}: {}. Choose a writable directory with "
            "{}.".format(purpose, path, error.strerror or error, option)) from None
    return path
