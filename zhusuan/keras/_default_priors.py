"""Default priors of the weights of Keras layers."""
from typing import Any, Sequence, Tuple

import keras
import numpy as np

__all__ = ["default_prior"]

# Names of weights that multiply normalized values, whose prior has mean 1.
_SCALES = ("gamma", "scale")
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose,
               keras.layers.Conv3DTranspose)


def default_prior(path: str, layers: Sequence[Any], shape: Sequence[int]
                  ) -> Tuple[float, float]:
    """The mean and the standard deviation of the normal prior of a weight.

    :param path: The path of the weight within the network.
    :param layers: The layers with the weight, from the outermost.
    :param shape: The shape of the weight.
    """
    kind = path.rsplit("/", 1)[-1]
    if len(shape) < 2 or "bias" in kind or kind == "embeddings" or kind in _SCALES:
        return float(kind in _SCALES), 1.
    return 0., float(np.prod(_inputs_axes(kind, layers, shape), dtype=float)) ** -0.5


def _inputs_axes(kind: str, layers: Sequence[Any], shape: Sequence[int]
                 ) -> Sequence[int]:
    """The lengths of the axes of a kernel over which an output is a sum."""
    layer = layers[-1] if layers else None
    if isinstance(layer, _DEPTHWISE) or kind == "depthwise_kernel":
        return shape[:-2]
    if isinstance(layer, _TRANSPOSED):
        return [*shape[:-2], shape[-1]]
    if isinstance(layer, keras.layers.EinsumDense):
        operands, outputs = layer.equation.split("->")
        return [n for letter, n in zip(operands.split(",")[1], shape)
                if letter not in outputs]
    return shape[:-1]
