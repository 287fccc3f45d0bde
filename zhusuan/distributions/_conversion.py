"""Conversion of arguments to Tensors."""
import contextlib
import random
import threading

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import (
    FLOAT_DTYPES,
    check_same_dtype,
    check_scalar,
    dtype_names,
)

__all__ = ["as_numpy", "check_int", "check_positive_int", "check_seed",
           "check_totals", "convert_given", "convert_parameters",
           "default_float_dtype", "is_tensor_like", "random_seed", "tensor_dtype"]

_defaults = threading.local()


@contextlib.contextmanager
def default_float_dtype(dtype, also_of_arrays=False):
    """A context that sets the dtype of parameters without a Tensor among them.

    The default is float32.

    :param dtype: A `tf.DType`, or None to change nothing.
    :param also_of_arrays: A bool. Whether the dtype also applies to NumPy arrays.
    """
    outer = getattr(_defaults, "dtype", None)
    _defaults.dtype = outer if dtype is None else (dtype, also_of_arrays)
    try:
        yield
    finally:
        _defaults.dtype = outer


def convert_parameters(**parameters):
    """Convert the parameters of one distribution to Tensors of one dtype.

    All Tensors must have the same dtype. Arrays and scalars of NumPy and pandas take
    the dtype of the Tensors; without Tensors, they keep their float dtype. Python
    numbers, lists and integer arrays take the dtype of the other parameters, or that
    of :func:`default_float_dtype` if there are none.

    :param parameters: Values by name; None stays None.
    :return: A list of Tensors (or None) in the order of the arguments.

    Raises TypeError for Tensors of different dtypes, and for values that are not
    numbers.
    """
    parameters = {name: as_numpy(value) for name, value in parameters.items()}
    dtype = _common_float_dtype(parameters)
    return [None if value is None else _to_tensor(name, value, dtype)
            for name, value in parameters.items()]


def as_numpy(value):
    """Convert arrays and scalars of NumPy, pandas and the like to NumPy arrays.

    Return Tensors, Python numbers and lists unchanged.
    """
    if is_tensor_like(value) or not hasattr(value, "__array__"):
        return value
    array = np.asarray(value)
    # Nullable integers of pandas become objects; NumPy infers the dtype of a list.
    return array if array.dtype.kind != "O" else np.asarray(array.tolist())


def is_tensor_like(value):
    """Whether `value` has a TensorFlow dtype: a Tensor, a variable, a node, ..."""
    return (tf.is_tensor(value) or hasattr(value, "__tf_tensor__") or
            isinstance(getattr(value, "dtype", None), tf.DType))


def tensor_dtype(value):
    """The dtype of a Tensor-like value, or of the first one in a list; else None."""
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
                "%s must have a dtype in %s, but it is %r. Pass numbers." % (
                    name, dtype_names(FLOAT_DTYPES), value))
        value = np.asarray(value, dtype.as_numpy_dtype)
    return tf.convert_to_tensor(value, dtype=dtype, name=name)


def convert_given(given, dtype, is_continuous=True):
    """Convert a value of a random variable to a Tensor of the sample dtype.

    NumPy arrays, pandas columns, Python numbers and lists of them are cast if the dtype
    represents their values. Tensors must have the sample dtype. Otherwise TypeError is
    raised.

    :param is_continuous: A bool. Whether whole numbers may be rounded or overflow to
        inf.
    """
    given = as_numpy(given)
    try:
        if not is_tensor_like(given) and tensor_dtype(given) is None:
            return tf.convert_to_tensor(
                _cast_array(np.asarray(given), dtype, is_continuous))
        return tf.convert_to_tensor(given, dtype=dtype)
    except (TypeError, ValueError) as error:
        is_tensor = is_tensor_like(given)
        raise TypeError(
            "The value of a random variable must have the dtype of its samples, %s, "
            "but it %s. %s%s" % (
                dtype.name, "has %s" % tensor_dtype(given).name if is_tensor
                else "is %r" % (given,), _advice(given, dtype),
                "" if is_tensor else " (%s)" % error)) from error


def _advice(given, dtype):
    """The replacement for a value that lacks the dtype of the samples."""
    own = tensor_dtype(given)
    if own is None and np.asarray(given).dtype.kind not in "fiub":
        return "Pass numbers."
    if own is not None and dtype.is_floating and (
            own.is_integer or (own.is_floating and own.size < dtype.size)):
        return "Write tf.cast(value, tf.%s)." % dtype.name
    if own is not None and dtype.is_floating and own.is_floating:
        return ("Use distribution parameters of dtype %s, such as tf.constant(0., "
                "tf.%s)." % (own.name, own.name))
    return ("Pass a `dtype` that represents the value to the distribution, such as "
            "dtype=tf.int64 or dtype=tf.float64.")


def _cast_array(array, dtype, is_continuous):
    """Cast `array` to `dtype`; raise TypeError if more than precision is lost."""
    if array.size == 0 and array.dtype.kind == "f":
        return array.astype(dtype.as_numpy_dtype)  # an empty list, for example
    if array.dtype.kind not in "fiub":
        raise TypeError("an array of %s is not numeric" % array.dtype)
    is_long = array.dtype.kind in "iu" and array.dtype.itemsize == 8
    if np.can_cast(array.dtype, dtype.as_numpy_dtype, "safe") and not (
            is_long and dtype.is_floating):  # NumPy calls it safe
        return array.astype(dtype.as_numpy_dtype)
    with np.errstate(all="ignore"):
        cast = array.astype(dtype.as_numpy_dtype)
        back = cast.astype(array.dtype)
        lost = (back != array) & (array == array)
        if dtype.is_floating:
            lost &= (array == np.floor(array)) & (not is_continuous)
        else:  # out of range, the result of a cast is undefined
            info = np.iinfo(dtype.as_numpy_dtype)
            lost |= (array < info.min) | (array > info.max) | (array != array)
            lost |= (cast < 0) != (array < 0)  # old NumPy rounds the ends of the range
    if np.any(lost):
        raise TypeError("%s has no %s" % (dtype.name, array[lost].ravel()[0]))
    return cast


def check_positive_int(name, value):
    """Convert to a positive int, or to a 0-D int32 Tensor with a check."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if value < 1:
            raise ValueError("%s must be positive, but it is %d." % (name, value))
        return int(value)
    tensor = _to_int32(name, value)
    return _tf.identity_after([tf.debugging.assert_positive(
        tensor, message="%s must be positive." % name)], check_scalar(name, tensor))


def check_int(name, value, least=1):
    """`value` as an int of at least `least`; a Tensor raises TypeError."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError("%s must be an int, but it is %r." % (name, value))
    if value < least:
        raise ValueError("%s must be at least %d, but it is %d." % (name, least, value))
    return int(value)


def check_seed(name, seed):
    """`seed` as an int of at least 0; a random one for None."""
    return random_seed() if seed is None else check_int(name, seed, 0)


def random_seed():
    """A seed of the operating system, an int."""
    return random.SystemRandom().getrandbits(62)


def check_totals(name, value):
    """As :func:`check_positive_int`, or convert to an int32 Tensor of totals >= 0."""
    if not is_tensor_like(value) and np.ndim(value) == 0:
        return check_positive_int(name, value)
    tensor = _to_int32(name, value)
    if tensor.shape.rank == 0:
        return check_positive_int(name, tensor)
    return _tf.identity_after([tf.debugging.assert_non_negative(
        tensor, message="%s must be non-negative." % name)], tensor)


def _to_int32(name, value):
    try:
        if not is_tensor_like(value) and tensor_dtype(value) is None:
            array = np.asarray(as_numpy(value))
            if array.dtype.kind not in "iu":
                raise TypeError("it is not an integer")
            value = _cast_array(array, tf.int32, is_continuous=False)
        return tf.convert_to_tensor(value, dtype=tf.int32)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "%s must be a positive int or a 0-D int32 Tensor, but it is %r. (%s)"
            % (name, value, error)) from error
