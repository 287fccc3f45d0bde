"""Models as Bayesian networks: nodes, observation, shared variables."""
from zhusuan.framework.bn import BayesianNet, StochasticTensor
from zhusuan.framework.marginalization import marginalize
from zhusuan.framework.meta_bn import MetaBayesianNet, meta_bayesian_net
from zhusuan.framework.partial_observation import PartialObservation
from zhusuan.framework.support_warnings import SupportWarning, support_checks
from zhusuan.framework.utils import get_backward_ops, reuse, reuse_variables

__all__ = ["BayesianNet", "MetaBayesianNet", "PartialObservation",
           "StochasticTensor", "SupportWarning", "get_backward_ops", "marginalize",
           "meta_bayesian_net", "reuse", "reuse_variables", "support_checks"]
