"""Variational inference: objectives, their gradient estimators, and posteriors."""
from zhusuan.variational import posteriors
from zhusuan.variational.base import VariationalObjective
from zhusuan.variational.compiled_costs import compiled_cost, is_compilation_faster
from zhusuan.variational.exclusive_kl import EvidenceLowerBoundObjective, elbo
from zhusuan.variational.fits import (
    Diagnosis,
    Evidence,
    Fit,
    FitSummary,
    NotFiniteError,
)
from zhusuan.variational.fitting import fit
from zhusuan.variational.inclusive_kl import InclusiveKLObjective, klpq
from zhusuan.variational.laplace_approximation import laplace
from zhusuan.variational.monte_carlo import (
    ImportanceWeightedObjective,
    importance_weighted_objective,
    iw_objective,
)
from zhusuan.variational.pathfinder_approximation import pathfinder
from zhusuan.variational.renyi import RenyiBoundObjective, renyi_bound

__all__ = ["Diagnosis", "Evidence", "EvidenceLowerBoundObjective", "Fit", "FitSummary",
           "ImportanceWeightedObjective", "InclusiveKLObjective", "NotFiniteError",
           "RenyiBoundObjective", "VariationalObjective", "compiled_cost", "elbo",
           "fit", "importance_weighted_objective", "is_compilation_faster",
           "iw_objective", "klpq", "laplace", "pathfinder", "posteriors",
           "renyi_bound"]
