"""`tf.contrib.distributions.percentile`."""
import tensorflow.compat.v2 as tf

from zhusuan._tf import version_1_api as v1

__all__ = ["percentile"]

# Positions count from the largest element.
_ROUND = {"lower": tf.math.ceil, "higher": tf.math.floor, "nearest": tf.math.round}


def percentile(x, q, axis=None, interpolation=None, keep_dims=False,
               validate_args=False, name=None):
    """The `q`-th percentile of `x`, which is an element of `x`.

    :param x: Tensor; its rank is static if `axis` is given.
    :param q: Number from 0 to 100.
    :param axis: int or list of ints; all dimensions by default.
    :param interpolation: "lower", "higher" or "nearest" (default) chooses one of two
        neighbours.
    :param keep_dims: Whether to keep the reduced dimensions with size 1.
    :param validate_args: Whether to check `q` when the graph runs.
    :return: Tensor of the dtype of `x`.
    """
    interpolation = interpolation or "nearest"
    if interpolation not in _ROUND:
        raise ValueError("percentile was given interpolation={!r}; expected one of {}"
                         ".".format(interpolation, sorted(_ROUND)))
    with v1.name_scope(name, "percentile", [x, q]):
        x = tf.convert_to_tensor(x)
        q = tf.cast(q, tf.float64)
        if validate_args:
            checks = [tf.debugging.assert_rank(q, 0), tf.debugging.assert_greater_equal(
                q, tf.zeros([], q.dtype)), tf.debugging.assert_less_equal(
                q, tf.constant(100., q.dtype))]
            with tf.control_dependencies(checks):
                q = tf.identity(q)
        rows, axes = _as_rows(x, axis)
        size = tf.shape(rows)[-1]
        position = _ROUND[interpolation](
            tf.cast(size - 1, q.dtype) * (1. - q / 100.))
        position = tf.clip_by_value(tf.cast(position, tf.int32), 0, size - 1)
        result = tf.gather(tf.nn.top_k(rows, size).values, position, axis=-1)
        if keep_dims and axis is None:
            return tf.reshape(result, tf.ones([tf.rank(x)], tf.int32))
        for dimension in axes if keep_dims else []:
            result = tf.expand_dims(result, dimension)
        return result


def _as_rows(x, axis):
    """`x` with the dimensions `axis` flattened into the last one, and `axis` sorted."""
    if axis is None:
        return tf.reshape(x, [-1]), []
    rank = x.shape.ndims
    axes = [axis] if isinstance(axis, int) else [
        int(a) for a in tf.get_static_value(tf.convert_to_tensor(axis)).reshape(-1)]
    axes = sorted(a % rank for a in axes)
    kept = [a for a in range(rank) if a not in axes]
    static = [x.shape[a].value for a in kept]
    shape = tf.shape(x)
    sizes = [shape[a] if size is None else size for a, size in zip(kept, static)]
    return tf.reshape(tf.transpose(x, kept + axes), sizes + [-1]), axes
