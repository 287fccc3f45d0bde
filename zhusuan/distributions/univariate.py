"""The univariate distributions, by their public names."""
from zhusuan.distributions._categorical import Categorical
from zhusuan.distributions._circular import VonMises
from zhusuan.distributions._counts import Binomial, Geometric, NegativeBinomial, Poisson
from zhusuan.distributions._discrete import Bernoulli
from zhusuan.distributions._gamma import Gamma, InverseGamma
from zhusuan.distributions._location import Uniform
from zhusuan.distributions._normal import FoldNormal, Normal
from zhusuan.distributions._positive import (
    Exponential,
    HalfCauchy,
    HalfNormal,
    LogNormal,
)
from zhusuan.distributions._real import Cauchy, Gumbel, Laplace, Logistic, StudentT
from zhusuan.distributions._truncated import TruncatedNormal
from zhusuan.distributions._unit_interval import Beta, BinConcrete

__all__ = ["Bernoulli", "Beta", "BinConcrete", "BinGumbelSoftmax", "Binomial",
           "Categorical", "Cauchy", "Discrete", "Exponential", "FoldNormal",
           "Gamma", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal",
           "InverseGamma", "Laplace", "LogNormal", "Logistic",
           "NegativeBinomial", "Normal", "Poisson", "StudentT",
           "TruncatedNormal", "Uniform", "VonMises"]

BinGumbelSoftmax = BinConcrete
Discrete = Categorical
