"""Methods of BayesianNet that scripts of ZhuSuan 0.3 use."""
from typing import Any, List, Tuple, Union

from zhusuan.utils._warnings import warn_deprecated

__all__ = ["DeprecatedBayesianNet"]

_Names = Union[str, List[str], Tuple[str, ...]]


class DeprecatedBayesianNet:
    """Deprecated methods of 0.3. Each warns and names its replacement."""

    def __enter__(self):
        warn_deprecated("`with BayesianNet(observed) as model`",
                        "methods of the object, as in bn = zs.BayesianNet(); "
                        "bn.normal(...),")
        return super().__enter__()

    def outputs(self: Any, name_or_names: _Names) -> Any:
        """Deprecated: the values of nodes as Tensors; use :meth:`get`."""
        warn_deprecated("BayesianNet.outputs()", "BayesianNet.get()")
        return self._outputs(name_or_names)

    def local_log_prob(self: Any, name_or_names: _Names) -> Any:
        """Deprecated, use :meth:`cond_log_prob`."""
        warn_deprecated("BayesianNet.local_log_prob()",
                        "BayesianNet.cond_log_prob()")
        return self.cond_log_prob(name_or_names)

    def query(self: Any, name_or_names: _Names, outputs: bool = False,
              local_log_prob: bool = False) -> Any:
        """Deprecated: (value, log probability) of nodes; use :meth:`get`.

        :param outputs: A bool. Whether to return values.
        :param local_log_prob: A bool. Whether to return log probabilities.
        :return: For one name, the requested quantities: a tuple, or the quantity
            itself if there is one. For a list of names, a list of those.
        """
        warn_deprecated("BayesianNet.query()",
                        "BayesianNet.get() and BayesianNet.cond_log_prob()")
        requested = []
        if outputs:
            requested.append(self._outputs)
        if local_log_prob:
            requested.append(self.cond_log_prob)

        def query_one(name):
            found = tuple(quantity(name) for quantity in requested)
            return found[0] if len(found) == 1 else found
        return self._map_names(query_one, name_or_names)

    def _outputs(self, name_or_names):
        return self._map_names(
            lambda name: self._get_stochastic(name).tensor, name_or_names)
