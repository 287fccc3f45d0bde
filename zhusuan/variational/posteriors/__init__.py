"""Automatic posteriors, built from a model and its observations.

>>> import zhusuan as zs
>>> @zs.meta_bayesian_net()
... def build():
...     bn = zs.BayesianNet()
...     mean = bn.normal("mean", 0., std=10.)
...     std = bn.half_normal("std", 1.)
...     bn.normal("x", mean, std=std)
...     return bn
>>> posterior = zs.variational.posteriors.MeanField(build(), {"x": 1.})
>>> posterior
<zhusuan.variational.posteriors.MeanField of mean [], std []>
>>> posterior(n_samples=5)["std"].shape.as_list()
[5]
"""
from zhusuan.variational.posteriors.delta import Delta
from zhusuan.variational.posteriors.flow import Flow
from zhusuan.variational.posteriors.low_rank_normal import LowRankNormal
from zhusuan.variational.posteriors.mean_field import MeanField
from zhusuan.variational.posteriors.multivariate_normal import MultivariateNormal

__all__ = ["Delta", "Flow", "LowRankNormal", "MeanField", "MultivariateNormal"]
