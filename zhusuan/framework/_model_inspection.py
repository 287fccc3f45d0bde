"""The variables, the summary and the graph of a model."""
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Tuple

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.framework._model_graph_builder import (
    build_model_graph,
    run_in_scratch_graph,
)
from zhusuan.framework._model_summary import format_nodes, format_variables
from zhusuan.framework._variable_store import VariableStore
from zhusuan.framework.model_graph import ModelGraph
from zhusuan.utils._types import TensorLike

if TYPE_CHECKING:
    from zhusuan.framework.bn import BayesianNet

__all__ = ["InspectableModel"]


class InspectableModel:
    """The base class of models: variables, summary and graph."""

    _store: Optional[VariableStore]

    @property
    def _name(self) -> str:
        raise NotImplementedError

    def _observed_net(self, values: Mapping[str, TensorLike]) -> "BayesianNet":
        raise NotImplementedError

    @property
    def variables(self) -> Tuple[tf.Variable, ...]:
        """The variables that the model has created so far, in order.

        Empty without ``reuse_variables=True``: such models create new variables for
        every BayesianNet.
        """
        return () if self._store is None else self._store.variables

    @property
    def trainable_variables(self) -> Tuple[tf.Variable, ...]:
        """The trainable ones of :attr:`variables`."""
        return tuple(v for v in self.variables if v.trainable)

    def summary(self, print_fn: Optional[Callable[[str], Any]] = None,
                **kwargs: TensorLike) -> None:
        """Print a table of the nodes, and the number of shared variables.

        The model function runs once more, as in :meth:`graph`. For the columns see
        :meth:`BayesianNet.summary <zhusuan.framework.bn.BayesianNet.summary>`.

        :param print_fn: A function to call with each line; `print` by default.
        :param kwargs: Observed values by the names of stochastic nodes.
        """
        lines = self._inspect(format_nodes, kwargs)
        if self._store is not None:
            lines.append(format_variables(self.variables))
        for line in lines:
            (print_fn or print)(line)

    def graph(self, **kwargs: TensorLike) -> ModelGraph:
        """Return the directed graph of the nodes.

        The model function runs once more, in a function that is traced and discarded:
        nothing is computed or drawn, and a v1 graph gets no ops. Existing shared
        variables are used; missing ones are created, as by :meth:`observe`.

        :param kwargs: Observed values by the names of stochastic nodes.
        :return: A :class:`~zhusuan.framework.model_graph.ModelGraph`. In a v1 graph,
            raises `RuntimeError` if the model creates variables that are not shared;
            use :meth:`BayesianNet.graph
            <zhusuan.framework.bn.BayesianNet.graph>` there.

        >>> import zhusuan as zs
        >>> @zs.meta_bayesian_net()
        ... def build():
        ...     bn = zs.BayesianNet()
        ...     z = bn.normal("z", 0., std=1.)
        ...     bn.normal("x", 2. * z, std=1.)
        ...     return bn
        >>> print(build().graph(x=1.))
        flowchart TD
            n0(["z ~ Normal"])
            n1(["x ~ Normal"]):::observed
            n0 --> n1
            classDef observed fill:#ccc,color:#000
        """
        return self._inspect(build_model_graph, kwargs)

    # AutoGraph would convert every function that this calls, at the first trace.
    @tf.autograph.experimental.do_not_convert
    def _inspect(self, function: Callable[["BayesianNet"], Any],
                 observations: Dict[str, TensorLike]) -> Any:
        """Return ``function(bn)`` for a BayesianNet in a graph that is discarded."""
        if self._store is not None and _tf.session_graph() is not None and (
                not self._store.has_run):
            self._observed_net(observations)  # creates shared variables in the graph
        return run_in_scratch_graph(
            lambda: function(self._observed_net(_identities(observations))),
            model_name=self._name)


def _identities(observations: Dict[str, TensorLike]) -> Dict[str, TensorLike]:
    """Copies of the observed Tensors, which the model cannot use elsewhere."""
    return {name: tf.identity(value) if tf.is_tensor(value) else value
            for name, value in observations.items()}
