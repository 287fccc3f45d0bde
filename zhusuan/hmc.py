"""Hamiltonian Monte Carlo: 0.4's path to :mod:`zhusuan.mcmc.hmc`."""
from zhusuan.mcmc.hmc import *  # noqa: F403
from zhusuan.utils._warnings import helpers_of_0_4 as _helpers_of_0_4

__getattr__ = _helpers_of_0_4(__name__)
