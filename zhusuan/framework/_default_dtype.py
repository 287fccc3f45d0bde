"""The dtype of nodes whose parameters are Python numbers, which have none."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions.utils import (
    FLOAT_DTYPES,
    as_numpy,
    is_tensor_like,
    tensor_dtype,
)

__all__ = ["default_dtype_of_node", "in_one_dtype"]


def default_dtype_of_node(name, observed, nodes, is_discrete):
    """The arguments of :func:`~zhusuan.distributions.utils.default_float_dtype`.

    The dtype is that of the first of these which is a float dtype: the node's
    observation, if that is a Tensor (such as the position of a sampler); all Tensors
    that are observed; all stochastic nodes so far; the observation, if an array of
    float64. Arrays come last, as NumPy makes all of them float64, meant or not.

    :param observed: A dict of observed values by name.
    :param nodes: A list of the stochastic nodes so far.
    :param is_discrete: A bool. Then the observation has a dtype of its own.
    """
    own = None if is_discrete else observed.get(name)
    if own is not None and is_tensor_like(own) and tensor_dtype(own) in FLOAT_DTYPES:
        return tensor_dtype(own), True
    for dtypes in ([tensor_dtype(x) for x in observed.values() if is_tensor_like(x)],
                   [node.dist.param_dtype for node in nodes]):
        floats = {dtype for dtype in dtypes if dtype in FLOAT_DTYPES}
        if floats:
            return (floats.pop() if len(floats) == 1 else None), False
    is_float64 = getattr(as_numpy(own), "dtype", None) == np.float64
    return (tf.float64 if is_float64 else None), False


def in_one_dtype(terms):
    """Log densities, in the widest of their dtypes."""
    widest = max((term.dtype for term in terms), key=lambda dtype: dtype.size)
    return [tf.cast(term, widest) for term in terms]
