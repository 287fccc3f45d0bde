"""The batch shape to which the parameters of a distribution broadcast.

Parameters are dicts of ``name: (Tensor, number of event axes)``.
"""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import check_broadcast
from zhusuan.distributions._outer_product_warning import warn_of_outer_product

__all__ = ["check_parameters_broadcast", "dynamic_batch_shape", "static_batch_shape"]


def dynamic_batch_shape(parameters):
    """The batch shape, a 1-D int32 Tensor."""
    shape = tf.constant([], dtype=tf.int32)
    for tensor, event_ndims in parameters.values():
        own = tf.shape(tensor)
        own = own[:tf.size(own) - event_ndims] if event_ndims else own
        shape = tf.broadcast_dynamic_shape(shape, own)
    return shape


def static_batch_shape(parameters):
    """The static batch shape, a `tf.TensorShape`."""
    shape = tf.TensorShape([])
    for tensor, event_ndims in parameters.values():
        shape = tf.broadcast_static_shape(
            shape, _without_last(tensor.shape, event_ndims))
    return shape


def check_parameters_broadcast(parameters):
    """Raise ValueError if the static shapes of the parameters do not broadcast."""
    seen_name, seen = None, tf.TensorShape([])
    for name, (tensor, event_ndims) in parameters.items():
        shape = _without_last(tensor.shape, event_ndims)
        warn_of_outer_product(name, shape, "the shape of %s" % seen_name, seen)
        seen = check_broadcast(name, shape, seen_name, seen)
        seen_name = name if seen_name is None else seen_name + " and " + name


def _without_last(shape, n_axes):
    if shape.rank is None or n_axes == 0:
        return shape
    return shape[:shape.rank - n_axes]
