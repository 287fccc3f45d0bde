"""Checks of the results of user functions: nests, named tuples and dicts."""
import tensorflow.compat.v2 as tf

__all__ = ["check_same_specs", "check_tensors_by_name", "dicts_of_lists",
           "wrong_result"]


def wrong_result(name, expected, result):
    """The TypeError for a function that returned something else than expected."""
    if isinstance(result, tuple) and not hasattr(result, "_fields"):
        found = "a tuple of length %d" % len(result)
    else:
        found = "None" if result is None else (
            "an object of class %s" % type(result).__name__)
    return TypeError("%s must return %s, but it returns %s." % (name, expected, found))


def check_same_specs(name, new, old):
    """Raise ValueError unless two nests agree in structure, dtypes and shapes.

    :param name: The name of `new` for the error. Leaves that are no Tensors fit all.
    """
    try:
        tf.nest.assert_same_structure(old, new)
        is_same = all(_fits(*pair) for pair in zip(
            tf.nest.flatten(new), tf.nest.flatten(old)))
    except (TypeError, ValueError):
        is_same = False
    if not is_same:
        raise ValueError(
            "%s must have the structure, dtypes and shapes of %s, but it has those of "
            "%s." % (name, _specs(old), _specs(new)))


def check_tensors_by_name(name, result, chain_shape):
    """A dict of Tensors of the shape of the chain axes or 0-D; raises otherwise.

    :param name: The name of the function that returned `result`, for the error.
    """
    if not isinstance(result, dict):
        raise wrong_result(name, "a dict of Tensors by name", result)
    result = {key: tf.convert_to_tensor(x) for key, x in result.items()}
    for key, x in result.items():
        shape = x.shape.as_list() if x.shape.is_fully_defined() else None
        if shape is None or shape[:len(chain_shape)] not in ([], list(chain_shape)):
            raise ValueError(
                "%s: %r must have the shape of the chain axes, %s, or be 0-D, but it "
                "has %s." % (name, key, list(chain_shape), x.shape))
    return result


def dicts_of_lists(info, names):
    """A named tuple, its lists converted to dicts by these names."""
    fields = getattr(info, "_asdict", dict)()
    lists = {field: dict(zip(names, x)) for field, x in fields.items()
             if isinstance(x, list)}
    return info._replace(**lists) if lists else info


def _fits(new, old):
    return not (tf.is_tensor(new) and tf.is_tensor(old)) or (
        new.dtype == old.dtype and new.shape.is_compatible_with(old.shape))


def _specs(nest):
    return tf.nest.map_structure(
        lambda x: tf.TensorSpec(x.shape, x.dtype) if tf.is_tensor(x) else x, nest)
