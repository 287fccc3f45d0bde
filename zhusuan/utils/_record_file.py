"""Records of arrays in .npz files.

A *record* is a pair: dicts of arrays by name, by the names of its parts, and a dict of
values that JSON can hold.
"""
import json

import numpy as np

__all__ = ["as_list", "by_index", "load_record", "save_record"]


def save_record(file, record, key):
    """Write a record to a binary file.

    :param key: The name of the JSON text in the file, which marks what it holds.
    """
    parts, values = record
    arrays = {"%s/%s" % (part, name): x for part, of_part in parts.items()
              for name, x in of_part.items()}
    np.savez(file, **dict(arrays, **{key: json.dumps(values)}))


def load_record(file, part_names, key):
    """The record of a binary file; parts without arrays are empty dicts.

    Raises an exception of any kind where the file is not such a record.
    """
    arrays = np.load(file, allow_pickle=False)
    if not isinstance(arrays, np.lib.npyio.NpzFile):
        raise ValueError("the file contains one array")
    if key not in arrays.files:
        raise ValueError("the arrays are %s" % ", ".join(sorted(arrays.files)))
    parts = {part: {} for part in part_names}
    for name in arrays.files:
        part, _, name_in_part = name.partition("/")
        if part in parts:
            parts[part][name_in_part] = arrays[name]
    return parts, json.loads(str(arrays[key]))


def by_index(arrays):
    """A dict of a list of arrays by the texts of their indices, a part of a record."""
    return {str(i): x for i, x in enumerate(arrays)}


def as_list(part):
    """The list that :func:`by_index` took."""
    if set(part) != {str(i) for i in range(len(part))}:
        raise ValueError("a part of the state is missing")
    return [part[str(i)] for i in range(len(part))]
