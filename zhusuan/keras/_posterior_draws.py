"""Draws of the weights of a network from its posterior."""
from typing import Any, Dict, List, Optional

import numpy as np

from zhusuan.distributions._conversion import as_numpy, check_int
from zhusuan.keras.bayesian_network import BayesianNetwork
from zhusuan.mcmc.chains import Chains
from zhusuan.variational.fits import Fit

__all__ = ["draws_of", "noise_in", "weights_in", "with_functions"]


def draws_of(posterior: Any, n_samples: Optional[int]) -> Dict[str, np.ndarray]:
    """The draws along one first axis, a dict of arrays by name."""
    if isinstance(posterior, Chains):
        n_axes = 1 + posterior.chain_rank
        draws = {name: x.reshape((-1,) + x.shape[n_axes:])
                 for name, x in dict(posterior.draws, **posterior.derived).items()}
    elif isinstance(posterior, Fit):
        draws = _draws_of_fit(posterior, n_samples)
    elif isinstance(posterior, dict):
        draws = {name: np.asarray(as_numpy(x)) for name, x in posterior.items()}
    else:
        raise TypeError(
            "predict: posterior must be Chains, a Fit or a dict of draws by name, but "
            "it is %r. Run inference first, such as zs.variational.fit(model, data), "
            "and pass the result as posterior=." % (posterior,))
    lengths = {len(x) for x in draws.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            "predict: the latents must have equally many draws, at least one, but they "
            "have %s." % sorted(lengths))
    n = lengths.pop()
    if n_samples is None or n_samples == n:
        return draws
    if check_int("predict: n_samples", n_samples) > n:
        raise ValueError(
            "predict: n_samples is %d, but the posterior has %d draws. Omit n_samples= "
            "or run inference with more." % (n_samples, n))
    chosen = np.arange(n_samples) * n // n_samples
    return {name: x[chosen] for name, x in draws.items()}


def _draws_of_fit(fit: Fit, n_samples: Optional[int]) -> Dict[str, np.ndarray]:
    """The stored draws, or as many others if there are fewer and it can draw."""
    draws = dict(fit._stored_draws())
    n = min(map(len, draws.values()), default=0)
    if fit._draw is None or n_samples is None or n_samples <= n:
        return draws
    return fit.draws(n_samples)


def with_functions(draws: Dict[str, np.ndarray], model: BayesianNetwork,
                   x: np.ndarray) -> Dict[str, np.ndarray]:
    """Draws with those of weights that are functions of latents, as of a Fit."""
    names = [name for name in model.weights if name not in draws
             and any(x.startswith(name + "/") for x in draws)]
    if not names:
        return draws
    bn = model.observe(x=x, **draws)
    return dict(draws, **{name: np.asarray(bn[name]) for name in names})


def weights_in(draws: Dict[str, np.ndarray],
               model: BayesianNetwork) -> List[np.ndarray]:
    """The draws of the weights in the order of the network, of their dtypes."""
    missing = [name for name in model.weights if name not in draws]
    if missing:
        raise ValueError(
            "predict: the posterior has no draws of %s. Pass the posterior of the same "
            "model, run without keep=." % ", ".join(map(repr, missing)))
    return [draws[name].astype(variable.dtype)
            for name, variable in model.weights.items()]


def noise_in(draws: Dict[str, np.ndarray], model: BayesianNetwork) -> Any:
    """The noise of "normal", a number or its draws; None for other likelihoods."""
    if model._likelihood.likelihood != "normal":
        return None
    if model._likelihood.fixed_noise is not None:
        return model._likelihood.fixed_noise
    if "noise" not in draws:
        raise ValueError("predict: the posterior has no draws of 'noise'. Pass the "
                         "posterior of the same model, run without keep=.")
    return draws["noise"]
