"""The path of ZhuSuan 0.4 to the univariate distributions."""
from zhusuan.distributions.bernoulli import Bernoulli
from zhusuan.distributions.beta import Beta
from zhusuan.distributions.binomial import Binomial
from zhusuan.distributions.categorical import Categorical, Discrete
from zhusuan.distributions.cauchy import Cauchy
from zhusuan.distributions.concrete import BinConcrete, BinGumbelSoftmax
from zhusuan.distributions.exponential import Exponential
from zhusuan.distributions.fold_normal import FoldNormal
from zhusuan.distributions.gamma import Gamma, InverseGamma
from zhusuan.distributions.geometric import Geometric
from zhusuan.distributions.gumbel import Gumbel
from zhusuan.distributions.half_cauchy import HalfCauchy
from zhusuan.distributions.half_normal import HalfNormal
from zhusuan.distributions.laplace import Laplace
from zhusuan.distributions.log_normal import LogNormal
from zhusuan.distributions.logistic import Logistic
from zhusuan.distributions.negative_binomial import NegativeBinomial
from zhusuan.distributions.normal import Normal
from zhusuan.distributions.poisson import Poisson
from zhusuan.distributions.student_t import StudentT
from zhusuan.distributions.truncated_normal import TruncatedNormal
from zhusuan.distributions.uniform import Uniform
from zhusuan.distributions.von_mises import VonMises

__all__ = ["Bernoulli", "Beta", "BinConcrete", "BinGumbelSoftmax", "Binomial",
           "Categorical", "Cauchy", "Discrete", "Exponential", "FoldNormal", "Gamma",
           "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "InverseGamma", "Laplace",
           "LogNormal", "Logistic", "NegativeBinomial", "Normal", "Poisson", "StudentT",
           "TruncatedNormal", "Uniform", "VonMises"]
