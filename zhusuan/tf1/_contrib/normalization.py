"""`tf.contrib.layers`: normalization of batches and of layers."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1
from zhusuan.tf1._contrib.arg_scope import add_arg_scope
from zhusuan.tf1._contrib.layers import add_to_collections, model_variable
from zhusuan.tf1._layers.batch_moments import (
    batch_moments,
    normalize,
    unbiased_variance,
    update_moving_averages,
)

__all__ = ["batch_norm", "layer_norm"]


@add_arg_scope
def batch_norm(inputs, decay=0.999, center=True, scale=False, epsilon=0.001,
               activation_fn=None, param_initializers=None, param_regularizers=None,
               updates_collections=v1.GraphKeys.UPDATE_OPS, is_training=True,
               reuse=None, variables_collections=None, outputs_collections=None,
               trainable=True, batch_weights=None, fused=None, data_format="NHWC",
               zero_debias_moving_mean=False, scope=None, renorm=False,
               renorm_clipping=None, renorm_decay=0.99, adjustment=None):
    """Batch normalization: Ioffe and Szegedy (2015).

    :param is_training: A bool or a Tensor. In training the moments are those of the
        batch, otherwise moving averages.
    :param updates_collections: The collections of the updates of these averages, which
        the script must run. None makes the output depend on the updates.
    :param fused: False averages the biased variance also for inputs of rank 2 and 4,
        as TensorFlow 1.15 does without its fused op.
    """
    if batch_weights is not None or zero_debias_moving_mean or renorm or adjustment:
        raise NotImplementedError(
            "contrib.layers.batch_norm was given batch_weights, "
            "zero_debias_moving_mean, renorm or adjustment, which `python -m "
            "zhusuan.tf1` lacks. Leave them out, or use "
            "tf.keras.layers.BatchNormalization.")
    with v1.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse):
        x = tf.convert_to_tensor(inputs)
        axis = x.shape.ndims - 1 if data_format == "NHWC" else 1
        n_features = [x.shape[axis]]

        def variable(name, initial, is_trained):
            return model_variable(
                name, n_features, x.dtype.base_dtype,
                (param_initializers or {}).get(name, initial),
                (param_regularizers or {}).get(name), is_trained,
                variables_collections)

        zeros, ones = v1.zeros_initializer(), v1.ones_initializer()
        parameters = ([("beta", zeros)] if center else []) + (
            [("gamma", ones)] if scale else [])
        is_fused = fused is not False and x.shape.ndims in (2, 4)  # in 1.15
        if not is_fused or x.shape.ndims == 4:
            parameters.reverse()  # the order of trainable variables in 1.15
        trained = {name: variable(name, initial, trainable)
                   for name, initial in parameters}
        moving = (variable("moving_mean", zeros, False),
                  variable("moving_variance", ones, False))

        axes = [a for a in range(x.shape.ndims) if a != axis]
        mean, variance = batch_moments(x, axes, moving, is_training)
        averaged = unbiased_variance(variance, x) if is_fused else variance
        updates = update_moving_averages(moving, (mean, averaged), decay, is_training)
        y = normalize(x, axes, (mean, variance), trained.get("beta"),
                       trained.get("gamma"), epsilon)
        if updates_collections is None:
            with tf.control_dependencies(updates):
                y = tf.identity(y)
        else:
            for update in updates:
                add_to_collections(update, updates_collections)
        y = y if activation_fn is None else activation_fn(y)
    return add_to_collections(y, outputs_collections)


@add_arg_scope
def layer_norm(inputs, center=True, scale=True, activation_fn=None, reuse=None,
               variables_collections=None, outputs_collections=None, trainable=True,
               begin_norm_axis=1, begin_params_axis=-1, scope=None):
    """Layer normalization: Ba, Kiros and Hinton (2016)."""
    with v1.variable_scope(scope, "LayerNorm", [inputs], reuse=reuse):
        x = tf.convert_to_tensor(inputs)
        dtype = x.dtype.base_dtype

        def variable(name, initial):
            return model_variable(name, x.shape[begin_params_axis:], dtype, initial,
                                  None, trainable, variables_collections)

        beta = variable("beta", v1.zeros_initializer()) if center else None
        gamma = variable("gamma", v1.ones_initializer()) if scale else None
        axes = list(range(begin_norm_axis % x.shape.ndims, x.shape.ndims))
        mean, variance = v1.moments(x, axes, keep_dims=True)
        epsilon = 1e-3 if dtype == tf.float16 else 1e-12
        y = tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
        y = y if activation_fn is None else activation_fn(y)
    return add_to_collections(y, outputs_collections)
