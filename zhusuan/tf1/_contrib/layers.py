"""`tf.contrib.layers`: layers whose variables are those of `tf.get_variable`.

Names of scopes and variables, shapes, defaults and the order of arguments are
those of TensorFlow 1.15, so that its checkpoints fit.
"""
import functools

import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._contrib.arg_scope import add_arg_scope
from zhusuan.tf1._contrib.initializers import xavier_initializer
from zhusuan.tf1._layers.convolution_ops import (
    as_sizes,
    channel_axis,
    convolve,
    convolve_transposed,
    pool,
)
from zhusuan.tf1._layers.static_or_dynamic import (
    axis_size,
    require_known_size,
    smart_cond,
)

__all__ = ["avg_pool2d", "conv2d", "conv2d_transpose", "convolution2d",
           "convolution2d_transpose", "dropout", "flatten", "fully_connected", "linear",
           "max_pool2d", "one_hot_encoding", "relu", "repeat", "stack"]


_XAVIER, _ZEROS = xavier_initializer(), v1.zeros_initializer()


class _Affine:
    """A layer with weights; its last arguments are the same for all such layers."""

    def __init__(self, activation_fn=tf.nn.relu, normalizer_fn=None,
                 normalizer_params=None, weights_initializer=_XAVIER,
                 weights_regularizer=None, biases_initializer=_ZEROS,
                 biases_regularizer=None, reuse=None, variables_collections=None,
                 outputs_collections=None, trainable=True, scope=None):
        self._activation = activation_fn
        self._normalizer = normalizer_fn
        self._normalizer_params = normalizer_params or {}
        self._initializers = {"weights": weights_initializer,
                              "biases": biases_initializer}
        self._regularizers = {"weights": weights_regularizer,
                              "biases": biases_regularizer}
        self._reuse, self._scope, self._trainable = reuse, scope, trainable
        self._collections = variables_collections
        self._outputs_collections = outputs_collections

    def __call__(self, name, x, weights_shape, n_outputs, linear, data_format="NHWC"):
        """Call the layer `name` on `x`, with the linear map ``linear(weights)``.

        :param n_outputs: Length of the bias.
        """
        with v1.variable_scope(self._scope, name, [x], reuse=self._reuse):
            y = linear(self._variable("weights", weights_shape, x.dtype))
            if self._normalizer is not None:
                y = self._normalizer(y, **self._normalizer_params)
            elif self._initializers["biases"] is not None:
                biases = self._variable("biases", [n_outputs], x.dtype)
                y = (y + biases if data_format == "NHWC" else
                     tf.nn.bias_add(y, biases, data_format=data_format))
            if self._activation is not None:
                y = self._activation(y)
        return add_to_collections(y, self._outputs_collections)

    def _variable(self, name, shape, dtype):
        return model_variable(
            name, shape, dtype.base_dtype, self._initializers[name],
            self._regularizers[name], self._trainable, self._collections)


def model_variable(name, shape, dtype=tf.float32, initializer=None, regularizer=None,
                   trainable=True, collections=None):
    """`tf.get_variable`, also added to the collection of model variables.

    :param collections: More collections, or a dictionary of them by `name`.
    """
    if isinstance(collections, dict):
        collections = collections.get(name)
    keys = v1.GraphKeys
    return v1.get_variable(
        name, shape, dtype, initializer, regularizer, trainable,
        [keys.GLOBAL_VARIABLES, keys.MODEL_VARIABLES] + list(collections or []))


def add_to_collections(x, collections):
    """Add `x` to collections (None, one name, or a list of names); returns `x`."""
    if isinstance(collections, str):
        collections = [collections]
    for name in collections or []:
        v1.add_to_collection(name, x)
    return x


@add_arg_scope
def fully_connected(inputs, num_outputs, *args, **kwargs):
    """``activation_fn(inputs @ weights + biases)``, over the last axis of `inputs`.

    Further arguments, in this order: activation_fn, normalizer_fn,
    normalizer_params, weights_initializer, weights_regularizer, biases_initializer,
    biases_regularizer, reuse, variables_collections, outputs_collections, trainable
    and scope.
    """
    x = tf.convert_to_tensor(inputs)
    n_inputs = require_known_size(x.shape, -1, "fully_connected")

    def linear(weights):
        if x.shape.ndims == 2:
            return tf.matmul(x, weights)
        return tf.tensordot(x, weights, 1)

    return _Affine(*args, **kwargs)(
        "fully_connected", x, [n_inputs, num_outputs], num_outputs, linear)


relu = fully_connected
linear = functools.partial(fully_connected, activation_fn=None)


@add_arg_scope
def conv2d(inputs, num_outputs, kernel_size, stride=1, padding="SAME",
           data_format=None, rate=1, *args, **kwargs):
    """A convolution of images; further arguments as of :func:`fully_connected`."""
    x, data_format = tf.convert_to_tensor(inputs), data_format or "NHWC"
    n_inputs = require_known_size(x.shape, channel_axis(data_format), "Conv")

    def linear(weights):
        return convolve(x, weights, as_sizes(stride, 2), padding.upper(),
                        as_sizes(rate, 2), data_format)

    kernel_shape = list(as_sizes(kernel_size, 2)) + [n_inputs, num_outputs]
    return _Affine(*args, **kwargs)(
        "Conv", x, kernel_shape, num_outputs, linear, data_format)


@add_arg_scope
def conv2d_transpose(inputs, num_outputs, kernel_size, stride=1, padding="SAME",
                     data_format="NHWC", *args, **kwargs):
    """The transpose of :func:`conv2d`; `stride` upsamples the images.

    Further arguments as of :func:`fully_connected`.
    """
    x = tf.convert_to_tensor(inputs)
    n_inputs = require_known_size(
        x.shape, channel_axis(data_format), "Conv2d_transpose")

    def linear(weights):
        return convolve_transposed(
            x, weights, as_sizes(stride, 2), padding.upper(), data_format)

    kernel_shape = list(as_sizes(kernel_size, 2)) + [num_outputs, n_inputs]
    return _Affine(*args, **kwargs)(
        "Conv2d_transpose", x, kernel_shape, num_outputs, linear, data_format)


convolution2d, convolution2d_transpose = conv2d, conv2d_transpose


def _pooling(name, kind):
    def pool2d(inputs, kernel_size, stride=2, padding="VALID", data_format="NHWC",
               outputs_collections=None, scope=None):
        with v1.name_scope(scope, name, [inputs]):
            y = pool(tf.convert_to_tensor(inputs), kind, as_sizes(kernel_size, 2),
                     as_sizes(stride, 2), padding.upper(), data_format)
        return add_to_collections(y, outputs_collections)

    return add_arg_scope(pool2d)


max_pool2d = _pooling("MaxPool2D", "MAX")
avg_pool2d = _pooling("AvgPool2D", "AVG")


@add_arg_scope
def flatten(inputs, outputs_collections=None, scope=None):
    """Reshape `inputs` from [n, ...] to [n, k]."""
    with v1.name_scope(scope, "Flatten", [inputs]):
        x = tf.convert_to_tensor(inputs)
        k = x.shape[1:].num_elements()
        y = tf.reshape(x, [axis_size(x, 0), -1 if k is None else k])
    return add_to_collections(y, outputs_collections)


@add_arg_scope
def dropout(inputs, keep_prob=0.5, noise_shape=None, is_training=True,
            outputs_collections=None, scope=None, seed=None):
    """Set elements to zero in training, and scale the rest by 1 / `keep_prob`."""
    with v1.name_scope(scope, "Dropout", [inputs]):
        x = tf.convert_to_tensor(inputs)
        y = smart_cond(is_training, lambda: v1.dropout(
            x, rate=1. - keep_prob, noise_shape=noise_shape, seed=seed),
                   lambda: tf.identity(x))
    return add_to_collections(y, outputs_collections)


@add_arg_scope
def one_hot_encoding(labels, num_classes, on_value=1., off_value=0.,
                     outputs_collections=None, scope=None):
    """One-hot vectors of integer labels."""
    with v1.name_scope(scope, "OneHotEncoding", [labels]):
        y = tf.one_hot(labels, num_classes, on_value, off_value)
    return add_to_collections(y, outputs_collections)


def repeat(inputs, repetitions, layer, *args, **kwargs):
    """Apply a layer several times, each time with its own variables."""
    return _layers_in_turn("Repeat", inputs, layer, [args] * repetitions, kwargs)


def stack(inputs, layer, stack_args, **kwargs):
    """Apply `layer` once for each element of `stack_args`, its further arguments."""
    stack_args = [args if isinstance(args, (list, tuple)) else [args]
                  for args in stack_args]
    return _layers_in_turn("Stack", inputs, layer, stack_args, kwargs)


def _layers_in_turn(default_name, inputs, layer, arguments, kwargs):
    name = kwargs.pop("scope", None)
    with v1.variable_scope(name, default_name, [inputs]):
        name = name or getattr(layer, "__name__", "stack")
        for number, args in enumerate(arguments, 1):
            scope = "{}_{}".format(name, number)
            inputs = layer(inputs, *args, scope=scope, **kwargs)
    return inputs
