"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import bijectors, multivariate, univariate, utils
from zhusuan.distributions.asymmetric_laplace import AsymmetricLaplace
from zhusuan.distributions.autoregressive import AR
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bernoulli import Bernoulli
from zhusuan.distributions.beta import Beta
from zhusuan.distributions.beta_binomial import BetaBinomial
from zhusuan.distributions.binomial import Binomial
from zhusuan.distributions.categorical import (
    Categorical,
    Discrete,
    OnehotCategorical,
    OnehotDiscrete,
)
from zhusuan.distributions.cauchy import Cauchy
from zhusuan.distributions.censored import Censored
from zhusuan.distributions.concrete import (
    BinConcrete,
    BinGumbelSoftmax,
    Concrete,
    ExpConcrete,
    ExpGumbelSoftmax,
    GumbelSoftmax,
)
from zhusuan.distributions.dirichlet import Dirichlet
from zhusuan.distributions.dirichlet_multinomial import DirichletMultinomial
from zhusuan.distributions.exponential import Exponential
from zhusuan.distributions.flat import Flat, HalfFlat
from zhusuan.distributions.fold_normal import FoldNormal
from zhusuan.distributions.gamma import Gamma, InverseGamma
from zhusuan.distributions.gaussian_random_walk import GaussianRandomWalk
from zhusuan.distributions.geometric import Geometric
from zhusuan.distributions.gumbel import Gumbel
from zhusuan.distributions.half_cauchy import HalfCauchy
from zhusuan.distributions.half_normal import HalfNormal
from zhusuan.distributions.half_student_t import HalfStudentT
from zhusuan.distributions.hidden_markov import HiddenMarkov
from zhusuan.distributions.kl import kl_divergence
from zhusuan.distributions.kumaraswamy import Kumaraswamy
from zhusuan.distributions.laplace import Laplace
from zhusuan.distributions.lkj import LKJCholesky
from zhusuan.distributions.log_normal import LogNormal
from zhusuan.distributions.logistic import Logistic
from zhusuan.distributions.logit_normal import LogitNormal
from zhusuan.distributions.masked import MaskedDistribution
from zhusuan.distributions.matrix_variate_normal import MatrixVariateNormalCholesky
from zhusuan.distributions.mixture import MixtureSameFamily
from zhusuan.distributions.mixture_of_families import Mixture
from zhusuan.distributions.multinomial import (
    BagofCategoricals,
    Multinomial,
    UnnormalizedMultinomial,
)
from zhusuan.distributions.multivariate_normal import (
    MultivariateNormalCholesky,
    MultivariateNormalDiag,
)
from zhusuan.distributions.multivariate_student_t import MultivariateStudentT
from zhusuan.distributions.negative_binomial import NegativeBinomial
from zhusuan.distributions.normal import Normal
from zhusuan.distributions.ordered_logistic import OrderedLogistic
from zhusuan.distributions.pareto import Pareto
from zhusuan.distributions.poisson import Poisson
from zhusuan.distributions.skew_normal import SkewNormal
from zhusuan.distributions.student_t import StudentT
from zhusuan.distributions.transformed import TransformedDistribution
from zhusuan.distributions.truncated import Truncated
from zhusuan.distributions.truncated_normal import TruncatedNormal
from zhusuan.distributions.uniform import Uniform
from zhusuan.distributions.von_mises import VonMises
from zhusuan.distributions.weibull import Weibull
from zhusuan.distributions.wishart import InverseWishart, Wishart
from zhusuan.distributions.zero_inflated import (
    ZeroInflatedNegativeBinomial,
    ZeroInflatedPoisson,
)

__all__ = ["AR", "AsymmetricLaplace", "BagofCategoricals", "Bernoulli", "Beta",
           "BetaBinomial", "BinConcrete", "BinGumbelSoftmax", "Binomial", "Categorical",
           "Cauchy", "Censored", "Concrete", "Dirichlet", "DirichletMultinomial",
           "Discrete", "Distribution", "ExpConcrete", "ExpGumbelSoftmax", "Exponential",
           "Flat", "FoldNormal", "Gamma", "GaussianRandomWalk", "Geometric", "Gumbel",
           "GumbelSoftmax", "HalfCauchy", "HalfFlat", "HalfNormal", "HalfStudentT",
           "HiddenMarkov", "InverseGamma", "InverseWishart", "Kumaraswamy",
           "LKJCholesky", "Laplace", "LogNormal", "Logistic", "LogitNormal",
           "MaskedDistribution", "MatrixVariateNormalCholesky", "Mixture",
           "MixtureSameFamily", "Multinomial", "MultivariateNormalCholesky",
           "MultivariateNormalDiag", "MultivariateStudentT", "NegativeBinomial",
           "Normal", "OnehotCategorical", "OnehotDiscrete", "OrderedLogistic", "Pareto",
           "Poisson", "SkewNormal", "StudentT", "TransformedDistribution", "Truncated",
           "TruncatedNormal", "Uniform", "UnnormalizedMultinomial", "VonMises",
           "Weibull", "Wishart", "ZeroInflatedNegativeBinomial", "ZeroInflatedPoisson",
           "bijectors", "kl_divergence", "multivariate", "univariate", "utils"]
