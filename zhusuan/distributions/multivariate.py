"""The multivariate distributions, by their public names."""
from zhusuan.distributions.concrete import Concrete, ExpConcrete
from zhusuan.distributions.dirichlet import Dirichlet
from zhusuan.distributions.multinomial import (
    Multinomial,
    OnehotCategorical,
    UnnormalizedMultinomial,
)
from zhusuan.distributions.multivariate_normal import (
    MatrixVariateNormalCholesky,
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)

__all__ = [
    "BagofCategoricals",
    "Concrete",
    "Dirichlet",
    "ExpConcrete",
    "ExpGumbelSoftmax",
    "GumbelSoftmax",
    "MatrixVariateNormalCholesky",
    "Multinomial",
    "MultivariateNormalCholesky",
    "MultivariateNormalDiag",
    "OnehotCategorical",
    "OnehotDiscrete",
    "UnnormalizedMultinomial",
]

BagofCategoricals = UnnormalizedMultinomial
ExpGumbelSoftmax = ExpConcrete
GumbelSoftmax = Concrete
OnehotDiscrete = OnehotCategorical
