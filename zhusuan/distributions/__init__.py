"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import bijectors, utils
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.compound import (
    MixtureSameFamily,
    TransformedDistribution,
)
from zhusuan.distributions.kl import kl_divergence
from zhusuan.distributions.multivariate import (
    BagofCategoricals,
    Concrete,
    Dirichlet,
    ExpConcrete,
    ExpGumbelSoftmax,
    GumbelSoftmax,
    MatrixVariateNormalCholesky,
    Multinomial,
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
    OnehotCategorical,
    OnehotDiscrete,
    UnnormalizedMultinomial,
)
from zhusuan.distributions.univariate import (
    Bernoulli,
    Beta,
    BinConcrete,
    BinGumbelSoftmax,
    Binomial,
    Categorical,
    Cauchy,
    Discrete,
    Exponential,
    FoldNormal,
    Gamma,
    Geometric,
    Gumbel,
    HalfCauchy,
    HalfNormal,
    InverseGamma,
    Laplace,
    Logistic,
    LogNormal,
    NegativeBinomial,
    Normal,
    Poisson,
    StudentT,
    TruncatedNormal,
    Uniform,
    VonMises,
)

__all__ = ["BagofCategoricals", "Bernoulli", "Beta", "BinConcrete",
           "BinGumbelSoftmax", "Binomial", "Categorical", "Cauchy", "Concrete",
           "Dirichlet", "Discrete", "Distribution", "ExpConcrete",
           "ExpGumbelSoftmax", "Exponential", "FoldNormal", "Gamma",
           "Geometric", "Gumbel", "GumbelSoftmax", "HalfCauchy", "HalfNormal",
           "InverseGamma", "Laplace", "LogNormal", "Logistic",
           "MatrixVariateNormalCholesky", "MixtureSameFamily", "Multinomial",
           "MultivariateNormalCholesky", "MultivariateNormalDiag",
           "NegativeBinomial", "Normal", "OnehotCategorical", "OnehotDiscrete",
           "Poisson", "StudentT", "TransformedDistribution", "TruncatedNormal",
           "Uniform", "UnnormalizedMultinomial", "VonMises", "bijectors",
           "kl_divergence", "utils"]
