"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import bijectors, utils
from zhusuan.distributions.base import Distribution
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
    Categorical,
    Cauchy,
    Discrete,
    FoldNormal,
    Gumbel,
    Laplace,
    Logistic,
    Normal,
    StudentT,
    Uniform,
)

__all__ = ["BagofCategoricals", "Bernoulli", "Categorical", "Cauchy",
           "Concrete", "Dirichlet", "Discrete", "Distribution", "ExpConcrete",
           "ExpGumbelSoftmax", "FoldNormal", "Gumbel", "GumbelSoftmax",
           "Laplace", "Logistic", "MatrixVariateNormalCholesky", "Multinomial",
           "MultivariateNormalCholesky", "MultivariateNormalDiag", "Normal",
           "OnehotCategorical", "OnehotDiscrete", "StudentT", "Uniform",
           "UnnormalizedMultinomial", "bijectors", "kl_divergence", "utils"]
