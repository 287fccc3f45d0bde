"""Distributions that are parts of other distributions."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution

__all__ = ["check_component", "check_components", "over_values", "sample_to_shape",
           "sum_where"]


def check_component(whole, name, part, may_group=False):
    """Convert `part` to a Distribution and check that its group_ndims is 0.

    :param whole: The distribution that is made from the part.
    :param name: The name of the argument.
    :param may_group: A bool. Whether `group_ndims` may be any int.
    """
    part = adapt_distribution(part)
    if not isinstance(part, Distribution):
        raise TypeError("%s: `%s` must be a zhusuan.distributions.Distribution, but "
                        "it is %r." % (type(whole).__name__, name, part))
    if may_group and isinstance(part.group_ndims, int):
        return part
    if not (isinstance(part.group_ndims, int) and part.group_ndims == 0):
        raise ValueError("%s: `%s` must have group_ndims=0, but it has %s. Give "
                         "group_ndims to the whole instead." % (
                             type(whole).__name__, name, part.group_ndims))
    return part


def check_components(whole, components):
    """A list of distributions of values of one shape, dtype and kind."""
    name = type(whole).__name__
    if not isinstance(components, (list, tuple)) or not components:
        raise TypeError("%s: `components` must be a list of at least one Distribution, "
                        "but it is %r." % (name, components))
    components = [check_component(whole, "components[%d]" % i, c)
                  for i, c in enumerate(components)]
    for what, of in (("dtype", lambda c: c.dtype),
                     ("param_dtype", lambda c: c.param_dtype),
                     ("is_continuous", lambda c: c.is_continuous)):
        if len({of(c) for c in components}) > 1:
            raise ValueError("%s: all components must have the same %s, but they have "
                             "%s." % (name, what, [of(c) for c in components]))
    shapes = [c.get_value_shape() for c in components]
    if not all(shapes[0].is_compatible_with(shape) for shape in shapes):
        raise ValueError("%s: all components must have the same value shape, but they "
                         "have %s." % (name, ", ".join(map(str, shapes))))
    return components


def sample_to_shape(distribution, shape):
    """Independent samples of the shape `shape`, followed by the value shape.

    :param shape: A 1-D int32 Tensor, to which the batch shape broadcasts.
    """
    own = distribution.batch_shape
    rank = tf.size(shape)
    own = tf.concat([tf.ones([rank - tf.size(own)], tf.int32), own], axis=0)
    repeats = shape // tf.maximum(own, 1)
    samples = distribution.sample(tf.reduce_prod(repeats))
    value = distribution.value_shape
    samples = tf.reshape(samples, tf.concat([repeats, own, value], axis=0))
    # Each axis stands behind the one along which it is repeated.
    axes = tf.range(rank)
    order = tf.reshape(tf.stack([axes, rank + axes], axis=1), [-1])
    samples = tf.transpose(samples, tf.concat(
        [order, 2 * rank + tf.range(tf.size(value))], axis=0))
    return tf.reshape(samples, tf.concat([shape, value], axis=0))


def over_values(x, value_ndims):
    """`x`, one number for each value, with axes of the length 1 for those of values."""
    return x[(Ellipsis,) + (tf.newaxis,) * value_ndims]


def sum_where(condition, x, axis):
    """The sum along an axis of the entries for which `condition` holds."""
    return tf.reduce_sum(tf.where(condition, x, tf.zeros_like(x)), axis=axis)
