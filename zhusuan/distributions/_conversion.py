"""Conversion of what users pass to Tensors."""
import contextlib
import threading

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import (
    FLOAT_DTYPES,
    _names,
    check_same_dtype,
    check_scalar,
)

__all__ = ["as_numpy", "check_int", "check_positive_int", "check_totals",
           "convert_given", "convert_parameters", "default_float_dtype",
           "is_tensor_like", "tensor_dtype"]

_defaults = threading.local()


@contextlib.contextmanager
def default_float_dtype(dtype, also_of_arrays=False):
    """The dtype of parameters that are Python numbers alone, float32 elsewhere.

    :param dtype: A `tf.DType`, or None to change nothing.
    :param also_of_arrays: A bool. Whether NumPy arrays take it, too.
    """
    outer = getattr(_defaults, "dtype", None)
    _defaults.dtype = outer if dtype is None else (dtype, also_of_arrays)
    try:
        yield
    finally:
        _defaults.dtype = outer


def convert_parameters(**parameters):
    """Convert the parameters of one distribution to Tensors of one dtype.

    A Tensor keeps its dtype, and all Tensors must agree. What has no TensorFlow
    dtype adapts: arrays and scalars of NumPy, pandas and the like take the dtype of
    the Tensors, or keep their own float dtype when there are none; Python numbers,
    lists and integer arrays take the dtype of the others, or that of
    :func:`default_float_dtype` when alone.

    :param parameters: Values by name; None stays None.
    :return: A list of Tensors (or None) in the order of the names given.
    """
    parameters = {name: as_numpy(value) for name, value in parameters.items()}
    dtype = _common_float_dtype(parameters)
    return [None if value is None else _to_tensor(name, value, dtype)
            for name, value in parameters.items()]


def as_numpy(value):
    """`value` as an array where it is one of NumPy, pandas or the like.

    All else, such as Tensors, Python numbers and lists, stays as it is.
    """
    if is_tensor_like(value) or not hasattr(value, "__array__"):
        return value
    array = np.asarray(value)
    # Nullable integers of pandas become objects, which a list resolves.
    return array if array.dtype.kind != "O" else np.asarray(array.tolist())


def is_tensor_like(value):
    """Whether `value` has a dtype of TensorFlow: a Tensor, variable, node, ..."""
    return (tf.is_tensor(value) or hasattr(value, "__tf_tensor__") or
            isinstance(getattr(value, "dtype", None), tf.DType))


def tensor_dtype(value):
    """The dtype of what is Tensor-like, or of the first such in a list; else None."""
    if isinstance(value, (list, tuple)):
        dtypes = [tensor_dtype(v) for v in value]
        return next((d for d in dtypes if d is not None), None)
    return tf.as_dtype(value.dtype).base_dtype if is_tensor_like(value) else None


def _common_float_dtype(parameters):
    firm = [(tensor_dtype(v), n) for n, v in parameters.items()
            if tensor_dtype(v) is not None]
    if firm:
        return check_same_dtype(firm, FLOAT_DTYPES)
    default, also_of_arrays = getattr(_defaults, "dtype", None) or (tf.float32, False)
    floats = [v.dtype for v in parameters.values()
              if isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind == "f"
              and v.dtype.itemsize <= 8]
    if floats and not also_of_arrays:
        return tf.as_dtype(np.result_type(*floats))
    return default


def _to_tensor(name, value, dtype):
    if isinstance(value, (np.ndarray, np.generic)) or np.isscalar(value):
        if np.asarray(value).dtype.kind not in "fiu":
            raise TypeError(
                "%s must have a dtype in %s, but it is %r." % (
                    name, _names(FLOAT_DTYPES), value))
        value = np.asarray(value, dtype.as_numpy_dtype)
    return tf.convert_to_tensor(value, dtype=dtype, name=name)


def convert_given(given, dtype, is_continuous=True):
    """A value of a random variable as a Tensor of the sample dtype.

    NumPy arrays, pandas columns, Python numbers and lists of them are cast where
    that keeps their values. Tensors must have the dtype already. TypeError otherwise.

    :param is_continuous: A bool. Whether rounding and overflow to inf may change
        whole numbers, too.
    """
    given = as_numpy(given)
    try:
        if not is_tensor_like(given) and tensor_dtype(given) is None:
            return tf.convert_to_tensor(
                _cast_array(np.asarray(given), dtype, is_continuous))
        return tf.convert_to_tensor(given, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "The value of a random variable must have the dtype of its samples, %s, "
            "but it is %r. %s (%s)" % (
                dtype.name, given, _advice(given, dtype), error)) from error


def _advice(given, dtype):
    """The advice for a value that does not have the dtype of the samples."""
    own = tensor_dtype(given)
    if own is None and np.asarray(given).dtype.kind not in "fiub":
        return "Give numbers."
    if own is not None and dtype.is_floating and (
            own.is_integer or (own.is_floating and own.size < dtype.size)):
        return "Write tf.cast(value, tf.%s)." % dtype.name
    if own is not None and dtype.is_floating and own.is_floating:
        return ("Give the distribution parameters of dtype %s, such as tf.constant(0., "
                "tf.%s)." % (own.name, own.name))
    return ("Give the distribution a `dtype` that has all its values, such as dtype="
            "tf.int64 or tf.float64.")


def _cast_array(array, dtype, is_continuous):
    """`array` in `dtype`, if that is a matter of precision only."""
    if array.size == 0 and array.dtype.kind == "f":
        return array.astype(dtype.as_numpy_dtype)  # such as an empty list
    if array.dtype.kind not in "fiub":
        raise TypeError("an array of %s is no number" % array.dtype)
    is_long = array.dtype.kind in "iu" and array.dtype.itemsize == 8
    if np.can_cast(array.dtype, dtype.as_numpy_dtype, "safe") and not (
            is_long and dtype.is_floating):  # which NumPy calls safe
        return array.astype(dtype.as_numpy_dtype)
    with np.errstate(all="ignore"):
        cast = array.astype(dtype.as_numpy_dtype)
        back = cast.astype(array.dtype)
        lost = (back != array) & (array == array)
        if dtype.is_floating:
            lost &= (array == np.floor(array)) & (not is_continuous)
        else:  # beyond the ends, the result of a cast is not defined
            info = np.iinfo(dtype.as_numpy_dtype)
            lost |= (array < info.min) | (array > info.max) | (array != array)
            lost |= (cast < 0) != (array < 0)  # old NumPy rounds the ends
    if np.any(lost):
        raise TypeError("%s has no %s" % (dtype.name, array[lost].ravel()[0]))
    return cast


def check_positive_int(name, value):
    """A positive int, or a 0-D int32 Tensor that is checked when it runs."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if value < 1:
            raise ValueError("%s must be positive, but it is %d." % (name, value))
        return int(value)
    tensor = _to_int32(name, value)
    return _tf.ensured([tf.debugging.assert_positive(
        tensor, message="%s must be positive." % name)], check_scalar(name, tensor))


def check_int(name, value, least=1):
    """`value` as an int of at least `least`; a Tensor raises TypeError."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError("%s must be an int, but it is %r." % (name, value))
    if value < least:
        raise ValueError("%s must be at least %d, but it is %d." % (name, least, value))
    return int(value)


def check_totals(name, value):
    """As :func:`check_positive_int`; or an int32 Tensor of totals, which may be 0."""
    if not is_tensor_like(value) and np.ndim(value) == 0:
        return check_positive_int(name, value)
    tensor = _to_int32(name, value)
    if tensor.shape.rank == 0:
        return check_positive_int(name, tensor)
    return _tf.ensured([tf.debugging.assert_non_negative(
        tensor, message="%s must be non-negative." % name)], tensor)


def _to_int32(name, value):
    try:
        if not is_tensor_like(value) and tensor_dtype(value) is None:
            array = np.asarray(as_numpy(value))
            if array.dtype.kind not in "iu":
                raise TypeError("it is no integer")
            value = _cast_array(array, tf.int32, is_continuous=False)
        return tf.convert_to_tensor(value, dtype=tf.int32)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "%s must be a positive int or a 0-D int32 Tensor, but it is %r. (%s)"
            % (name, value, error)) from error
