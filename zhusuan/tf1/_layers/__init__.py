"""TensorFlow 1's `tf.layers`, on `tf.get_variable`; `rnn_cell` is `tf.nn.rnn_cell`.

They are for TensorFlow 2, whose Keras 3 has neither. They are used also if tf_keras,
which has both, is installed, so that the numbers of a script do not depend on it.
Names of variables and scopes, default arguments, numbers, regularization losses and
updates are those of TensorFlow 1.15, so its checkpoints can be restored.
"""
from zhusuan.tf1._layers import convolution, core, normalization, pooling
from zhusuan.tf1._layers.base import InputSpec, Layer
from zhusuan.tf1._layers.convolution import *
from zhusuan.tf1._layers.core import *
from zhusuan.tf1._layers.normalization import *
from zhusuan.tf1._layers.pooling import *

__all__ = sorted(["InputSpec", "Layer"] + convolution.__all__ + core.__all__
                 + normalization.__all__ + pooling.__all__)
