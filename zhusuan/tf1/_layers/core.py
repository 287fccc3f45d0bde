"""`tf.layers`: fully connected layers, dropout and flattening."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.base import InputSpec, Layer, layer_function
from zhusuan.tf1._layers.functions_by_name import (
    get_activation,
    get_initializer,
    get_regularizer,
)
from zhusuan.tf1._layers.static_or_dynamic import (
    axis_size,
    require_known_size,
    smart_cond,
)

__all__ = ["Dense", "Dropout", "Flatten", "dense", "dropout", "flatten"]

_ZEROS = v1.zeros_initializer()


class Dense(Layer):
    """``activation(inputs @ kernel + bias)``, over the last axis of the inputs."""

    def __init__(self, units, activation=None, use_bias=True, kernel_initializer=None,
                 bias_initializer=_ZEROS, kernel_regularizer=None,
                 bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, trainable=True,
                 name=None, **kwargs):
        super().__init__(trainable, name, activity_regularizer=activity_regularizer,
                         **kwargs)
        self.units = int(units)
        self.activation = get_activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = get_initializer(kernel_initializer)
        self.bias_initializer = get_initializer(bias_initializer)
        self.kernel_regularizer = get_regularizer(kernel_regularizer)
        self.bias_regularizer = get_regularizer(bias_regularizer)
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape):
        n_inputs = require_known_size(input_shape, -1, self.name)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: n_inputs})
        self.kernel = self.add_weight(
            "kernel", [n_inputs, self.units], None, self.kernel_initializer,
            self.kernel_regularizer, constraint=self.kernel_constraint)
        self.bias = self.add_weight(
            "bias", [self.units], None, self.bias_initializer, self.bias_regularizer,
            constraint=self.bias_constraint) if self.use_bias else None

    def call(self, inputs):
        rank = inputs.shape.ndims
        if isinstance(inputs, tf.SparseTensor):
            y = tf.sparse.sparse_dense_matmul(inputs, self.kernel)
        elif rank > 2:
            y = tf.tensordot(inputs, self.kernel, [[rank - 1], [0]])
            y.set_shape(self.compute_output_shape(inputs.shape))
        else:
            y = tf.matmul(inputs, self.kernel)
        if self.use_bias:
            y = tf.nn.bias_add(y, self.bias)
        return y if self.activation is None else self.activation(y)

    def compute_output_shape(self, input_shape):
        """`input_shape` with the number of units as its last size."""
        return tf.TensorShape(input_shape)[:-1].concatenate([self.units])


class Dropout(Layer):
    """Set elements to zero in training, and scale the rest by 1 / (1 - `rate`)."""

    def __init__(self, rate=0.5, noise_shape=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs, training=False):
        return smart_cond(
            training,
            lambda: v1.dropout(inputs, noise_shape=self._noise_shape(inputs),
                                  seed=self.seed, rate=self.rate),
            lambda: tf.identity(inputs))

    def _noise_shape(self, inputs):
        if self.noise_shape is None or isinstance(self.noise_shape, tf.Tensor):
            return self.noise_shape
        return [axis_size(inputs, axis) if size is None else size
                for axis, size in enumerate(self.noise_shape)]


class Flatten(Layer):
    """Reshape inputs from [n, ...] to [n, k]."""

    def __init__(self, data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.data_format = data_format or "channels_last"
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank > 2:
            inputs = tf.transpose(inputs, [0] + list(range(2, rank)) + [1])
        n_features = inputs.shape[1:].num_elements()
        y = tf.reshape(inputs, [axis_size(inputs, 0), -1])
        y.set_shape([inputs.shape[0], n_features])
        return y


dense = layer_function(Dense, "dense")


def dropout(inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
    """Call a new :class:`Dropout` with `inputs`."""
    return Dropout(rate, noise_shape, seed, name)(inputs, training=training)


def flatten(inputs, name=None, data_format="channels_last"):
    """Call a new :class:`Flatten` with `inputs`."""
    return Flatten(data_format, name)(inputs)
