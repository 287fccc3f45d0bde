"""The dtype of the parameters of a node if all of them are Python numbers."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import FLOAT_DTYPES
from zhusuan.distributions._conversion import as_numpy, is_tensor_like, tensor_dtype
from zhusuan.framework.partial_observation import PartialObservation

__all__ = ["infer_float_dtype"]


def infer_float_dtype(own, observed, dists):
    """Infer the arguments of `default_float_dtype` for a new node.

    The dtype is the first float dtype among: the node's observation, if that is a
    Tensor (such as the position of a sampler); all observed Tensors; all
    distributions so far; the observation, if it is a float64 array. Arrays
    come last, since NumPy makes float64 arrays by default.

    :param own: The observation of the node, or None.
    :param observed: All observed values of the net.
    :param dists: The distributions of the nodes so far.
    """
    if isinstance(own, PartialObservation):
        own = own.values
    if own is not None and is_tensor_like(own) and tensor_dtype(own) in FLOAT_DTYPES:
        return tensor_dtype(own), True
    for dtypes in ([tensor_dtype(x) for x in observed if is_tensor_like(x)],
                   [dist.param_dtype for dist in dists]):
        floats = {dtype for dtype in dtypes if dtype in FLOAT_DTYPES}
        if floats:
            return (floats.pop() if len(floats) == 1 else None), False
    is_float64 = getattr(as_numpy(own), "dtype", None) == np.float64
    return (tf.float64 if is_float64 else None), False
