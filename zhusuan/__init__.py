"""ZhuSuan: probabilistic programming for Bayesian deep learning.

A model is a function that returns a :class:`~zhusuan.framework.bn.BayesianNet`.
Inference algorithms accept models in TensorFlow 1 and 2: in graphs, eagerly, traced and
compiled. ``import zhusuan as zs`` changes no state of TensorFlow or Keras.
``zs.layers`` and ``zs.keras`` import Keras 3 when they are first used.
"""
from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from zhusuan import (
    diagnostics,
    distributions,
    evaluation,
    framework,
    hmc,
    legacy,
    mcmc,
    sgmcmc,
    transform,
    utils,
    variational,
)
from zhusuan._tf.random_numbers import seeded
from zhusuan.evaluation import is_loglikelihood, smc
from zhusuan.framework import (
    BayesianNet,
    MetaBayesianNet,
    PartialObservation,
    StochasticTensor,
    SupportWarning,
    get_backward_ops,
    marginalize,
    meta_bayesian_net,
    reuse,
    reuse_variables,
    support_checks,
)
from zhusuan.legacy.framework import stochastic as _node_classes
from zhusuan.legacy.framework.stochastic import *
from zhusuan.mcmc import (
    HMC,
    NUTS,
    PSGLD,
    SGHMC,
    SGLD,
    SGMCMC,
    SGNHT,
    Chains,
    HMCInfo,
    NUTSInfo,
)
from zhusuan.transform import planar_normalizing_flow
from zhusuan.utils import TensorArithmeticMixin, log_mean_exp, merge_dicts
from zhusuan.variational import laplace, pathfinder

__version__ = "0.5.0.dev0"

__all__ = [
    "BayesianNet",
    "Chains",
    "HMC",
    "HMCInfo",
    "MetaBayesianNet",
    "NUTS",
    "NUTSInfo",
    "PSGLD",
    "PartialObservation",
    "SGHMC",
    "SGLD",
    "SGMCMC",
    "SGNHT",
    "StochasticTensor",
    "SupportWarning",
    "TensorArithmeticMixin",
    "diagnostics",
    "distributions",
    "evaluation",
    "framework",
    "get_backward_ops",
    "hmc",
    "is_loglikelihood",
    "laplace",
    "legacy",
    "log_mean_exp",
    "marginalize",
    "mcmc",
    "merge_dicts",
    "meta_bayesian_net",
    "pathfinder",
    "planar_normalizing_flow",
    "reuse",
    "reuse_variables",
    "seeded",
    "sgmcmc",
    "smc",
    "support_checks",
    "transform",
    "utils",
    "variational",
]
__all__ += _node_classes.__all__  # a form that type checkers understand

if _TYPE_CHECKING:
    from zhusuan import keras, layers

_REQUIRING_KERAS = {"keras": "zhusuan.keras", "layers": "zhusuan.layers"}


def __getattr__(name: str) -> _Any:
    if name in _REQUIRING_KERAS:
        return _import_module(_REQUIRING_KERAS[name])
    raise AttributeError("module 'zhusuan' has no attribute {!r}".format(name))
