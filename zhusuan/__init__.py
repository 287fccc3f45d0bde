"""ZhuSuan: probabilistic programming for Bayesian deep learning.

Models are functions that return a :class:`BayesianNet`; inference algorithms
take them as they are, in TensorFlow 1 and 2, in graphs, eagerly, traced and
compiled. ``import zhusuan as zs`` changes no state of TensorFlow or Keras.
"""
from zhusuan import distributions, evaluation, framework, utils, variational
from zhusuan._random import seeded
from zhusuan.evaluation import is_loglikelihood
from zhusuan.framework import (
    BayesianNet,
    MetaBayesianNet,
    StochasticTensor,
    get_backward_ops,
    meta_bayesian_net,
    reuse,
    reuse_variables,
)
from zhusuan.hmc import HMC, HMCInfo
from zhusuan.utils import TensorArithmeticMixin, log_mean_exp, merge_dicts

__version__ = "0.5.0.dev0"

__all__ = [
    "BayesianNet",
    "HMC",
    "HMCInfo",
    "MetaBayesianNet",
    "StochasticTensor",
    "TensorArithmeticMixin",
    "distributions",
    "evaluation",
    "framework",
    "get_backward_ops",
    "is_loglikelihood",
    "log_mean_exp",
    "merge_dicts",
    "meta_bayesian_net",
    "reuse",
    "reuse_variables",
    "seeded",
    "utils",
    "variational",
]
