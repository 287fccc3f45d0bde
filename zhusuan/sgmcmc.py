"""Stochastic gradient MCMC: 0.4's path to :mod:`zhusuan.mcmc.sgmcmc`."""
from zhusuan.mcmc.sgmcmc import *  # noqa: F403
