"""The univariate distributions, by their public names."""
from zhusuan.distributions.bernoulli import Bernoulli
from zhusuan.distributions.categorical import Categorical
from zhusuan.distributions.counts import Binomial, Geometric, NegativeBinomial, Poisson
from zhusuan.distributions.gamma import Gamma, InverseGamma
from zhusuan.distributions.normal import FoldNormal, Normal
from zhusuan.distributions.positive import (
    Exponential,
    HalfCauchy,
    HalfNormal,
    LogNormal,
)
from zhusuan.distributions.real import Cauchy, Gumbel, Laplace, Logistic, StudentT
from zhusuan.distributions.truncated_normal import TruncatedNormal
from zhusuan.distributions.uniform import Uniform
from zhusuan.distributions.unit_interval import Beta, BinConcrete
from zhusuan.distributions.von_mises import VonMises

__all__ = ["Bernoulli", "Beta", "BinConcrete", "BinGumbelSoftmax", "Binomial",
           "Categorical", "Cauchy", "Discrete", "Exponential", "FoldNormal",
           "Gamma", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal",
           "InverseGamma", "Laplace", "LogNormal", "Logistic",
           "NegativeBinomial", "Normal", "Poisson", "StudentT",
           "TruncatedNormal", "Uniform", "VonMises"]

BinGumbelSoftmax = BinConcrete
Discrete = Categorical
