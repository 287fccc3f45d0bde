"""The multivariate distributions, by their public names."""
from zhusuan.distributions._cholesky import (
    MatrixVariateNormalCholesky,
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)
from zhusuan.distributions._concrete import Concrete, ExpConcrete
from zhusuan.distributions._dirichlet import Dirichlet
from zhusuan.distributions._multinomial import (
    Multinomial,
    OnehotCategorical,
    UnnormalizedMultinomial,
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
