"""The checkpoint of a run: a file to which each chunk is added."""
import os

from zhusuan.mcmc import _chains_file
from zhusuan.mcmc._run.run_record import ALL_ROWS
from zhusuan.utils._warnings import warn_user

__all__ = ["Checkpoint"]

# The file is written in parts of some 32 MiB, which are copied in memory.
_PART_BYTES = 2 ** 25


class Checkpoint:
    """A journal of the chains of a run, which `Chains.load` reads at any time.

    A chunk and the new state are appended, which leaves the old states in the file. If
    the appended part becomes larger than the part that was written as a whole, the
    file is rewritten. The bytes written are thus proportional to those of all chunks,
    and the file has at most twice the bytes of the chains. A kill during either leaves
    the file of the previous chunk.

    If writing fails, it ends with a warning, and the run continues.

    :param path: A str.
    """

    def __init__(self, path):
        self._path = path
        self._n_whole = self._n_appended = 0  # bytes
        self._has_failed = False
        self._written = ALL_ROWS

    def add(self, record):
        """Write the additions to a `RunRecord` since the last call."""
        self._attempt(lambda: self._write(record))

    def finish(self, chains):
        """Replace the journal by a file of the form of `Chains.save`."""
        if self._n_whole:
            self._attempt(lambda: chains.save(self._path))

    def _attempt(self, write):
        if self._has_failed:
            return
        try:
            write()
        except OSError as error:
            self._has_failed = True
            warn_user(
                "checkpoint=: the file %r can no longer be written (%s). The run "
                "continues without it. Save the returned chains by Chains.save." % (
                    self._path, error.strerror or error))

    def _write(self, record):
        if not self._appends(record):
            self._n_whole, self._n_appended = _chains_file.write_journal(
                self._path, (x._to_record() for x in record.pieces(_PART_BYTES))), 0
        self._written = record.row_counts

    def _appends(self, record):
        """Append to the file and return True, if it is not too long."""
        if not self._n_whole or not os.path.exists(self._path):
            return False
        entry = _chains_file.pack(record.chains(self._written)._to_record())
        if self._n_appended + len(entry) > self._n_whole:
            return False
        _chains_file.append(self._path, entry)
        self._n_appended += len(entry)
        return True
