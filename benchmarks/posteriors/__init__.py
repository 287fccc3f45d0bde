"""The 46 posteriors of posteriordb with reference draws, as models of ZhuSuan."""
from benchmarks.posteriors import (
    differential_equations,
    gaussian_processes,
    hidden_markov,
    hierarchical,
    mixtures,
    regressions,
    time_series,
)
from benchmarks.posteriors.posterior import Posterior
from zhusuan.utils import merge_dicts

__all__ = ["MODELS", "Posterior"]

# Functions of a dict of data that return a Posterior, by the names of the models.
MODELS = merge_dicts(*[module.MODELS for module in (
    regressions, hierarchical, mixtures, time_series, gaussian_processes,
    hidden_markov, differential_equations)])
