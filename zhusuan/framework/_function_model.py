"""Log joint densities that are functions of a dict of values by name."""
from collections.abc import Mapping

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import FLOAT_DTYPES
from zhusuan.distributions._conversion import (
    as_numpy,
    default_float_dtype,
    is_tensor_like,
    tensor_dtype,
)

__all__ = ["evaluate_function"]


def evaluate_function(function, values):
    """Evaluate a log joint function.

    If all float Tensors among `values` have one dtype, arrays and lists of floats, and
    distributions without a Tensor among their parameters, have this dtype, too.

    :param values: A dict of Tensors, arrays and lists by name.

    :return: The log density, and a dict of derived quantities by name.
    """
    dtypes = {name: tensor_dtype(x) for name, x in values.items() if is_tensor_like(x)}
    dtypes = {name: dtype for name, dtype in dtypes.items() if dtype in FLOAT_DTYPES}
    dtype = next(iter(dtypes.values())) if len(set(dtypes.values())) == 1 else None
    values = {name: _cast_floats(x, dtype) for name, x in values.items()}
    with default_float_dtype(dtype, also_of_arrays=True):
        result = _call(function, values, dtypes)
    log_joint, derived = _split_result(function, result)
    if not is_tensor_like(log_joint):
        log_joint = tf.convert_to_tensor(log_joint, dtype)
    return log_joint, _checked_derived(function, derived, values)


def _cast_floats(x, dtype):
    """An array or a list of floats in another dtype, an array; `x` if it is neither."""
    if dtype is None or is_tensor_like(x) or tensor_dtype(x) is not None:
        return x
    try:
        array = np.asarray(as_numpy(x))
    except ValueError:  # lists of several lengths
        return x
    return array.astype(dtype.as_numpy_dtype) if array.dtype.kind == "f" else x


def _call(function, values, dtypes):
    """The result of a function; an error that conflicting dtypes may cause names them.

    :param dtypes: A dict of the dtypes of float Tensors by name.
    """
    try:
        return function(dict(values))
    except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
        if len(set(dtypes.values())) < 2:
            raise
        raise TypeError(
            "The log joint function %r cannot be evaluated at Tensors of several "
            "dtypes: %s. Convert latents and observed values to one dtype, or cast "
            "them in the function. (%s)" % (_name_of(function), ", ".join(
                "%r: %s" % (name, dtype.name) for name, dtype in dtypes.items()),
                error)) from error


def _split_result(function, result):
    is_pair = isinstance(result, tuple) and len(result) == 2 and (
        isinstance(result[1], Mapping))
    log_joint, derived = result if is_pair else (result, {})
    if log_joint is None or isinstance(log_joint, Mapping) or (
            isinstance(log_joint, (tuple, list))
            and any(x is None or isinstance(x, Mapping) for x in log_joint)):
        raise TypeError(
            "The log joint function %r must return the log density, or a pair of it "
            "and a dict of derived quantities by name, but it returned %r." % (
                _name_of(function), result))
    return log_joint, derived


def _checked_derived(function, derived, values):
    for name in derived:
        if not isinstance(name, str) or name in values:
            raise ValueError(
                "The log joint function %r returned a derived quantity named %r, but "
                "the name must be a string that is not the name of a latent or of an "
                "observed value. Rename it." % (_name_of(function), name))
    return {name: tf.convert_to_tensor(x) for name, x in derived.items()}


def _name_of(function):
    return getattr(function, "__name__", repr(function))
