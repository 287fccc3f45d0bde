"""Files that are there in full or not at all, and directories to put them in."""

import contextlib
import glob
import os
import tempfile


class DatasetError(ValueError):
    """A data file is missing, damaged, or not what it is taken for."""


@contextlib.contextmanager
def parsing(origin):
    """Turn every error of the block into a `DatasetError` that names the file.

    :param origin: A file, or words for it.
    """
    try:
        yield
    except (DatasetError, MemoryError):
        raise
    except Exception as error:  # bytes of any kind: no list would be complete
        raise DatasetError(
            "{} is damaged or not in the expected format ({}: {}). Delete it and run "
            "again to get it anew.".format(
                origin, type(error).__name__, error)) from error


class UnwritableDirError(OSError):
    """A directory that a script has to write to cannot be written to."""


@contextlib.contextmanager
def write_atomically(path):
    """Open a binary file that appears under `path` only when it is complete.

    The bytes go to a hidden file `.NAME.PID.part` beside `path`, which is
    renamed when the `with` block ends well. Whatever else happens, Ctrl-C
    included, it is removed; after `kill -9` it stays behind, and `path` is as
    it was before.

    :param path: The name of the file: str, bytes or `os.PathLike`.
    :return: A context manager that yields the open file.
    """
    path = os.fsdecode(path)
    folder, name = os.path.split(path)
    part = os.path.join(folder, ".{}.{}.part".format(name, os.getpid()))
    try:
        with open(part, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise


def prepare_dir(path, purpose, option):
    """Make a directory if need be and see that files can be written there.

    :param path: The directory: str, bytes or `os.PathLike`.
    :param purpose: What the directory is, for the error ("result directory").
    :param option: What the user sets to choose another ("--result-dir").
    :return: `path` as a str.
    :raises UnwritableDirError: It cannot be made or written to.
    """
    path = os.fsdecode(path)
    try:
        os.makedirs(path, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise UnwritableDirError(
            "Cannot write to the {} {!r}: {}. Expected a directory that is "
            "there or can be made, and that takes new files; choose another "
            "with {}.".format(purpose, path, error.strerror or error, option)) from None
    return path


def prepare_result_dir(path):
    """Make the directory of one run ready, before any work is done.

    Unfinished files of a killed run are removed.

    :param path: The directory: str, bytes or `os.PathLike`. One run at a time writes
        to it; its workers may call this at the same time.
    :return: `path` as a str.
    :raises UnwritableDirError: It cannot be made or written to.
    """
    path = prepare_dir(path, "result directory", "--result-dir")
    for leftover in glob.glob(os.path.join(glob.escape(path), ".*.part")):
        with contextlib.suppress(FileNotFoundError):  # another worker was faster
            os.remove(leftover)
    return path
