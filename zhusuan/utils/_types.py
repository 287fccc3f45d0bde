"""Types of arguments and results in annotations."""
from typing import Any, Sequence, Union

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["Axis", "TensorLike"]

# Arguments of tf.convert_to_tensor; Any includes Tensor-like classes.
TensorLike = Union[tf.Tensor, tf.Variable, np.ndarray, np.number, bool, int, float,
                   Sequence[Any], Any]

# The axis or axes to reduce.
Axis = Union[int, Sequence[int]]
