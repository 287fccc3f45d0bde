"""Parts that flows share: arguments, variables, masked networks, chains of layers."""
from typing import Sequence, Tuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions.bijectors import Bijector

__all__ = ["LayeredBijector", "MaskedNetwork", "convert_samples", "create_variable",
           "multiply_last_axis"]

_MAX_LOG_SCALE = 3.  # of one layer


def convert_samples(samples, log_probs):
    """Convert the arguments of a flow to Tensors of one dtype, and check the shape."""
    samples = tf.convert_to_tensor(samples)
    if samples.shape.rank in (None, 0) or samples.shape.as_list()[-1] is None:
        raise ValueError(
            "A flow requires samples of shape [..., d] with d known, but their shape "
            "is %s. Use samples.set_shape()." % (samples.shape,))
    return samples, tf.convert_to_tensor(log_probs, dtype=samples.dtype)


def create_variable(name, shape, dtype, stddev):
    """Create a variable, initialized to normal numbers."""
    return _tf.get_variable(
        name, list(shape), dtype, tf.random_normal_initializer(stddev=stddev))


def multiply_last_axis(x, matrix):
    """``x @ matrix`` for vectors `x` of any rank."""
    return tf.linalg.matvec(matrix, x, transpose_a=True)


class LayeredBijector(Bijector):
    """The base class of bijectors of vectors that are a chain of layers.

    A layer has ``forward(x)`` and ``inverse(y)``, which return the image and the
    log determinant of ``forward`` there.
    """

    event_ndims = 1

    def __init__(self, n_dims: int, n_layers: int = 4,
                 hidden_units: Sequence[int] = (64,),
                 dtype: tf.DType = tf.float32) -> None:
        self._n_dims = n_dims
        with _tf.unique_variable_scope(type(self).__name__):
            self._layers = [
                self._make_layer(i, n_dims, hidden_units, tf.as_dtype(dtype))
                for i in range(n_layers)]

    def forward(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward_and_log_det(x)[0]

    def inverse(self, y: tf.Tensor) -> tf.Tensor:
        return self.inverse_and_log_det(y)[0]

    def forward_log_det_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        return self.forward_and_log_det(x)[1]

    def forward_and_log_det(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        return self._compose([layer.forward for layer in self._layers], x)

    def inverse_and_log_det(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        return self._compose([layer.inverse for layer in self._layers[::-1]], y)

    def _compose(self, maps, value):
        if not value.shape[-1:].is_compatible_with([self._n_dims]):
            raise ValueError(
                "%s(%r) maps vectors of length %d, the last axis, but the "
                "values have shape %s." % (
                    type(self).__name__, self._n_dims, self._n_dims, value.shape))
        total = tf.zeros_like(value[..., 0])
        for function in maps:
            value, log_det = function(value)
            total += log_det
        return value, total

    @staticmethod
    def _make_layer(i, n_dims, hidden_units, dtype):
        raise NotImplementedError


class MaskedNetwork:
    """A perceptron with masked weights, which returns shifts and log scales.

    The absolute values of the log scales are below 3.

    :param name: A string, the scope of the variables.
    :param masks: A list of arrays of shape ``[inputs, outputs]``, one per layer.
    """

    def __init__(self, name, masks, dtype):
        self._masks = [tf.constant(mask, dtype) for mask in masks]
        with _tf.unique_variable_scope(name):
            self._hidden = [
                _create_dense("hidden_%d" % i, mask.shape, dtype, mask.shape[0] ** -0.5)
                for i, mask in enumerate(masks[:-1])]
            self._outputs = [_create_dense(output, masks[-1].shape, dtype, 0.01)
                             for output in ("shift", "log_scale")]

    def __call__(self, x):
        for mask, (weights, bias) in zip(self._masks, self._hidden):
            x = tf.tanh(multiply_last_axis(x, weights * mask) + bias)
        shift, raw = [multiply_last_axis(x, weights * self._masks[-1]) + bias
                      for weights, bias in self._outputs]
        return shift, _MAX_LOG_SCALE * tf.tanh(raw / _MAX_LOG_SCALE)


def _create_dense(name, shape, dtype, stddev):
    return [create_variable("%s_weights" % name, shape, dtype, stddev),
            create_variable("%s_bias" % name, shape[1:], dtype, 0.)]
