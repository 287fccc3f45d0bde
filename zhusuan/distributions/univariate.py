"""The univariate distributions, by their public names."""
from zhusuan.distributions._categorical import Categorical
from zhusuan.distributions._discrete import Bernoulli
from zhusuan.distributions._location import Uniform
from zhusuan.distributions._normal import FoldNormal, Normal

__all__ = ["Bernoulli", "Categorical", "Discrete", "FoldNormal", "Normal",
           "Uniform"]

Discrete = Categorical
