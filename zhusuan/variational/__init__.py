"""Variational inference: objectives and their gradient estimators."""
from zhusuan.variational.base import VariationalObjective
from zhusuan.variational.exclusive_kl import EvidenceLowerBoundObjective, elbo
from zhusuan.variational.monte_carlo import (
    ImportanceWeightedObjective,
    importance_weighted_objective,
    iw_objective,
)

__all__ = ["EvidenceLowerBoundObjective", "ImportanceWeightedObjective",
           "VariationalObjective", "elbo", "importance_weighted_objective",
           "iw_objective"]
