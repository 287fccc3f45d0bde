"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import utils
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.multivariate import (
    BagofCategoricals,
    Concrete,
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
    Discrete,
    FoldNormal,
    Normal,
    Uniform,
)

__all__ = [
    "BagofCategoricals",
    "Bernoulli",
    "Categorical",
    "Concrete",
    "Discrete",
    "Distribution",
    "ExpConcrete",
    "ExpGumbelSoftmax",
    "FoldNormal",
    "GumbelSoftmax",
    "MatrixVariateNormalCholesky",
    "Multinomial",
    "MultivariateNormalCholesky",
    "MultivariateNormalDiag",
    "Normal",
    "OnehotCategorical",
    "OnehotDiscrete",
    "Uniform",
    "UnnormalizedMultinomial",
    "utils",
]
