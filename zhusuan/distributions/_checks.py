"""Checks of the arguments of distributions.

A check returns its argument. If values or shapes are not static, the check is part of
the computation of what it returns.
"""
import contextlib
import operator
import threading

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.utils import argument_names, nearest_name_hint

__all__ = ["FLOAT_DTYPES", "INTEGER_DTYPES", "NUMBER_DTYPES", "check_broadcast",
           "check_dtype_in", "check_group_ndims", "check_has_axes", "check_keywords",
           "check_less", "check_min_rank", "check_n_samples", "check_same_dtype",
           "check_same_length", "check_scalar", "check_tril", "checked", "dtype_names",
           "largest_exact_int", "static_length", "unchecked_bounds"]

FLOAT_DTYPES = (tf.float16, tf.float32, tf.float64)
INTEGER_DTYPES = (tf.int16, tf.int32, tf.int64)
NUMBER_DTYPES = INTEGER_DTYPES + FLOAT_DTYPES


def check_dtype_in(dtype, allowed):
    """Convert to a `tf.DType`; raise TypeError unless it is one of `allowed`."""
    dtype = tf.as_dtype(dtype).base_dtype
    if dtype not in allowed:
        raise TypeError("`dtype`(%s) not in %s." % (dtype.name, dtype_names(allowed)))
    return dtype


def largest_exact_int(dtype):
    """The largest n such that `dtype` represents all whole numbers from 0 to n."""
    numpy_dtype = dtype.as_numpy_dtype
    if dtype.is_integer:
        return int(np.iinfo(numpy_dtype).max)
    return 2 ** (np.finfo(numpy_dtype).nmant + 1)


def check_min_rank(name, tensor, rank):
    """Check that the rank of `tensor` is at least `rank`."""
    return _check_rank(tensor, "%s should have rank >= %d" % (name, rank), rank,
                       operator.ge, tf.debugging.assert_greater_equal)


def check_scalar(name, tensor):
    """Check that the rank of `tensor` is 0."""
    return _check_rank(tensor, "%s should be a scalar (0-D Tensor)" % name, 0,
                       operator.eq, tf.debugging.assert_equal)


def _check_rank(tensor, message, rank, is_valid, assertion):
    if tensor.shape.rank is None:
        return _tf.identity_after(
            [assertion(tf.rank(tensor), rank, message=message + ".")], tensor)
    if not is_valid(tensor.shape.rank, rank):
        raise ValueError("%s, but its shape is %s." % (message, tensor.shape))
    return tensor


_settings = threading.local()


@contextlib.contextmanager
def unchecked_bounds():
    """A context without the checks of :func:`check_less`.

    Samplers reject a proposal for which bounds cross: its density is 0.
    """
    outer = getattr(_settings, "are_bounds_unchecked", False)
    _settings.are_bounds_unchecked = True
    try:
        yield
    finally:
        _settings.are_bounds_unchecked = outer


def check_less(low_name, low, high_name, high):
    """Check that `high` is greater than `low` everywhere, and return `high`."""
    if getattr(_settings, "are_bounds_unchecked", False):
        return high
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
    """The common dtype of Tensors.

    Raises TypeError if they have different dtypes or one that is not in `allowed`.

    :param tensors_with_name: A list of pairs: a Tensor or its dtype, and its name.
    """
    first_name, first = None, None
    for tensor, name in tensors_with_name:
        dtype = tf.as_dtype(getattr(tensor, "dtype", tensor)).base_dtype
        if dtype not in allowed:
            raise TypeError(
                "%s must have a dtype in %s, but it has %s. Write "
                "tf.cast(%s, tf.%s)." % (
                    name, dtype_names(allowed), dtype.name, name,
                    (tf.float32 if tf.float32 in allowed else allowed[0]).name))
        if first is not None and dtype != first:
            raise _different_dtypes((name, dtype), (first_name, first))
        if first is None:
            first_name, first = name, dtype
    return first


def _different_dtypes(second, first):
    """The error for two pairs of a name and a dtype.

    Its attribute `mismatch` has the message without the advice, and the dtypes, the
    narrower one first.
    """
    problem = "%s must have the same dtype as %s, but %s has %s and %s has %s." % (
        second[0], first[0], second[0], second[1].name, first[0], first[1].name)
    (name, narrower), (_, wider) = sorted((second, first), key=lambda x: x[1].size)
    error = TypeError("%s Write tf.cast(%s, tf.%s)." % (problem, name, wider.name))
    error.mismatch = problem, narrower, wider
    return error


def check_broadcast(x_name, x_shape, y_name, y_shape):
    """Broadcast two static shapes; raise ValueError if they do not broadcast."""
    try:
        return tf.broadcast_static_shape(x_shape, y_shape)
    except ValueError:
        raise ValueError(
            "%s and %s should be broadcastable to match each other, but their shapes "
            "are %s and %s. Reshape one of them." % (
                x_name, y_name, x_shape, y_shape)) from None


def checked(name, tensor, check_numerics):
    """Raise InvalidArgumentError on inf or nan in `tensor`, if `check_numerics`."""
    if not check_numerics:
        return tensor
    return tf.debugging.check_numerics(
        tensor, "%s must be finite, because check_numerics=True. Check the "
        "parameters" % name)


def dtype_names(dtypes):
    """The names of dtypes, for messages."""
    return "(%s)" % ", ".join(d.name for d in dtypes)


def check_keywords(cls, kwargs):
    """Raise for each of the arguments that the constructor of `cls` lacks."""
    if "group_event_ndims" in kwargs:
        raise ValueError(
            "The argument `group_event_ndims` has been deprecated. Use "
            "`group_ndims` instead.")
    for name in kwargs:
        raise TypeError("%s has no argument %r.%s" % (
            cls.__name__, name, nearest_name_hint(name, argument_names(cls))))


def check_group_ndims(group_ndims):
    """Convert `group_ndims` to an int, or else to a 0-D int32 Tensor >= 0."""
    if isinstance(group_ndims, (int, np.integer)) and not isinstance(
            group_ndims, bool):
        if group_ndims < 0:
            raise ValueError("group_ndims must be non-negative, but it is %d."
                             % group_ndims)
        return int(group_ndims)
    group_ndims = tf.convert_to_tensor(group_ndims, dtype=tf.int32)
    if group_ndims.shape.rank not in (None, 0):
        raise ValueError(
            "group_ndims should be a scalar (an int or a 0-D int32 Tensor), "
            "but its shape is %s." % group_ndims.shape)
    return _tf.identity_after([tf.debugging.assert_non_negative(
        group_ndims, message="group_ndims must be non-negative.")], group_ndims)


def check_has_axes(distribution, group_ndims, x):
    """Check that `group_ndims` is at most the rank of the batch shape.

    Otherwise axes of samples in `x` would be grouped.
    """
    shape = distribution.get_batch_shape()
    is_static = shape.rank is not None and isinstance(group_ndims, int)
    message = ("group_ndims of %r must be at most the rank of its batch shape, %s%s. "
               "Pass a smaller group_ndims, or parameters with the shape of the data, "
               "such as tf.zeros([n])." % (
                   distribution, shape,
                   ", but it is %d" % group_ndims if is_static else ""))
    if is_static:
        if group_ndims > shape.rank:
            raise ValueError(message)
        return x
    return _tf.identity_after([tf.debugging.assert_less_equal(
        group_ndims, tf.size(distribution.batch_shape), message=message)], x)


def check_n_samples(n_samples):
    """The number of samples, also as an int, or None if it is not static."""
    if isinstance(n_samples, (int, np.integer)):
        return int(n_samples), int(n_samples)
    n_samples = tf.convert_to_tensor(n_samples)
    if n_samples.shape.rank not in (None, 0):
        raise ValueError(
            "n_samples should be a scalar (None, an int or a 0-D integer "
            "Tensor), but its shape is %s." % n_samples.shape)
    static = tf.get_static_value(n_samples)
    return n_samples, None if static is None else int(static)


def check_tril(name, tril, other_name, other, axis):
    """Check that `tril` is made of square matrices as long as an axis of `other`."""
    tril = check_min_rank(name, tril, 2)
    for own_axis in (-2, -1):
        tril = check_same_length(name, tril, other_name, other, own_axis, axis)
    return tril


def check_same_length(name, tensor, other_name, other, axis=-1, other_axis=-1):
    """Check that an axis of `tensor` is as long as an axis of `other`."""
    message = ("%s and %s should be broadcastable to match: axis %d of the first "
               "must be as long as axis %d of the second" % (
                   name, other_name, axis, other_axis))
    lengths = [static_length(tensor, axis), static_length(other, other_axis)]
    if None in lengths:
        return _tf.identity_after([tf.debugging.assert_equal(
            tf.shape(tensor)[axis], tf.shape(other)[other_axis],
            message=message + ".")], tensor)
    if lengths[0] != lengths[1]:
        raise ValueError("%s, but their shapes are %s and %s." % (
            message, tensor.shape, other.shape))
    return tensor


def static_length(tensor, axis):
    """The length of an axis, an int, or None if it is not static."""
    return tensor.shape.as_list()[axis] if tensor.shape.rank else None
