"""A mean over training steps, kept in a variable."""
import weakref

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["MovingMean", "moving_mean_of"]

# Eager code only: moving means by the id of their owner and by dtype.
_owned = {}


class MovingMean:
    """An exponentially weighted mean of the scalars that it has seen.

    The weights of what was seen add up to one from the first step on (the bias
    correction of Kingma and Ba, 2014, "Adam", section 3). It is 0 before
    anything was seen. Values that are not finite are left out.

    :param dtype: The dtype of the scalars.
    """

    def __init__(self, dtype=tf.float32):
        # The weighted sums of the scalars and of ones; the mean is their ratio.
        # One variable, so that one read sees both as they were at one step.
        self._sums = _tf.make_private_variable(
            np.zeros(2), dtype, "moving_mean")

    def advance(self, x, decay):
        """The mean before `x`, and an op that takes `x` into it.

        The op runs after the mean is read, whatever the kind of graph.
        """
        sums = self._sums.read_value()
        mean = tf.math.divide_no_nan(sums[0], sums[1])
        with_x = decay * sums + (1. - decay) * tf.stack([x, tf.ones_like(x)])
        updated = tf.where(tf.math.is_finite(x), with_x, sums)
        return mean, _tf.commit([(self._sums, updated)], after=[mean])


def moving_mean_of(owner, dtype):
    """The :class:`MovingMean` for the line of code that we are in.

    In a graph or a traced function, which a line enters once to be run many
    times, it is a new one that lives as long as they do. Eagerly, where the line
    itself runs many times, it is the one that belongs to the object `owner`.
    """
    if _tf.current_graph() is None:
        return _owned_by(owner, dtype)
    mean = MovingMean(dtype)
    _tf.keep_with_functions(mean)
    return mean


def _owned_by(owner, dtype):
    # A bound method is a new object each time; what it is bound to lasts.
    owner = getattr(owner, "__self__", owner)
    key = (id(owner), dtype)
    if key not in _owned:
        _owned[key] = MovingMean(dtype)
        weakref.finalize(owner, _owned.pop, key, None)
    return _owned[key]
