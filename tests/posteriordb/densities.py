"""Log densities of all models, as functions of data and of parameters.

`DENSITIES[model](data, parameters)` is the log density, up to a constant, of the
parameters that have reference moments: -inf outside of the support. `data` is a dict of
arrays by field (`data.read`), `parameters` a dict of arrays by name.
"""
from benchmarks import posteriordb as data

from . import (
    differential_equations,
    latent_normals,
    linear_regressions,
    mixtures,
    time_series,
)
from .latent_normals import STANDARDIZED

FAMILIES = (linear_regressions, time_series, latent_normals, mixtures,
            differential_equations)
DENSITIES = {model: log_density for family in FAMILIES
             for model, log_density in family.DENSITIES.items()}


def log_density(name: str, parameters: dict) -> float:
    """The log density of a posterior at one point, up to a constant.

    :param name: Name of a posterior.
    :param parameters: Arrays by parameter, such as a point of `points.points`.
    :return: The log density, -inf outside of the support.
    """
    model = data.posterior(name).model
    return float(DENSITIES[model](data.of_posterior(name), parameters))


def latents(name: str, parameters: dict) -> dict:
    """The latents that the model of a posterior is sampled in, at one point.

    These are the parameters, except that `z` of shape [8] replaces `theta` in
    eight_schools_noncentered and `z` of shape [11] replaces `f` in gp_pois_regr.
    """
    model = data.posterior(name).model
    if model not in STANDARDIZED:
        return parameters
    return STANDARDIZED[model].latents(data.of_posterior(name), parameters)


def parameters_of_latents(name: str, values: dict) -> dict:
    """The inverse of `latents`: the parameters that have reference moments."""
    model = data.posterior(name).model
    if model not in STANDARDIZED:
        return values
    return STANDARDIZED[model].parameters(data.of_posterior(name), values)


def latent_log_density(name: str, values: dict) -> float:
    """The log density of the latents of a posterior, as the model states it.

    It equals `log_density`, except for the two posteriors of `latents` with `z`.
    """
    model = data.posterior(name).model
    if model not in STANDARDIZED:
        return log_density(name, values)
    return float(STANDARDIZED[model].log_density(data.of_posterior(name), values))
