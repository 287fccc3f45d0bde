"""Runs of NUTS on a posterior by ZhuSuan, NumPyro and nutpie.

Each function returns another one, of a number of draws, that returns a :class:`Run`.
"""
from typing import Any, Dict, NamedTuple, Optional

import numpy as np

import zhusuan as zs
from benchmarks import posteriordb
from benchmarks.posteriors import MODELS

__all__ = ["LIBRARIES", "Run", "Settings"]

# The target rate of NUTS where its default gives divergences, by the names of models.
TARGET_ACCEPTANCE = {"eight_schools_centered": 0.95,
                     "eight_schools_noncentered": 0.95, "gp_pois_regr": 0.98,
                     "one_comp_mm_elim_abs": 0.98}
# Latents along a curve: correlations over all of it fit none of its parts.
METRIC = {"gp_pois_regr": "diagonal"}
# Chains stay in a second mode, which Pathfinder's importance weights rule out.
BY_PATHFINDER = {"lotka_volterra"}


class Settings(NamedTuple):
    """The size of a run."""

    n_chains: int = 4
    n_warmup: int = 1000
    n_samples: int = 1000
    seed: int = 1


class Run(NamedTuple):
    """Draws, and counts over all chains.

    :param draws: A dict of arrays `[n_samples, n_chains, ...]` by parameter.
    :param n_divergent: The number of divergent transitions among the draws.
    :param gradients: The number of gradients for the draws.
    :param warmup_gradients: The same for warm-up; None if not counted.
    """

    draws: Dict[str, Any]
    n_divergent: int
    gradients: int
    warmup_gradients: Optional[int] = None


def posterior_of(name):
    """The name of the model, its data set, and the `Posterior`."""
    model, data = posteriordb.posterior(name).model, posteriordb.of_posterior(name)
    return model, data, MODELS[model](data)


def zhusuan(name, settings, **options):
    """By the public `run`; `options` of NUTS."""
    model, _, posterior = posterior_of(name)
    if model in TARGET_ACCEPTANCE:
        options.setdefault("target_acceptance_rate", TARGET_ACCEPTANCE[model])
    if model in METRIC:
        options.setdefault("metric", METRIC[model])
    sampler = zs.NUTS(**options)
    start = {"latent": posterior.start}
    if model in BY_PATHFINDER:
        start = {"init": zs.pathfinder(
            posterior.model, posterior.observed, latent=posterior.start,
            constraints=posterior.constraints, seed=settings.seed)}

    def run(n_samples):
        chains = sampler.run(
            posterior.model, posterior.observed, n_samples=n_samples,
            n_warmup=settings.n_warmup, n_chains=settings.n_chains, seed=settings.seed,
            constraints=posterior.constraints, progress_bar=False, **start)
        return Run(posterior.derive(chains.draws),
                   int(np.sum(chains.statistics["is_divergent"])),
                   int(np.sum(chains.statistics["n_leapfrogs"])),
                   int(np.sum(chains.warmup_statistics["n_leapfrogs"])))

    return run


def numpyro(name, settings, **options):
    """In float64, with the chains as one batch, as here."""
    import jax
    import numpyro
    from numpyro.infer import MCMC, NUTS

    from benchmarks.posteriors import numpyro_models
    numpyro.enable_x64()
    model, data, posterior = posterior_of(name)
    function = numpyro_models.model(model, data, posterior)
    options = target_of(model, options, "target_accept_prob")
    by_length = {}  # an MCMC compiles once, for one number of draws

    def run(n_samples):
        if n_samples not in by_length:
            by_length[n_samples] = MCMC(
                NUTS(function, **options), num_warmup=settings.n_warmup,
                num_samples=n_samples,
                num_chains=settings.n_chains, chain_method="vectorized",
                progress_bar=False)
        mcmc = by_length[n_samples]
        mcmc.run(jax.random.PRNGKey(settings.seed),
                 extra_fields=("num_steps", "diverging"))
        fields = mcmc.get_extra_fields(group_by_chain=True)
        draws = {parameter: np.swapaxes(x, 0, 1) for parameter, x
                 in mcmc.get_samples(group_by_chain=True).items()}
        return Run(posterior.derive(draws), int(np.sum(fields["diverging"])),
                   int(np.sum(fields["num_steps"])))

    return run


def nutpie(name, settings, **options):
    """By PyMC and Numba; each chain has a thread."""
    import nutpie

    from benchmarks.posteriors import pymc_models
    model, data, posterior = posterior_of(name)
    options = target_of(model, options, "target_accept")
    pymc_model = pymc_models.model(model, data, posterior)
    compiled = []

    def run(n_samples):
        if not compiled:  # in the first run, which is timed with compilation
            compiled.append(nutpie.compile_pymc_model(pymc_model))
        found = nutpie.sample(
            compiled[0], draws=n_samples, tune=settings.n_warmup,
            chains=settings.n_chains, seed=settings.seed, progress_bar=False, **options)
        statistics, warmup = found.sample_stats, found.warmup_sample_stats
        draws = {str(parameter): np.swapaxes(x.values, 0, 1)
                 for parameter, x in found.posterior.items()}
        return Run(posterior.derive(draws), int(statistics["diverging"].sum()),
                   int(statistics["n_steps"].sum()), int(warmup["n_steps"].sum()))

    return run


def nutpie_low_rank(name, settings, **options):
    """The same with its low-rank metric."""
    return nutpie(name, settings, low_rank_modified_mass_matrix=True, **options)


def target_of(model, options, as_name):
    """The options with the target acceptance rate under the library's own name."""
    options = dict(options)
    rate = options.pop("target_acceptance_rate", TARGET_ACCEPTANCE.get(model))
    return options if rate is None else dict(options, **{as_name: rate})


LIBRARIES = {"zhusuan": zhusuan, "numpyro": numpyro, "nutpie": nutpie,
             "nutpie-low-rank": nutpie_low_rank}
