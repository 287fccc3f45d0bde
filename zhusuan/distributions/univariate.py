"""The univariate distributions, by their public names."""
from zhusuan.distributions._categorical import Categorical
from zhusuan.distributions._discrete import Bernoulli
from zhusuan.distributions._location import Uniform
from zhusuan.distributions._normal import FoldNormal, Normal
from zhusuan.distributions._real import Cauchy, Gumbel, Laplace, Logistic, StudentT

__all__ = ["Bernoulli", "Categorical", "Cauchy", "Discrete", "FoldNormal",
           "Gumbel", "Laplace", "Logistic", "Normal", "StudentT", "Uniform"]

Discrete = Categorical
