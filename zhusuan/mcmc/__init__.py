"""Markov chain Monte Carlo: samplers, chains of draws, diagnostics."""
from zhusuan.mcmc import diagnostics
from zhusuan.mcmc.adaptation import Adaptation
from zhusuan.mcmc.chains import Chains, ConvergenceWarning, Summary
from zhusuan.mcmc.hmc import HMC, HMCInfo
from zhusuan.mcmc.nuts import NUTS, NUTSInfo
from zhusuan.mcmc.sampler import SampleInfo, Sampler
from zhusuan.mcmc.sgmcmc import (
    PSGLD,
    SGHMC,
    SGLD,
    SGMCMC,
    SGNHT,
    SGHMCInfo,
    SGMCMCInfo,
    SGNHTInfo,
)

__all__ = ["Adaptation", "Chains", "ConvergenceWarning", "HMC", "HMCInfo", "NUTS",
           "NUTSInfo", "PSGLD", "SGHMC", "SGHMCInfo", "SGLD", "SGMCMC", "SGMCMCInfo",
           "SGNHT", "SGNHTInfo", "SampleInfo", "Sampler", "Summary", "diagnostics"]
