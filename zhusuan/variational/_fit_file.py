"""The file format of fits: a record in an .npz file."""
from zhusuan.utils._record_file import as_list, by_index, load_record, save_record
from zhusuan.utils._replaced_file import replacing

__all__ = ["read", "write"]

_PARTS = ("draws", "history", "state")
_KEY = "fit"
_ATTRIBUTES = {"value", "error", "is_bound", "method", "estimators", "seed", "n_done",
               "is_complete", "is_converged", "is_compiled"}


def write(path, draws, history, state, attributes):
    """Write a whole file; a failure leaves the old one unchanged.

    :param draws: A dict of arrays by name.
    :param history: A dict of arrays by name.
    :param state: A list of arrays.
    :param attributes: A dict that JSON can hold.
    """
    parts = {"draws": draws, "history": history, "state": by_index(state)}
    with replacing(path, "Fit.save") as file:
        save_record(file, (parts, attributes), _KEY)


def read(path):
    """A dict of the first three arguments of :func:`write`, and the attributes."""
    with open(path, "rb") as file:  # np.load leaves it open where it raises
        try:
            parts, attributes = load_record(file, _PARTS, _KEY)
            parts["state"] = as_list(parts["state"])
            attributes.setdefault("is_compiled", None)  # not in earlier files
            if set(attributes) != _ATTRIBUTES:
                raise ValueError("the attributes are %s" % sorted(attributes))
        except MemoryError:
            raise
        except Exception as error:  # bytes of any kind: no list would be complete
            raise ValueError(
                "Fit.load: the file %r is truncated, damaged, or not one of a fit (%s: "
                "%s). Pass the path of a file that Fit.save wrote." % (
                    path, type(error).__name__, error)) from error
    return parts, attributes
