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
    channel_axis,
    convolve,
    convolve_transposed,
    pool,
    sizes_of,
)
from zhusuan.tf1._layers.static_or_dynamic import chosen, known_size, size_of

__all__ = [
    "avg_pool2d",
    "conv2d",
    "conv2d_transpose",
    "convolution2d",
    "convolution2d_transpose",
    "dropout",
    "flatten",
    "fully_connected",
    "linear",
    "max_pool2d",
    "one_hot_encoding",
    "relu",
    "repeat",
    "stack",
]


_XAVIER, _ZEROS = xavier_initializer(), v1.zeros_initializer()


class _Affine:
    """What the layers with weights have in common: the arguments that come last."""

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
        """The layer `name` of `x`, where ``linear(weights)`` is the map without bias.

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
        return collected(y, self._outputs_collections)

    def _variable(self, name, shape, dtype):
        return model_variable(
            name, shape, dtype.base_dtype, self._initializers[name],
            self._regularizers[name], self._trainable, self._collections)


def model_variable(name, shape, dtype=tf.float32, initializer=None, regularizer=None,
                   trainable=True, collections=None):
    """`tf.get_variable`, also put into the collection of variables of models.

    :param collections: More collections, or a dictionary of such by `name`.
    """
    if isinstance(collections, dict):
        collections = collections.get(name)
    keys = v1.GraphKeys
    return v1.get_variable(
        name, shape, dtype, initializer, regularizer, trainable,
        [keys.GLOBAL_VARIABLES, keys.MODEL_VARIABLES] + list(collections or []))


def collected(x, collections):
    """`x`, put into collections: None, one name, or a list of names."""
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
    n_inputs = known_size(x.shape, -1, "fully_connected")

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
    n_inputs = known_size(x.shape, channel_axis(data_format), "Conv")

    def linear(weights):
        return convolve(x, weights, sizes_of(stride, 2), padding.upper(),
                        sizes_of(rate, 2), data_format)

    kernel_shape = list(sizes_of(kernel_size, 2)) + [n_inputs, num_outputs]
    return _Affine(*args, **kwargs)(
        "Conv", x, kernel_shape, num_outputs, linear, data_format)


@add_arg_scope
def conv2d_transpose(inputs, num_outputs, kernel_size, stride=1, padding="SAME",
                     data_format="NHWC", *args, **kwargs):
    """The transpose of :func:`conv2d`: `stride` makes the images larger.

    Further arguments as of :func:`fully_connected`.
    """
    x = tf.convert_to_tensor(inputs)
    n_inputs = known_size(x.shape, channel_axis(data_format), "Conv2d_transpose")

    def linear(weights):
        return convolve_transposed(
            x, weights, sizes_of(stride, 2), padding.upper(), data_format)

    kernel_shape = list(sizes_of(kernel_size, 2)) + [num_outputs, n_inputs]
    return _Affine(*args, **kwargs)(
        "Conv2d_transpose", x, kernel_shape, num_outputs, linear, data_format)


convolution2d, convolution2d_transpose = conv2d, conv2d_transpose


def _pooling(name, kind):
    def pool2d(inputs, kernel_size, stride=2, padding="VALID", data_format="NHWC",
               outputs_collections=None, scope=None):
        with v1.name_scope(scope, name, [inputs]):
            y = pool(tf.convert_to_tensor(inputs), kind, sizes_of(kernel_size, 2),
                     sizes_of(stride, 2), padding.upper(), data_format)
        return collected(y, outputs_collections)

    return add_arg_scope(pool2d)


max_pool2d = _pooling("MaxPool2D", "MAX")
avg_pool2d = _pooling("AvgPool2D", "AVG")


@add_arg_scope
def flatten(inputs, outputs_collections=None, scope=None):
    """`inputs` of shape [n, ...], as one of shape [n, k]."""
    with v1.name_scope(scope, "Flatten", [inputs]):
        x = tf.convert_to_tensor(inputs)
        k = x.shape[1:].num_elements()
        y = tf.reshape(x, [size_of(x, 0), -1 if k is None else k])
    return collected(y, outputs_collections)


@add_arg_scope
def dropout(inputs, keep_prob=0.5, noise_shape=None, is_training=True,
            outputs_collections=None, scope=None, seed=None):
    """Set elements to zero while training, and scale the rest by 1 / `keep_prob`."""
    with v1.name_scope(scope, "Dropout", [inputs]):
        x = tf.convert_to_tensor(inputs)
        y = chosen(is_training, lambda: v1.dropout(
            x, rate=1. - keep_prob, noise_shape=noise_shape, seed=seed),
                   lambda: tf.identity(x))
    return collected(y, outputs_collections)


@add_arg_scope
def one_hot_encoding(labels, num_classes, on_value=1., off_value=0.,
                     outputs_collections=None, scope=None):
    """One-hot vectors of integer labels."""
    with v1.name_scope(scope, "OneHotEncoding", [labels]):
        y = tf.one_hot(labels, num_classes, on_value, off_value)
    return collected(y, outputs_collections)


def repeat(inputs, repetitions, layer, *args, **kwargs):
    """The same layer several times, with variables of its own each time."""
    return _layers_in_turn("Repeat", inputs, layer, [args] * repetitions, kwargs)


def stack(inputs, layer, stack_args, **kwargs):
    """`layer` after `layer`, each with an element of `stack_args`."""
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
