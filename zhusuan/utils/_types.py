"""Types of arguments and results in annotations."""
import os
from typing import Any, Sequence, Union

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Axis", "DTypeLike", "PathLike", "TensorLike"]

# Whatever tf.convert_to_tensor accepts; Any includes Tensor-like classes.
TensorLike = Union[tf.Tensor, tf.Variable, np.ndarray, np.number, bool, int, float,
                   Sequence[Any], Any]

# Whatever tf.as_dtype accepts.
DTypeLike = Union[tf.DType, np.dtype, type, str, int]

# The axis or axes to reduce.
Axis = Union[int, Sequence[int]]

# Whatever os.fsdecode accepts.
PathLike = Union[str, bytes, "os.PathLike[Any]"]
