"""The dtype of parameters and start values that are Python numbers."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import FLOAT_DTYPES
from zhusuan.distributions._conversion import as_numpy, is_tensor_like, tensor_dtype
from zhusuan.framework.partial_observation import PartialObservation

__all__ = ["cast_numbers", "infer_float_dtype", "numeric_array", "observed_float_dtype"]

# Those of latents.
_SAMPLED = (tf.float32, tf.float64)


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
    is_float64 = _float_dtype(own) == tf.float64
    return (tf.float64 if is_float64 else None), False


def cast_numbers(values, observed):
    """Convert Python numbers and lists of them to arrays of the dtype of a model.

    The dtype is the first float dtype among: the other `values`; observed Tensors;
    float64, if an observation is such an array; float32.

    :param values: A dict of start values by latent name. Tensors and arrays among them
        stay unchanged; what is not numeric raises TypeError.
    :param observed: All observed values, a list.
    """
    arrays = {name: numeric_array(name, x) for name, x in values.items()
              if tensor_dtype(x) is None}
    numbers = {name for name in arrays if _has_no_dtype(values[name])}
    dtypes = [_float_dtype(arrays.get(name, x)) for name, x in values.items()
              if name not in numbers]
    dtypes.append(observed_float_dtype(observed))
    dtype = next((d for d in dtypes if d is not None), tf.float32)
    return {name: arrays[name].astype(dtype.as_numpy_dtype) if name in numbers else x
            for name, x in values.items()}


def observed_float_dtype(observed):
    """The dtype that observations suggest for latents: float32, float64 or None.

    It is that of the first Tensor that has one of them, or else float64 if an
    observation is such an array. NumPy makes float64 arrays by default, so that these
    come last.

    :param observed: All observed values, an iterable.
    """
    arrays = [x.values if isinstance(x, PartialObservation) else x for x in observed]
    dtypes = [_float_dtype(x) for x in arrays if is_tensor_like(x)]
    dtypes += [tf.float64 for x in arrays if _float_dtype(x) == tf.float64]
    return next((d for d in dtypes if d in _SAMPLED), None)


def numeric_array(name, x):
    """A number, list or array as a NumPy array; TypeError unless it is numeric.

    :param name: The name of the latent whose start value it is.
    """
    try:
        array = np.asarray(as_numpy(x))
    except ValueError:  # lists of several lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise TypeError("The latent %r must be numeric, but its start value is %r. "
                        "Pass a number, an array or a Tensor." % (name, x))
    return array


def _has_no_dtype(x):
    """Whether `x` is a Python number, or a list of them."""
    leaves = tf.nest.flatten(x) if isinstance(x, (list, tuple)) else [x]
    return all(isinstance(leaf, (int, float)) and not isinstance(leaf, np.generic)
               for leaf in leaves)


def _float_dtype(x):
    """The float dtype of a Tensor or an array; None for anything else."""
    dtype = tensor_dtype(x) or getattr(as_numpy(x), "dtype", None)
    known = [known for known in FLOAT_DTYPES if known == dtype]
    return known[0] if known else None
