"""Errors that a user can act on, and files that are written atomically."""

import contextlib
import os


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
