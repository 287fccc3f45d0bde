"""The file format of chains: arrays and a JSON text in an .npz file."""
import json
import os

import numpy as np

from zhusuan.utils._arrays_file import write_arrays

__all__ = ["read", "write"]

# Of arrays: what a name in the file begins with.
_PARTS = ("draws", "derived", "statistics", "warmup_statistics", "state")


def write(path, parts, numbers):
    """Write a whole file; a failure leaves the old one unchanged.

    :param path: A str.
    :param parts: Dicts of arrays by name, by the names of _PARTS.
    :param numbers: A dict that JSON can hold.
    """
    arrays = {"%s/%s" % (part, name): x for part in _PARTS
              for name, x in parts[part].items()}
    arrays["numbers"] = json.dumps(numbers)
    write_arrays(path, arrays, "Chains.save")


def read(path, number_names):
    """The parts that :func:`write` wrote, and the numbers of these names.

    Raises OSError, which names the file, if it cannot be opened, and ValueError if it
    is truncated or another file.
    """
    with open(path, "rb") as file:  # np.load leaves it open where it raises
        try:
            parts, numbers = _parse(file)
            _check(parts, numbers, number_names)
        except MemoryError:
            raise
        except Exception as error:  # bytes of any kind: no list would be complete
            raise ValueError(
                "Chains.load: the file %r %s (%s: %s). Pass the path of a file that "
                "Chains.save wrote." % (path, _fault(path), type(error).__name__,
                                        error)) from error
    return parts, numbers


def _parse(file):
    arrays = np.load(file, allow_pickle=False)
    if not isinstance(arrays, np.lib.npyio.NpzFile):
        raise ValueError("it holds one array")
    if "numbers" not in arrays.files:
        raise ValueError("its arrays are %s" % ", ".join(sorted(arrays.files)))
    parts = {part: {} for part in _PARTS}
    for key in arrays.files:
        part, _, name = key.partition("/")
        if part in parts:
            parts[part][name] = arrays[key]
    return parts, json.loads(str(arrays["numbers"]))


def _check(parts, numbers, number_names):
    if not isinstance(numbers, dict) or set(numbers) != set(number_names):
        raise ValueError("its numbers are %s, expected %s" % (
            ", ".join(map(repr, numbers)) if isinstance(numbers, dict) else numbers,
            ", ".join(map(repr, number_names))))
    if set(parts["state"]) != {str(i) for i in range(len(parts["state"]))}:
        raise ValueError("a part of the state is missing")
    shapes = {name: x.shape[:1 + numbers["chain_rank"]]
              for name, x in [*parts["draws"].items(), *parts["derived"].items()]}
    if len(set(shapes.values())) != 1:
        raise ValueError("its draws have the shapes %s of samples and chains" % shapes)


def _fault(path):
    if not os.path.getsize(path):
        return "is empty"
    with open(path, "rb") as file:
        if file.read(2) == b"PK":  # of every .npz file
            return "is truncated, damaged, or not one of chains"
    return "does not hold chains"
