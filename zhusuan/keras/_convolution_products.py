"""Convolutions as products of matrices, which differ in kernels at no extra cost.

`tf.vectorized_map` converts products to one batch of products, but evaluates
convolutions with several kernels one after another.
"""
import contextlib
import functools
import itertools

import keras
import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["can_be_product", "convolutions_as_products", "patch_size"]

# Conv1D does not call its method `convolution_op`.
_LAYERS = (keras.layers.Conv2D, keras.layers.Conv3D)


def can_be_product(layer):
    """Whether a layer is a convolution that `convolutions_as_products` changes."""
    return type(layer) in _LAYERS and layer.groups == 1


def patch_size(layer):
    """The number of input elements that affect one output of such a layer."""
    return int(np.prod(layer.kernel.shape[:-1]))


@contextlib.contextmanager
def convolutions_as_products(layers):
    """Evaluate the convolutions among some layers by products in this context."""
    changed = [layer for layer in layers if can_be_product(layer)]
    for layer in changed:  # beside Keras, which would track an attribute
        vars(layer)["convolution_op"] = functools.partial(_convolve, layer)
    try:
        yield
    finally:
        for layer in changed:
            del vars(layer)["convolution_op"]


def _convolve(layer, inputs, kernel):
    """`layer.convolution_op` by a product, for inputs of known lengths."""
    if None in inputs.shape[1:]:
        return type(layer).convolution_op(layer, inputs, kernel)
    kernel = keras.ops.convert_to_tensor(kernel)
    is_last = layer.data_format == "channels_last"
    if not is_last:
        inputs = keras.ops.moveaxis(inputs, 1, -1)
    patches = _patches(layer, inputs)
    outputs = tf.matmul(patches, tf.reshape(kernel, [-1, kernel.shape[-1]]))
    return outputs if is_last else keras.ops.moveaxis(outputs, -1, 1)


def _patches(layer, x):
    """The inputs of each output along the last axis, in the order of the kernel."""
    axes = list(zip(x.shape[1:-1], layer.kernel_size, layer.strides,
                    layer.dilation_rate))
    if layer.padding == "same":
        x = tf.pad(x, [(0, 0)] + [_padding(*axis) for axis in axes] + [(0, 0)])
    spans = [[slice(k * dilation, n - (size - 1 - k) * dilation, stride)
              for k in range(size)] for n, (_, size, stride, dilation) in zip(
                  x.shape[1:-1], axes)]
    return tf.concat([x[(slice(None),) + span] for span in itertools.product(*spans)],
                     axis=-1)


def _padding(n, size, stride, dilation):
    """The lengths in front and behind for ceil(n / stride) outputs."""
    n_outputs = -(-n // stride)
    total = max((n_outputs - 1) * stride + (size - 1) * dilation + 1 - n, 0)
    return total // 2, total - total // 2
