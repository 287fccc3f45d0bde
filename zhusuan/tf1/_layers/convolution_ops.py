"""Convolutions and pools of one to three spatial dimensions.

For `tf.layers` and contrib.

`data_format` is that of TensorFlow's operations: "NWC", "NHWC" or "NDHWC" with the
channels last, "NCW", "NCHW" or "NCDHW" with the channels first.
"""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.static_or_dynamic import size_of

__all__ = ["channel_axis", "convolve", "convolve_transposed", "full_sizes",
           "op_data_format", "pool", "sizes_of"]

_SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
_POOLS = {("MAX", 2): v1.max_pool, ("AVG", 2): v1.avg_pool,
          ("MAX", 3): tf.nn.max_pool3d, ("AVG", 3): tf.nn.avg_pool3d}


def sizes_of(value, rank):
    """One size for each of `rank` dimensions; `value` may be one int for all."""
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


def full_sizes(sizes, data_format):
    """Sizes along the spatial axes, and 1 for the other axes."""
    return ([1, 1] + list(sizes) if channel_axis(data_format) == 1 else
            [1] + list(sizes) + [1])


def convolve(x, kernel, strides, padding, rates, data_format):
    """The convolution of `x` with `kernel`.

    :param rates: Dilations. CPUs lack gradients of TensorFlow's own dilated
        convolution, so the elements of `x` are rearranged.
    """
    def convolved(x, padding):
        return v1.convolution(x, kernel, padding, strides, data_format=data_format)

    if max(rates) == 1:
        x, strides = _without_unseen(x, kernel, strides, data_format)
        return convolved(x, padding)
    if max(strides) > 1:
        raise ValueError(
            "A convolution was given the strides {} and the dilation rates {}; "
            "expected one of both to be 1.".format(tuple(strides), tuple(rates)))
    return tf.nn.with_space_to_batch(
        x, rates, padding, lambda x, _, padding: convolved(x, padding),
        filter_shape=kernel.shape, data_format=data_format)


def _without_unseen(x, kernel, strides, data_format):
    """`x` without what a kernel of size 1 passes over, and the strides that remain.

    The result is the same. TensorFlow 2.21's gradient for CPUs (oneDNN) of a kernel of
    size 1 writes beyond its memory if elements of `x` after the last window are left.
    """
    steps = [stride if size_of(kernel, axis) == 1 else 1
             for axis, stride in enumerate(strides)]
    if max(steps) > 1:
        x = x[tuple(slice(None, None, step) for step in full_sizes(steps, data_format))]
    return x, [stride // step for stride, step in zip(strides, steps)]


def convolve_transposed(x, kernel, strides, padding, data_format):
    """The transpose of a convolution: `strides` make `x` larger.

    `kernel` has the shape [sizes..., output channels, input channels].
    """
    sizes = _transposed_sizes(x, kernel, strides, padding, data_format)
    function = {2: v1.conv2d_transpose, 3: v1.conv3d_transpose}[len(strides)]
    y = function(x, kernel, tf.stack(sizes), full_sizes(strides, data_format), padding,
                 data_format=data_format)
    y.set_shape([size if isinstance(size, int) else None for size in sizes])
    # Between windows there are zeros. Those after the last are added here, not by the
    # op, for the reason given in `_without_unseen`.
    gaps = [max(stride - size_of(kernel, axis), 0)
            for axis, stride in enumerate(strides)]
    if max(gaps) == 0:
        return y
    gaps = [gap - 1 for gap in full_sizes([gap + 1 for gap in gaps], data_format)]
    return tf.pad(y, [[0, gap] for gap in gaps])


def _transposed_sizes(x, kernel, strides, padding, data_format):
    """The sizes up to the last window: ints where they are known."""
    first = 2 if channel_axis(data_format) == 1 else 1
    sizes = [size_of(x, 0)]
    for axis, stride in enumerate(strides):
        beyond = size_of(kernel, axis) - stride
        overlap = beyond if padding == "VALID" else min(beyond, 0)
        sizes.append(size_of(x, first + axis) * stride + overlap)
    sizes.insert(channel_axis(data_format), size_of(kernel, -2))
    return sizes


def pool(x, kind, sizes, strides, padding, data_format):
    """The maxima ("MAX") or averages ("AVG") of windows of the given `sizes`.

    `tf.nn.pool` does the same, but not for strides larger than the windows.
    """
    if len(sizes) == 1:  # images of the height 1
        axis = 2 if channel_axis(data_format) == 1 else 1
        y = pool(tf.expand_dims(x, axis), kind, (1,) + tuple(sizes),
                 (1,) + tuple(strides), padding, data_format.replace("W", "HW"))
        return tf.squeeze(y, [axis])
    return _POOLS[kind, len(sizes)](
        x, full_sizes(sizes, data_format), full_sizes(strides, data_format), padding,
        data_format=data_format)
