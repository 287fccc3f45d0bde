"""Convergence diagnostics: the short path to :mod:`zhusuan.mcmc.diagnostics`."""
from zhusuan.mcmc.diagnostics import *  # noqa: F403
