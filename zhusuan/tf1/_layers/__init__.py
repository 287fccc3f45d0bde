"""TensorFlow 1's `tf.layers`, on `tf.get_variable`; `rnn_cell` is `tf.nn.rnn_cell`.

They are for TensorFlow 2, whose Keras 3 has neither. They are used also if tf_keras,
which has both, is installed, so that the numbers of a script do not depend on it.
Names of variables and scopes, default arguments, numbers, regularization losses and
updates are those of TensorFlow 1.15, so its checkpoints can be restored.
"""
from zhusuan.tf1._layers.base import InputSpec, Layer
from zhusuan.tf1._layers.convolution import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    SeparableConv1D,
    SeparableConv2D,
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    separable_conv1d,
    separable_conv2d,
)
from zhusuan.tf1._layers.core import Dense, Dropout, Flatten, dense, dropout, flatten
from zhusuan.tf1._layers.normalization import BatchNormalization, batch_normalization
from zhusuan.tf1._layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    average_pooling1d,
    average_pooling2d,
    average_pooling3d,
    max_pooling1d,
    max_pooling2d,
    max_pooling3d,
)

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "InputSpec",
    "Layer",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "SeparableConv1D",
    "SeparableConv2D",
    "average_pooling1d",
    "average_pooling2d",
    "average_pooling3d",
    "batch_normalization",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "dense",
    "dropout",
    "flatten",
    "max_pooling1d",
    "max_pooling2d",
    "max_pooling3d",
    "separable_conv1d",
    "separable_conv2d",
]
