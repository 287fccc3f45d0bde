"""The path of ZhuSuan 0.4 to the multivariate distributions."""
from zhusuan.distributions.categorical import OnehotCategorical, OnehotDiscrete
from zhusuan.distributions.concrete import (
    Concrete,
    ExpConcrete,
    ExpGumbelSoftmax,
    GumbelSoftmax,
)
from zhusuan.distributions.dirichlet import Dirichlet
from zhusuan.distributions.matrix_variate_normal import MatrixVariateNormalCholesky
from zhusuan.distributions.multinomial import (
    BagofCategoricals,
    Multinomial,
    UnnormalizedMultinomial,
)
from zhusuan.distributions.multivariate_normal import (
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)

__all__ = ["BagofCategoricals", "Concrete", "Dirichlet", "ExpConcrete",
           "ExpGumbelSoftmax", "GumbelSoftmax", "MatrixVariateNormalCholesky",
           "Multinomial", "MultivariateNormalCholesky", "MultivariateNormalDiag",
           "OnehotCategorical", "OnehotDiscrete", "UnnormalizedMultinomial"]
