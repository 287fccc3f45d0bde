"""BayesianNets in the results of model functions."""
from typing import TYPE_CHECKING, Any, Iterator, List, Mapping, Optional

import tensorflow.compat.v2 as tf

if TYPE_CHECKING:
    from zhusuan.framework.bn import BayesianNet

__all__ = ["bayesian_net_in", "names_of_nodes"]

# AutoGraph would convert every function that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


@_do_not_convert
def bayesian_net_in(returned: Any) -> Optional["BayesianNet"]:
    """The first BayesianNet in the result of a model function, or None.

    :param returned: A BayesianNet, or tuples, lists and dicts that contain one.
    """
    return next(_bayesian_nets_in(returned), None)


@_do_not_convert
def names_of_nodes(model_name: str, returned: Any) -> List[str]:
    """The names of all stochastic nodes; raise TypeError without a BayesianNet."""
    nets = list(_bayesian_nets_in(returned))
    if not nets:
        raise TypeError(
            "The model function %r must return a BayesianNet, alone or in a tuple, "
            "list or dict, but it returned %r. End it with `return bn`, or `return "
            "bn, extra`." % (model_name, returned))
    return [name for bn in nets for name in bn.stochastic_names]


def _bayesian_nets_in(returned: Any) -> Iterator["BayesianNet"]:
    if hasattr(returned, "stochastic_names"):
        yield returned
    elif isinstance(returned, (tuple, list, Mapping)):
        parts = returned.values() if isinstance(returned, Mapping) else returned
        for part in parts:
            yield from _bayesian_nets_in(part)
