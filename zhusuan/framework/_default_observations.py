"""Values of nodes that have no observation."""
from typing import Any, Callable, Dict, Optional

import tensorflow.compat.v2 as tf

from zhusuan.framework.meta_bn import ObservationOfDistribution
from zhusuan.framework.utils import Context

__all__ = ["DefaultObservations", "with_defaults"]


class DefaultObservations(Context):
    """A context in which nodes without an observation have the value of a function.

    :param function: A function of the name and the distribution of a node that
        returns the value, or None for none.
    :param dtype: The `tf.DType` of nodes whose parameters are Python numbers.
    """

    def __init__(self, function: Callable[[str, Any], Optional[tf.Tensor]],
                 dtype: tf.DType) -> None:
        self._function, self._dtype = function, dtype

    def of_node(self, name: str) -> ObservationOfDistribution:
        """The observation of a node."""
        return ObservationOfDistribution(
            lambda dist: self._function(name, dist), self._dtype)


def with_defaults(observed: Dict[str, Any]) -> Dict[str, Any]:
    """A dict of observations whose `get` returns those of the context by default."""
    context = DefaultObservations.innermost()
    return observed if context is None else _WithDefaults(context, observed)


class _WithDefaults(Dict[str, Any]):
    def __init__(self, context: DefaultObservations, observed: Dict[str, Any]) -> None:
        super().__init__(observed)
        self._context = context

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else self._context.of_node(name)
