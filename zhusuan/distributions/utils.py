"""Checks, broadcasting and numerical helpers shared by the distributions."""
import contextlib
import threading

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.utils._warnings import helpers_of_0_4

__all__ = [
    "FLOAT_DTYPES",
    "INTEGER_DTYPES",
    "as_numpy",
    "check_broadcast",
    "check_dtype_in",
    "check_less",
    "check_min_rank",
    "check_positive_int",
    "check_same_dtype",
    "check_scalar",
    "check_totals",
    "checked",
    "convert_given",
    "convert_parameters",
    "default_float_dtype",
    "explicit_broadcast",
    "is_same_dynamic_shape",
    "is_tensor_like",
    "largest_exact_int",
    "log_combination",
    "maybe_explicit_broadcast",
    "reciprocal",
    "tensor_dtype",
]

__getattr__ = helpers_of_0_4(__name__)

FLOAT_DTYPES = (tf.float16, tf.float32, tf.float64)
INTEGER_DTYPES = (tf.int16, tf.int32, tf.int64)


# -- From what users pass to Tensors ------------------------------------------

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


# -- Checks -------------------------------------------------------------------

def check_dtype_in(dtype, allowed):
    """The dtype as a `tf.DType`; TypeError unless it is one of `allowed`."""
    dtype = tf.as_dtype(dtype).base_dtype
    if dtype not in allowed:
        raise TypeError("`dtype`(%s) not in %s." % (
            dtype.name, _names(allowed)))
    return dtype


def largest_exact_int(dtype):
    """The largest n such that `dtype` has all whole numbers from 0 to n."""
    numpy_dtype = dtype.as_numpy_dtype
    if dtype.is_integer:
        return int(np.iinfo(numpy_dtype).max)
    return 2 ** (np.finfo(numpy_dtype).nmant + 1)


def check_min_rank(name, tensor, rank):
    """`tensor`, if its rank is at least `rank`."""
    message = "%s should have rank >= %d" % (name, rank)
    if tensor.shape.rank is not None:
        if tensor.shape.rank < rank:
            raise ValueError("%s, but its shape is %s." % (
                message, tensor.shape))
        return tensor
    return _tf.identity_after([tf.debugging.assert_greater_equal(
        tf.rank(tensor), rank, message=message + ".")], tensor)


def check_scalar(name, tensor):
    """`tensor`, if its rank is 0."""
    message = "%s should be a scalar (0-D Tensor)" % name
    if tensor.shape.rank is not None:
        if tensor.shape.rank != 0:
            raise ValueError("%s, but its shape is %s." % (
                message, tensor.shape))
        return tensor
    return _tf.identity_after([tf.debugging.assert_equal(
        tf.rank(tensor), 0, message=message + ".")], tensor)


def check_less(low_name, low, high_name, high):
    """`high`, checked to be greater than `low` everywhere."""
    message = "%s must be greater than %s everywhere" % (high_name, low_name)
    known = [tf.get_static_value(low), tf.get_static_value(high)]
    if any(k is None for k in known):
        return _tf.identity_after([tf.debugging.assert_less(
            low, high, message=message + ".")], high)
    if not np.all(known[0] < known[1]):
        raise ValueError("%s, but %s is %s and %s is %s." % (
            message, low_name, known[0], high_name, known[1]))
    return high


def check_same_dtype(tensors_with_name, allowed):
    """The one dtype of Tensors, which is one of `allowed`; TypeError otherwise.

    :param tensors_with_name: A list of pairs: a Tensor or its dtype, and its name.
    """
    first_name, first = None, None
    for tensor, name in tensors_with_name:
        dtype = tf.as_dtype(getattr(tensor, "dtype", tensor)).base_dtype
        if dtype not in allowed:
            raise TypeError("%s must have a dtype in %s, but it has %s." % (
                name, _names(allowed), dtype.name))
        if first is not None and dtype != first:
            raise TypeError(
                "%s must have the same dtype as %s, but %s has %s and %s has %s. Write "
                "tf.cast(%s, tf.%s)." % (
                    name, first_name, name, dtype.name, first_name, first.name,
                    *_narrower((name, dtype), (first_name, first))))
        if first is None:
            first_name, first = name, dtype
    return first


def _narrower(*named):
    """The name of what has the smaller dtype, and the other dtype's name."""
    (name, _), (_, wider) = sorted(named, key=lambda pair: pair[1].size)
    return name, wider.name


def check_positive_int(name, value):
    """A positive int, or a 0-D int32 Tensor that is checked when it runs."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        if value < 1:
            raise ValueError("%s must be positive, but it is %d." % (name, value))
        return int(value)
    tensor = _to_int32(name, value)
    return _tf.identity_after([tf.debugging.assert_positive(
        tensor, message="%s must be positive." % name)], check_scalar(name, tensor))


def check_totals(name, value):
    """As :func:`check_positive_int`; or an int32 Tensor of totals, which may be 0."""
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
                raise TypeError("it is no integer")
            value = _cast_array(array, tf.int32, is_continuous=False)
        return tf.convert_to_tensor(value, dtype=tf.int32)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "%s must be a positive int or a 0-D int32 Tensor, but it is %r. (%s)"
            % (name, value, error)) from error


def check_broadcast(x_name, x_shape, y_name, y_shape):
    """ValueError unless two static shapes may broadcast; returns the result."""
    try:
        return tf.broadcast_static_shape(x_shape, y_shape)
    except ValueError:
        raise ValueError(
            "%s and %s should be broadcastable to match each other, but their "
            "shapes are %s and %s." % (x_name, y_name, x_shape, y_shape)) from None


def checked(name, tensor, check_numerics):
    """`tensor`, made to raise InvalidArgumentError on inf or nan if asked."""
    if not check_numerics:
        return tensor
    return tf.debugging.check_numerics(tensor, name)


def _names(dtypes):
    return "(%s)" % ", ".join(d.name for d in dtypes)


# -- Broadcasting -------------------------------------------------------------

def explicit_broadcast(x, y, x_name, y_name):
    """Broadcast two Tensors to their common shape.

    Most TensorFlow ops broadcast by themselves, without the memory that this
    takes: use it only in front of those that do not.

    :return: A pair of Tensors of the same shape and their own dtypes.
    """
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    check_broadcast(x_name, x.shape, y_name, y.shape)
    shape = tf.broadcast_dynamic_shape(tf.shape(x), tf.shape(y))
    return tf.broadcast_to(x, shape), tf.broadcast_to(y, shape)


def maybe_explicit_broadcast(x, y, x_name, y_name):
    """As :func:`explicit_broadcast`, without an op where shapes are equal."""
    x, y = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
    if x.shape.is_fully_defined() and x.shape == y.shape:
        return x, y
    return explicit_broadcast(x, y, x_name, y_name)


def is_same_dynamic_shape(x, y):
    """A bool 0-D Tensor: whether two Tensors have the same shape at run time."""
    x_shape, y_shape = tf.shape(x), tf.shape(y)
    same_rank = tf.equal(tf.size(x_shape), tf.size(y_shape))
    return tf.cond(same_rank,
                   lambda: tf.reduce_all(tf.equal(x_shape, y_shape)),
                   lambda: tf.constant(False))


# -- Numerics -----------------------------------------------------------------

def log_combination(n, ks):
    """Log of the multinomial coefficient ``n! / prod_i(k_i!)``.

    :param n: A float Tensor of shape ``[...]``, the totals.
    :param ks: A float Tensor of shape ``[..., K]``, the counts.
    :return: A Tensor of shape ``[...]``.
    """
    return tf.math.lgamma(n + 1) - tf.reduce_sum(
        tf.math.lgamma(ks + 1), axis=-1)


@tf.custom_gradient
def reciprocal(x):
    """``1 / x``, with a gradient that does not overflow before it must.

    TensorFlow's own contains ``1 / x**2``.
    """
    y = 1. / x
    return y, lambda dy: -(dy * y) * y
