"""Probability distributions: sampling, densities, shapes.

See :class:`~zhusuan.distributions.base.Distribution` for what they share.
"""
from zhusuan.distributions import utils
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.univariate import (
    Bernoulli,
    Categorical,
    Discrete,
    FoldNormal,
    Normal,
    Uniform,
)

__all__ = ["Bernoulli", "Categorical", "Discrete", "Distribution", "FoldNormal",
           "Normal", "Uniform", "utils"]
