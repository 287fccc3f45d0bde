"""`tf.layers`: convolutions, transposed and separable ones."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.base import InputSpec, Layer, layer_and_function
from zhusuan.tf1._layers.convolution_ops import (
    as_sizes,
    channel_axis,
    convolve,
    convolve_transposed,
    op_data_format,
    op_sizes,
)
from zhusuan.tf1._layers.functions_by_name import (
    get_activation,
    get_initializer,
    get_regularizer,
)
from zhusuan.tf1._layers.static_or_dynamic import require_known_size

__all__ = [
    "Conv1D", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose",
    "SeparableConv1D", "SeparableConv2D", "conv1d", "conv2d", "conv2d_transpose",
    "conv3d", "conv3d_transpose", "separable_conv1d", "separable_conv2d",
]

_ZEROS = v1.zeros_initializer()


class _Conv(Layer):
    """The base class of convolutions."""

    rank = None  # of the spatial dimensions

    def __init__(self, filters, kernel_size, strides, padding, data_format,
                 dilation_rate, activation, use_bias, bias_initializer,
                 bias_regularizer, bias_constraint, **kwargs):
        super().__init__(**kwargs)
        self.filters = int(filters)
        self.kernel_size = as_sizes(kernel_size, self.rank)
        self.strides = as_sizes(strides, self.rank)
        self.dilation_rate = as_sizes(dilation_rate, self.rank)
        self.data_format = data_format
        self._op_format = op_data_format(data_format, self.rank)
        self.padding = padding.lower()
        allowed = ["same", "valid"] + (["causal"] if self.rank == 1 else [])
        if self.padding not in allowed:
            raise ValueError("The layer {!r} was given padding={!r}; expected one of "
                             "{}.".format(self.name, padding, allowed))
        self.activation = get_activation(activation)
        self.use_bias = use_bias
        self.bias_initializer = get_initializer(bias_initializer)
        self.bias_regularizer = get_regularizer(bias_regularizer)
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _fix_channels(self, input_shape):
        """The number of channels, which is required of all later inputs, too."""
        axis = channel_axis(self._op_format)
        n_channels = require_known_size(input_shape, axis, self.name)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: n_channels})
        return n_channels

    def _add_bias(self):
        self.bias = self.add_weight(
            "bias", [self.filters], None, self.bias_initializer, self.bias_regularizer,
            constraint=self.bias_constraint) if self.use_bias else None

    def _pad_inputs(self, inputs):
        """`inputs` and the padding for ops; causal padding is zeros in front."""
        if self.padding != "causal":
            return inputs, self.padding.upper()
        before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        paddings = [[0, 0], [before, 0], [0, 0]]
        if channel_axis(self._op_format) == 1:
            paddings = [[0, 0], [0, 0], [before, 0]]
        return tf.pad(inputs, paddings), "VALID"

    def _add_bias_and_activate(self, y):
        if self.use_bias:
            y = _add_bias_to(y, self.bias, self._op_format)
        return y if self.activation is None else self.activation(y)


def _add_bias_to(y, bias, data_format):
    if channel_axis(data_format) != 1:
        return tf.nn.bias_add(y, bias)
    if y.shape.ndims == 4:
        return tf.nn.bias_add(y, bias, data_format=data_format)
    return y + tf.reshape(bias, [1, -1] + [1] * (y.shape.ndims - 2))


class _PlainConv(_Conv):
    """A convolution with one kernel."""

    def __init__(self, filters, kernel_size, strides=1, padding="valid",
                 data_format="channels_last", dilation_rate=1, activation=None,
                 use_bias=True, kernel_initializer=None, bias_initializer=_ZEROS,
                 kernel_regularizer=None, bias_regularizer=None,
                 activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, trainable=True, name=None, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format,
                         dilation_rate, activation, use_bias, bias_initializer,
                         bias_regularizer, bias_constraint, trainable=trainable,
                         name=name, activity_regularizer=activity_regularizer,
                         **kwargs)
        self.kernel_initializer = get_initializer(kernel_initializer)
        self.kernel_regularizer = get_regularizer(kernel_regularizer)
        self.kernel_constraint = kernel_constraint

    def build(self, input_shape):
        channels = [self._fix_channels(input_shape), self.filters]
        self.kernel = self.add_weight(
            "kernel", list(self.kernel_size) + self._kernel_channels(channels), None,
            self.kernel_initializer, self.kernel_regularizer,
            constraint=self.kernel_constraint)
        self._add_bias()

    def _kernel_channels(self, channels):
        return channels

    def call(self, inputs):
        x, padding = self._pad_inputs(inputs)
        y = convolve(x, self.kernel, self.strides, padding, self.dilation_rate,
                     self._op_format)
        return self._add_bias_and_activate(y)


class _TransposedConv(_PlainConv):
    """The transpose of a convolution; its kernel has the output channels first."""

    def __init__(self, filters, kernel_size, strides=1, padding="valid",
                 data_format="channels_last", activation=None, use_bias=True,
                 kernel_initializer=None, bias_initializer=_ZEROS,
                 kernel_regularizer=None, bias_regularizer=None,
                 activity_regularizer=None, kernel_constraint=None,
                 bias_constraint=None, trainable=True, name=None, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format, 1,
                         activation, use_bias, kernel_initializer, bias_initializer,
                         kernel_regularizer, bias_regularizer, activity_regularizer,
                         kernel_constraint, bias_constraint, trainable, name, **kwargs)

    def _kernel_channels(self, channels):
        return channels[::-1]

    def call(self, inputs):
        return self._add_bias_and_activate(convolve_transposed(
            inputs, self.kernel, self.strides, self.padding.upper(), self._op_format))


class _SeparableConv(_Conv):
    """A convolution of each channel, followed by a linear map across channels."""

    def __init__(self, filters, kernel_size, strides=1, padding="valid",
                 data_format="channels_last", dilation_rate=1, depth_multiplier=1,
                 activation=None, use_bias=True, depthwise_initializer=None,
                 pointwise_initializer=None, bias_initializer=_ZEROS,
                 depthwise_regularizer=None, pointwise_regularizer=None,
                 bias_regularizer=None, activity_regularizer=None,
                 depthwise_constraint=None, pointwise_constraint=None,
                 bias_constraint=None, trainable=True, name=None, **kwargs):
        super().__init__(filters, kernel_size, strides, padding, data_format,
                         dilation_rate, activation, use_bias, bias_initializer,
                         bias_regularizer, bias_constraint, trainable=trainable,
                         name=name, activity_regularizer=activity_regularizer,
                         **kwargs)
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = get_initializer(depthwise_initializer)
        self.pointwise_initializer = get_initializer(pointwise_initializer)
        self.depthwise_regularizer = get_regularizer(depthwise_regularizer)
        self.pointwise_regularizer = get_regularizer(pointwise_regularizer)
        self.depthwise_constraint = depthwise_constraint
        self.pointwise_constraint = pointwise_constraint

    def build(self, input_shape):
        n_channels = self._fix_channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            list(self.kernel_size) + [n_channels, self.depth_multiplier], None,
            self.depthwise_initializer, self.depthwise_regularizer,
            constraint=self.depthwise_constraint)
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            [1] * self.rank + [self.depth_multiplier * n_channels, self.filters], None,
            self.pointwise_initializer, self.pointwise_regularizer,
            constraint=self.pointwise_constraint)
        self._add_bias()

    def call(self, inputs):
        x, padding = self._pad_inputs(inputs)
        images = self.rank == 2
        spatial = 2 if channel_axis(self._op_format) == 1 else 1
        kernels = [self.depthwise_kernel, self.pointwise_kernel]
        if not images:  # sequences, as images of height 1
            x = tf.expand_dims(x, spatial)
            kernels = [tf.expand_dims(kernel, 0) for kernel in kernels]
        data_format = op_data_format(self.data_format, 2)
        strides = self.strides if images else self.strides * 2
        rates = self.dilation_rate if images else (1,) + self.dilation_rate
        y = v1.separable_conv2d(
            x, kernels[0], kernels[1], op_sizes(strides, data_format), padding,
            rate=rates, data_format=data_format)
        return self._add_bias_and_activate(y if images else tf.squeeze(y, [spatial]))


Conv1D, conv1d = layer_and_function(
    _PlainConv, "Conv1D", "A convolution of sequences [n, length, channels].", rank=1)
Conv2D, conv2d = layer_and_function(
    _PlainConv, "Conv2D", "A convolution of images [n, height, width, channels].",
    rank=2)
Conv3D, conv3d = layer_and_function(
    _PlainConv, "Conv3D",
    "A convolution of volumes [n, depth, height, width, channels].", rank=3)
Conv2DTranspose, conv2d_transpose = layer_and_function(
    _TransposedConv, "Conv2DTranspose", "The transpose of a convolution of images.",
    rank=2)
Conv3DTranspose, conv3d_transpose = layer_and_function(
    _TransposedConv, "Conv3DTranspose", "The transpose of a convolution of volumes.",
    rank=3)
SeparableConv1D, separable_conv1d = layer_and_function(
    _SeparableConv, "SeparableConv1D",
    "A depthwise separable convolution of sequences.", rank=1)
SeparableConv2D, separable_conv2d = layer_and_function(
    _SeparableConv, "SeparableConv2D", "A depthwise separable convolution of images.",
    rank=2)
