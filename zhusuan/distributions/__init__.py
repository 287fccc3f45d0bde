"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import bijectors, utils
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bernoulli import Bernoulli
from zhusuan.distributions.beta import Beta
from zhusuan.distributions.binomial import Binomial
from zhusuan.distributions.categorical import (
    Categorical,
    Discrete,
    OnehotCategorical,
    OnehotDiscrete,
)
from zhusuan.distributions.cauchy import Cauchy
from zhusuan.distributions.concrete import (
    BinConcrete,
    BinGumbelSoftmax,
    Concrete,
    ExpConcrete,
    ExpGumbelSoftmax,
    GumbelSoftmax,
)
from zhusuan.distributions.dirichlet import Dirichlet
from zhusuan.distributions.exponential import Exponential
from zhusuan.distributions.fold_normal import FoldNormal
from zhusuan.distributions.gamma import Gamma, InverseGamma
from zhusuan.distributions.geometric import Geometric
from zhusuan.distributions.gumbel import Gumbel
from zhusuan.distributions.half_cauchy import HalfCauchy
from zhusuan.distributions.half_normal import HalfNormal
from zhusuan.distributions.hidden_markov import HiddenMarkov
from zhusuan.distributions.kl import kl_divergence
from zhusuan.distributions.laplace import Laplace
from zhusuan.distributions.lkj import LKJCholesky
from zhusuan.distributions.log_normal import LogNormal
from zhusuan.distributions.logistic import Logistic
from zhusuan.distributions.matrix_variate_normal import MatrixVariateNormalCholesky
from zhusuan.distributions.mixture import MixtureSameFamily
from zhusuan.distributions.multinomial import (
    BagofCategoricals,
    Multinomial,
    UnnormalizedMultinomial,
)
from zhusuan.distributions.multivariate_normal import (
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)
from zhusuan.distributions.negative_binomial import NegativeBinomial
from zhusuan.distributions.normal import Normal
from zhusuan.distributions.poisson import Poisson
from zhusuan.distributions.student_t import StudentT
from zhusuan.distributions.transformed import TransformedDistribution
from zhusuan.distributions.truncated_normal import TruncatedNormal
from zhusuan.distributions.uniform import Uniform
from zhusuan.distributions.von_mises import VonMises
from zhusuan.distributions.wishart import InverseWishart, Wishart

__all__ = ["BagofCategoricals", "Bernoulli", "Beta", "BinConcrete", "BinGumbelSoftmax",
           "Binomial", "Categorical", "Cauchy", "Concrete", "Dirichlet", "Discrete",
           "Distribution", "ExpConcrete", "ExpGumbelSoftmax", "Exponential",
           "FoldNormal", "Gamma", "Geometric", "Gumbel", "GumbelSoftmax", "HalfCauchy",
           "HalfNormal", "HiddenMarkov", "InverseGamma", "InverseWishart",
           "LKJCholesky", "Laplace", "LogNormal", "Logistic",
           "MatrixVariateNormalCholesky", "MixtureSameFamily", "Multinomial",
           "MultivariateNormalCholesky", "MultivariateNormalDiag", "NegativeBinomial",
           "Normal", "OnehotCategorical", "OnehotDiscrete", "Poisson", "StudentT",
           "TransformedDistribution", "TruncatedNormal", "Uniform",
           "UnnormalizedMultinomial", "VonMises", "Wishart", "bijectors",
           "kl_divergence", "utils"]
