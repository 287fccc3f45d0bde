"""The file formats of chains.

A file holds one record of arrays and numbers, or is a journal: a mark, and several
records of consecutive draws, each an .npz file after its length. The end of a journal
may be incomplete, as a process leaves it that was killed.
"""
import io
import os
import struct

import numpy as np

from zhusuan.utils._record_file import as_list, load_record, save_record
from zhusuan.utils._replaced_file import replacing

__all__ = ["append", "pack", "read", "write", "write_journal"]

_PARTS = ("draws", "derived", "statistics", "warmup_statistics", "state")
_KEY = "numbers"
_MARK = b"ZhuSuan chains 1"
_LENGTH = struct.Struct("<Q")


def write(path, record):
    """Write a whole file; a failure leaves the old one unchanged.

    :param path: A str.
    :param record: See `save_record`.
    """
    with replacing(path, "Chains.save") as file:
        save_record(file, record, _KEY)


def write_journal(path, records):
    """Write a journal as :func:`write` writes a file.

    :param records: An iterable of records, the last of which has the state.

    :return: The number of bytes.
    """
    with replacing(path, "Chains.save") as file:
        file.write(_MARK)
        for record in records:
            file.write(pack(record))
        return file.tell()


def pack(record):
    """The bytes of a record in a journal."""
    file = io.BytesIO()
    save_record(file, record, _KEY)
    content = file.getvalue()
    return _LENGTH.pack(len(content)) + content


def append(path, packed):
    """Append the result of :func:`pack` to a journal."""
    with open(path, "ab") as file:
        file.write(packed)


def read(path, number_names):
    """The record of a file, or of all complete records of a journal.

    :param number_names: The names of its numbers.

    Raises OSError, which names the file, if it cannot be opened, and ValueError if it
    is truncated or another file.
    """
    with open(path, "rb") as file:  # np.load leaves it open where it raises
        try:
            parts, numbers = _read_journal(file) if (
                file.read(len(_MARK)) == _MARK) else _parse(file)
            _check(parts, numbers, number_names)
        except MemoryError:
            raise
        except Exception as error:  # bytes of any kind: no list would be complete
            raise ValueError(
                "Chains.load: the file %r %s (%s: %s). Pass the path of a file that "
                "Chains.save wrote." % (path, _fault(path), type(error).__name__,
                                        error)) from error
    return parts, numbers


def _read_journal(file):
    records = list(map(_parse, _complete_records(file)))
    if not records:
        raise ValueError("the file has no complete record")
    parts, numbers = records[-1]
    for part in _PARTS:
        if part != "state":
            parts[part] = {
                name: np.concatenate([earlier[part][name] for earlier, _ in records])
                for name in parts[part]}
    return parts, numbers


def _complete_records(file):
    """Iterate over the .npz files of a journal, which was read up to its mark."""
    n_left = os.fstat(file.fileno()).st_size - file.tell()
    while n_left >= _LENGTH.size:
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        n_left -= _LENGTH.size + length
        if n_left < 0:
            return
        yield io.BytesIO(file.read(length))


def _parse(file):
    file.seek(0)
    return load_record(file, _PARTS, _KEY)


def _check(parts, numbers, number_names):
    if not isinstance(numbers, dict) or set(numbers) != set(number_names):
        raise ValueError("the fields are %s, expected %s" % (
            ", ".join(map(repr, numbers)) if isinstance(numbers, dict) else numbers,
            ", ".join(map(repr, number_names))))
    as_list(parts["state"])
    shapes = {name: x.shape[:1 + numbers["chain_rank"]]
              for name, x in [*parts["draws"].items(), *parts["derived"].items()]}
    if len(set(shapes.values())) != 1:
        raise ValueError("the draws have the shapes %s of samples and chains" % shapes)


def _fault(path):
    if not os.path.getsize(path):
        return "is empty"
    with open(path, "rb") as file:
        if file.read(2) == b"PK":  # of every .npz file
            return "is truncated, damaged, or not one of chains"
    return "does not hold chains"
