"""The file format of fits: arrays and a JSON text in an .npz file."""
import json

import numpy as np

from zhusuan.utils._arrays_file import write_arrays

__all__ = ["read", "write"]

_PARTS = ("draws", "history", "state")
_ATTRIBUTES = {"value", "error", "is_bound", "method", "estimators", "seed", "n_done",
               "is_complete", "is_converged"}


def write(path, draws, history, state, attributes):
    """Write a whole file; a failure leaves the old one unchanged.

    :param draws: A dict of arrays by name.
    :param history: A dict of arrays by name.
    :param state: A list of arrays.
    :param attributes: A dict that JSON can hold.
    """
    parts = {"draws": draws, "history": history,
             "state": {str(i): x for i, x in enumerate(state)}}
    arrays = {"%s/%s" % (part, name): x for part in _PARTS
              for name, x in parts[part].items()}
    arrays["fit"] = json.dumps(attributes)
    write_arrays(path, arrays, "Fit.save")


def read(path):
    """The dicts of arrays by part, and the attributes, that :func:`write` wrote."""
    with open(path, "rb") as file:  # np.load leaves it open where it raises
        try:
            arrays = np.load(file, allow_pickle=False)
            attributes = json.loads(str(arrays["fit"]))
            parts = {part: {} for part in _PARTS}
            for key in arrays.files:
                part, _, name = key.partition("/")
                if part in parts:
                    parts[part][name] = arrays[key]
            if set(attributes) != _ATTRIBUTES:
                raise ValueError("its attributes are %s" % sorted(attributes))
        except MemoryError:
            raise
        except Exception as error:  # bytes of any kind: no list would be complete
            raise ValueError(
                "Fit.load: the file %r is truncated, damaged, or not one of a fit (%s: "
                "%s). Pass the path of a file that Fit.save wrote." % (
                    path, type(error).__name__, error)) from error
    return parts, attributes
