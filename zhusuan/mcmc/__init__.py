"""Markov chain Monte Carlo: samplers, chains of draws, diagnostics."""
from zhusuan.mcmc import diagnostics
from zhusuan.mcmc.chains import Chains, Summary
from zhusuan.mcmc.hmc import HMC, HMCInfo
from zhusuan.mcmc.nuts import NUTS, NUTSInfo
from zhusuan.mcmc.sampler import Sampler
from zhusuan.mcmc.sgmcmc import PSGLD, SGHMC, SGLD, SGMCMC, SGNHT

__all__ = ["Chains", "HMC", "HMCInfo", "NUTS", "NUTSInfo", "PSGLD", "SGHMC", "SGLD",
           "SGMCMC", "SGNHT", "Sampler", "Summary", "diagnostics"]
