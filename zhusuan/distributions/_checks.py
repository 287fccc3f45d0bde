"""Checks of the arguments of distributions."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.utils import argument_names, nearest_name_hint

__all__ = ["FLOAT_DTYPES", "INTEGER_DTYPES", "check_broadcast", "check_dtype_in",
           "check_group_ndims", "check_has_axes", "check_keywords", "check_less",
           "check_min_rank", "check_n_samples", "check_same_dtype", "check_same_length",
           "check_scalar", "check_tril", "checked", "largest_exact_int"]

FLOAT_DTYPES = (tf.float16, tf.float32, tf.float64)
INTEGER_DTYPES = (tf.int16, tf.int32, tf.int64)


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
    return _tf.ensured([tf.debugging.assert_greater_equal(
        tf.rank(tensor), rank, message=message + ".")], tensor)


def check_scalar(name, tensor):
    """`tensor`, if its rank is 0."""
    message = "%s should be a scalar (0-D Tensor)" % name
    if tensor.shape.rank is not None:
        if tensor.shape.rank != 0:
            raise ValueError("%s, but its shape is %s." % (
                message, tensor.shape))
        return tensor
    return _tf.ensured([tf.debugging.assert_equal(
        tf.rank(tensor), 0, message=message + ".")], tensor)


def check_less(low_name, low, high_name, high):
    """`high`, checked to be greater than `low` everywhere."""
    message = "%s must be greater than %s everywhere" % (high_name, low_name)
    known = [tf.get_static_value(low), tf.get_static_value(high)]
    if any(k is None for k in known):
        return _tf.ensured([tf.debugging.assert_less(
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


def check_keywords(cls, kwargs):
    if "group_event_ndims" in kwargs:
        raise ValueError(
            "The argument `group_event_ndims` has been deprecated. Use "
            "`group_ndims` instead.")
    for name in kwargs:
        raise TypeError("%s has no argument %r.%s" % (
            cls.__name__, name, nearest_name_hint(name, argument_names(cls))))


def check_group_ndims(group_ndims):
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
    return _tf.ensured([tf.debugging.assert_non_negative(
        group_ndims, message="group_ndims must be non-negative.")], group_ndims)


def check_has_axes(distribution, group_ndims, x):
    """`x`, if the batch shape has the axes to group; else axes of samples follow."""
    shape = distribution.get_batch_shape()
    words = ("group_ndims of %r must be at most the rank of its batch shape, %s: axes "
             "of samples are not grouped. Write a smaller group_ndims, or give the "
             "parameters the shape of the data, as in tf.zeros([n])." % (
                 distribution, shape))
    if shape.rank is not None and isinstance(group_ndims, int):
        if group_ndims > shape.rank:
            raise ValueError("%s It is %d." % (words, group_ndims))
        return x
    return _tf.ensured([tf.debugging.assert_less_equal(
        group_ndims, tf.size(distribution.batch_shape), message=words)], x)


def check_n_samples(n_samples):
    """The number of samples as given, and as an int where it is known."""
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
    """`tril`, if it is made of square matrices as long as an axis of `other`."""
    tril = check_min_rank(name, tril, 2)
    for own_axis in (-2, -1):
        tril = check_same_length(name, tril, other_name, other, own_axis, axis)
    return tril


def check_same_length(name, tensor, other_name, other, axis=-1, other_axis=-1):
    """`tensor`, if one of its axes is as long as one of `other`."""
    message = ("%s and %s should be broadcastable to match: axis %d of the first "
               "must be as long as axis %d of the second" % (
                   name, other_name, axis, other_axis))
    lengths = [_static_length(tensor, axis), _static_length(other, other_axis)]
    if None in lengths:
        return _tf.ensured([tf.debugging.assert_equal(
            tf.shape(tensor)[axis], tf.shape(other)[other_axis],
            message=message + ".")], tensor)
    if lengths[0] != lengths[1]:
        raise ValueError("%s, but their shapes are %s and %s." % (
            message, tensor.shape, other.shape))
    return tensor


def _static_length(tensor, axis):
    return tensor.shape.as_list()[axis] if tensor.shape.rank else None
