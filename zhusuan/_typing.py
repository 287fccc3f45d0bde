"""Names for the kinds of values that public functions take."""
from typing import Any, Callable, Dict, Mapping, Sequence, Union

import numpy as np
import tensorflow.compat.v2 as tf

__all__ = ["LogJoint", "Observations", "ShapeLike", "TensorLike"]

# StochasticTensor and Keras tensors are Tensor-like without a common base.
TensorLike = Union[tf.Tensor, tf.Variable, np.ndarray, float, int, Any]
ShapeLike = Union[tf.TensorShape, Sequence[int], tf.Tensor]
Observations = Mapping[str, TensorLike]
LogJoint = Callable[[Dict[str, TensorLike]], tf.Tensor]
