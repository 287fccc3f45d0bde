"""Distributions of ZhuSuan 0.3 that only its nodes use."""
from zhusuan.legacy.distributions.special import Empirical, Implicit

__all__ = ["Empirical", "Implicit"]
