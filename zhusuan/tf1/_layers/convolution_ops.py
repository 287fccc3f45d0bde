"""Convolution and pooling in one to three dimensions, for `tf.layers` and contrib.

`data_format` is that of TensorFlow's operations: "NWC", "NHWC" or "NDHWC" with the
channels last, "NCW", "NCHW" or "NCDHW" with the channels first.
"""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.static_or_dynamic import axis_size

__all__ = ["as_sizes", "channel_axis", "convolve", "convolve_transposed",
           "op_data_format", "op_sizes", "pool"]

_SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
_POOLS = {("MAX", 2): v1.max_pool, ("AVG", 2): v1.avg_pool,
          ("MAX", 3): tf.nn.max_pool3d, ("AVG", 3): tf.nn.avg_pool3d}


def as_sizes(value, rank):
    """One size for each of `rank` dimensions; `value` is an int or a list."""
    if isinstance(value, (list, tuple)):
        sizes = tuple(int(v) for v in value)
    else:
        sizes = (int(value),) * rank
    if len(sizes) != rank:
        raise ValueError(
            "A layer with {} spatial dimension(s) was given the sizes {!r}; expected "
            "an int or {} of them.".format(rank, value, rank))
    return sizes


def op_data_format(data_format, rank):
    """The operations' name for "channels_last" or "channels_first"."""
    formats = {"channels_last": "N{}C", "channels_first": "NC{}"}
    if data_format not in formats:
        raise ValueError(
            "A layer was given data_format={!r}; expected one of {}.".format(
                data_format, sorted(formats)))
    return formats[data_format].format(_SPATIAL[rank])


def channel_axis(data_format):
    """The axis of the channels."""
    return data_format.index("C")


def op_sizes(sizes, data_format):
    """Sizes of all axes for an op: 1 for the axes that are not spatial."""
    return ([1, 1] + list(sizes) if channel_axis(data_format) == 1 else
            [1] + list(sizes) + [1])


def convolve(x, kernel, strides, padding, rates, data_format):
    """The convolution of `x` with `kernel`.

    :param rates: Dilations. TensorFlow's own dilated convolution has no gradient on
        CPUs, so the elements of `x` are rearranged.
    """
    def convolved(x, padding):
        return v1.convolution(x, kernel, padding, strides, data_format=data_format)

    if max(rates) == 1:
        x, strides = _without_skipped(x, kernel, strides, data_format)
        return convolved(x, padding)
    if max(strides) > 1:
        raise ValueError(
            "A convolution was given the strides {} and the dilation rates {}; "
            "expected one of both to be 1.".format(tuple(strides), tuple(rates)))
    return tf.nn.with_space_to_batch(
        x, rates, padding, lambda x, _, padding: convolved(x, padding),
        filter_shape=kernel.shape, data_format=data_format)


def _without_skipped(x, kernel, strides, data_format):
    """Drop the elements of `x` that a kernel of size 1 skips, and reduce the strides.

    The result is the same. In TensorFlow 2.21 the gradient on CPUs (oneDNN) of a kernel
    of size 1 writes out of bounds if `x` has elements after the last window.
    """
    steps = [stride if axis_size(kernel, axis) == 1 else 1
             for axis, stride in enumerate(strides)]
    if max(steps) > 1:
        x = x[tuple(slice(None, None, step) for step in op_sizes(steps, data_format))]
    return x, [stride // step for stride, step in zip(strides, steps)]


def convolve_transposed(x, kernel, strides, padding, data_format):
    """The transpose of a convolution, in which `strides` upsample `x`.

    `kernel` has the shape [sizes..., output channels, input channels].
    """
    sizes = _transposed_sizes(x, kernel, strides, padding, data_format)
    function = {2: v1.conv2d_transpose, 3: v1.conv3d_transpose}[len(strides)]
    y = function(x, kernel, tf.stack(sizes), op_sizes(strides, data_format), padding,
                 data_format=data_format)
    y.set_shape([size if isinstance(size, int) else None for size in sizes])
    # There are zeros between windows. Those after the last window are added here and
    # not by the op, see `_without_skipped`.
    gaps = [max(stride - axis_size(kernel, axis), 0)
            for axis, stride in enumerate(strides)]
    if max(gaps) == 0:
        return y
    gaps = [gap - 1 for gap in op_sizes([gap + 1 for gap in gaps], data_format)]
    return tf.pad(y, [[0, gap] for gap in gaps])


def _transposed_sizes(x, kernel, strides, padding, data_format):
    """The sizes up to the last window; ints if known."""
    first = 2 if channel_axis(data_format) == 1 else 1
    sizes = [axis_size(x, 0)]
    for axis, stride in enumerate(strides):
        beyond = axis_size(kernel, axis) - stride
        overlap = beyond if padding == "VALID" else min(beyond, 0)
        sizes.append(axis_size(x, first + axis) * stride + overlap)
    sizes.insert(channel_axis(data_format), axis_size(kernel, -2))
    return sizes


def pool(x, kind, sizes, strides, padding, data_format):
    """The maxima ("MAX") or averages ("AVG") of windows of the given `sizes`.

    `tf.nn.pool` does the same, but not for strides larger than the windows.
    """
    if len(sizes) == 1:  # as images of height 1
        axis = 2 if channel_axis(data_format) == 1 else 1
        y = pool(tf.expand_dims(x, axis), kind, (1,) + tuple(sizes),
                 (1,) + tuple(strides), padding, data_format.replace("W", "HW"))
        return tf.squeeze(y, [axis])
    return _POOLS[kind, len(sizes)](
        x, op_sizes(sizes, data_format), op_sizes(strides, data_format), padding,
        data_format=data_format)
