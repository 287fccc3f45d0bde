"""`tf.layers`: batch normalization."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._layers.base import InputSpec, Layer
from zhusuan.tf1._layers.batch_moments import (
    batch_moments,
    fused_normalize,
    normalize,
    unbiased_variance,
    update_moving_averages,
)
from zhusuan.tf1._layers.functions_by_name import get_initializer, get_regularizer
from zhusuan.tf1._layers.static_or_dynamic import require_known_size

__all__ = ["BatchNormalization", "batch_normalization"]

_ZEROS, _ONES = v1.zeros_initializer(), v1.ones_initializer()


class BatchNormalization(Layer):
    """Batch normalization: Ioffe and Szegedy (2015).

    :param axis: The axis of the features, or several.
    :param momentum: The weight of the old value in an update of the moving averages.
        The updates are in the collection `tf.GraphKeys.UPDATE_OPS`; the script must run
        them.
    :param fused: False averages the biased variance also for images, as TensorFlow
        1.15 does without its fused op.
    """

    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True,
                 beta_initializer=_ZEROS, gamma_initializer=_ONES,
                 moving_mean_initializer=_ZEROS, moving_variance_initializer=_ONES,
                 beta_regularizer=None, gamma_regularizer=None, beta_constraint=None,
                 gamma_constraint=None, renorm=False, renorm_clipping=None,
                 renorm_momentum=0.99, fused=None, trainable=True,
                 virtual_batch_size=None, adjustment=None, name=None, **kwargs):
        super().__init__(trainable, name, **kwargs)
        if renorm or virtual_batch_size is not None or adjustment is not None:
            raise NotImplementedError(
                "The layer {!r} was given renorm, virtual_batch_size or adjustment, "
                "which zhusuan.tf1 lacks on TensorFlow 2. Leave them out, or run the "
                "script on TensorFlow 1.15.".format(self.name))
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else [int(axis)]
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.fused = fused
        self._options = {
            "beta": (beta_initializer, beta_regularizer, beta_constraint),
            "gamma": (gamma_initializer, gamma_regularizer, gamma_constraint),
            "moving_mean": (moving_mean_initializer, None, None),
            "moving_variance": (moving_variance_initializer, None, None),
        }

    def build(self, input_shape):
        ndims = input_shape.ndims
        if ndims is None:
            raise ValueError(
                "The layer {!r} was given inputs of unknown rank; expected a known "
                "one. Set it by inputs.set_shape(...).".format(self.name))
        self.axis = [self._checked_axis(axis, ndims) for axis in self.axis]
        sizes = {axis: require_known_size(input_shape, axis, self.name)
                 for axis in self.axis}
        self.input_spec = InputSpec(ndim=ndims, axes=sizes)
        shape = list(sizes.values())
        if len(sizes) > 1:
            shape = [sizes.get(axis, 1) for axis in range(ndims)]
        self.gamma = self._parameter("gamma", shape, True) if self.scale else None
        self.beta = self._parameter("beta", shape, True) if self.center else None
        partitioner = self._scope.partitioner  # not for the averages
        self._scope.set_partitioner(None)
        self.moving_mean = self._parameter("moving_mean", shape, False)
        self.moving_variance = self._parameter("moving_variance", shape, False)
        self._scope.set_partitioner(partitioner)

    def _checked_axis(self, axis, ndims):
        if not -ndims <= axis < ndims:
            raise ValueError("The layer {!r} was given axis={!r} and inputs of {} "
                             "dimensions; expected one of these.".format(
                                 self.name, axis, ndims))
        return axis % ndims

    def _parameter(self, name, shape, trainable):
        initializer, regularizer, constraint = self._options[name]
        dtype = tf.as_dtype(self.dtype or tf.float32)
        if dtype.size < 4:
            dtype = tf.float32
        return self.add_weight(name, shape, dtype, get_initializer(initializer),
                               get_regularizer(regularizer), trainable, constraint)

    def call(self, inputs, training=False):
        training = False if training is None else training
        axes = [axis for axis in range(inputs.shape.ndims) if axis not in self.axis]
        moving = self.moving_mean, self.moving_variance
        parameters = self.beta, self.gamma, self.epsilon
        is_fused = self._is_fused(inputs)
        if is_fused and self.axis == [3]:
            y, mean, averaged = fused_normalize(inputs, moving, training, *parameters)
        else:  # the fused op requires channels last on CPUs
            mean, variance = batch_moments(inputs, axes, moving, training)
            averaged = unbiased_variance(variance, inputs) if is_fused else variance
            y = normalize(inputs, axes, (mean, variance), *parameters)
        for update in update_moving_averages(
                moving, (mean, averaged), self.momentum, training):
            self.add_update(update)
        y.set_shape(inputs.shape)
        return y

    def _is_fused(self, inputs):
        """Whether TensorFlow 1.15 uses its fused op."""
        return (self.fused is not False and inputs.shape.ndims == 4
                and self.axis in ([1], [3]))


def batch_normalization(
        inputs, axis=-1, momentum=0.99, epsilon=1e-3, center=True, scale=True,
        beta_initializer=_ZEROS, gamma_initializer=_ONES,
        moving_mean_initializer=_ZEROS, moving_variance_initializer=_ONES,
        beta_regularizer=None, gamma_regularizer=None, beta_constraint=None,
        gamma_constraint=None, training=False, trainable=True, name=None, reuse=None,
        renorm=False, renorm_clipping=None, renorm_momentum=0.99, fused=None,
        virtual_batch_size=None, adjustment=None):
    """Call a new :class:`BatchNormalization` with `inputs`."""
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer,
        moving_mean_initializer, moving_variance_initializer, beta_regularizer,
        gamma_regularizer, beta_constraint, gamma_constraint, renorm, renorm_clipping,
        renorm_momentum, fused, trainable, virtual_batch_size, adjustment, name,
        _reuse=reuse, _scope=name)
    return layer(inputs, training=training)
