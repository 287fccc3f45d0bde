"""The inputs of the dense layers of a network, in one evaluation."""
from typing import Any, Dict, List, Mapping

import keras
import tensorflow.compat.v2 as tf

__all__ = ["DenseInputs"]


class DenseInputs:
    """The inputs of dense layers that are applied once to one vector of each datum.

    The gradient of a kernel is the product of this input and the gradient of the bias.
    Only the layers of a Sequential or functional network are found, not those of models
    within.

    :param network: A built Keras network.
    :param variables: A dict of its trainable weights by name.
    """

    def __init__(self, network: Any, variables: Mapping[str, Any]) -> None:
        self._names = {id(x): name for name, x in variables.items()}
        inputs = {}
        for layer in getattr(network, "layers", []):
            if type(layer) is keras.layers.Dense and layer.use_bias:
                name = self._names.get(id(layer.kernel))
                symbol = _input_of(layer)
                if name and id(layer.bias) in self._names and symbol is not None:
                    inputs[name] = symbol
        self._inputs = inputs
        self._model = keras.Model(network.inputs, inputs) if inputs else None

    def has(self, name: str) -> bool:
        """Whether the input that multiplies a kernel is known."""
        return name in self._inputs

    def __call__(self, values: Mapping[str, tf.Tensor], x: tf.Tensor
                 ) -> Dict[str, tf.Tensor]:
        """A dict of Tensors `[n, n_inputs]` by the names of kernels.

        :param values: A dict of the values of weights by name.
        """
        if self._model is None:
            return {}
        weights: List[Any] = [values[self._names[id(v)]]
                              for v in self._model.trainable_variables]
        inputs: Dict[str, tf.Tensor] = self._model.stateless_call(
            weights, self._model.non_trainable_variables, x, training=False)[0]
        # With mixed precision, they have the dtype of products.
        return {name: tf.cast(x, values[name].dtype) for name, x in inputs.items()}


def _input_of(layer: Any) -> Any:
    """The symbolic input, a matrix; None of layers that are called several times."""
    try:
        symbol = layer.input
    except (AttributeError, ValueError):
        return None
    return symbol if len(getattr(symbol, "shape", ())) == 2 else None
