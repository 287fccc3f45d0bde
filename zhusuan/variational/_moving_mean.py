"""A moving mean over training steps, stored in a variable."""
import weakref
from typing import Dict, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf

__all__ = ["MovingMean", "get_moving_mean"]

# In eager code, moving means by the id of their owner and by dtype.
_owned: Dict[Tuple[int, tf.DType], "MovingMean"] = {}


class MovingMean:
    """An exponentially weighted mean of scalars.

    The weights sum to one from the first step on (the bias correction of Kingma and
    Ba, 2014, "Adam", section 3). The mean is 0 before the first step. Values that are
    not finite are ignored.

    :param dtype: The dtype of the scalars.
    """

    def __init__(self, dtype=tf.float32):
        # The weighted sums of the scalars and of ones; the mean is their ratio.
        # One variable, so that one read returns both sums of the same step.
        self._sums = _tf.make_private_variable(
            np.zeros(2), dtype, "moving_mean")

    def advance(self, x, decay):
        """Return the mean before `x`, and an op that includes `x` in it.

        The op runs after the mean is read, in every kind of graph.
        """
        sums = self._sums.read_value()
        mean = tf.math.divide_no_nan(sums[0], sums[1])
        with_x = decay * sums + (1. - decay) * tf.stack([x, tf.ones_like(x)])
        updated = tf.where(tf.math.is_finite(x), with_x, sums)
        return mean, _tf.commit([(self._sums, updated)], after=[mean])


def get_moving_mean(owner, dtype):
    """Return the :class:`MovingMean` for the current line of code.

    In a graph or a traced function, which runs a line once to build ops that run many
    times, it is a new one with the lifetime of the graph. Eagerly, where the line
    itself runs many times, it is the one that belongs to the object `owner`.
    """
    if _tf.current_graph() is None:
        return _get_owned(owner, dtype)
    mean = MovingMean(dtype)
    _tf.keep_with_functions(mean)
    return mean


def _get_owned(owner, dtype):
    # A bound method is a new object at each access; its instance persists.
    owner = getattr(owner, "__self__", owner)
    key = (id(owner), dtype)
    if key not in _owned:
        _owned[key] = MovingMean(dtype)
        weakref.finalize(owner, _owned.pop, key, None)
    return _owned[key]
