"""Diagnostics of a million draws, by ZhuSuan and by ArviZ."""
import numpy as np

__all__ = ["arviz", "zhusuan"]


def draws(n, n_chains=4):
    """Of autoregressive chains `[n, n_chains]`."""
    from scipy.signal import lfilter
    noise = np.random.RandomState(0).normal(size=[n // n_chains, n_chains])
    return lfilter([1.], [1., -0.5], noise, axis=0)


def zhusuan(what, n):
    from zhusuan import diagnostics
    samples = draws(n)
    return {"bulk ess": lambda: diagnostics.ess(samples, "bulk"),
            "tail ess": lambda: diagnostics.ess(samples, "tail"),
            "rhat": lambda: diagnostics.split_rhat(samples),
            "mcse": lambda: diagnostics.mcse(samples)}[what]


def arviz(what, n):
    import arviz
    samples = draws(n).T  # it wants chains first
    return {"bulk ess": lambda: arviz.ess(samples, method="bulk"),
            "tail ess": lambda: arviz.ess(samples, method="tail"),
            "rhat": lambda: arviz.rhat(samples, method="rank"),
            "mcse": lambda: arviz.mcse(samples, method="mean")}[what]
