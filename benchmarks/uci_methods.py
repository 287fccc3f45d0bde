"""Posteriors over the weights of a network with one hidden layer, for `uci`.

Each function takes a `Split`, the number of hidden units and a seed, and returns the
predicted means and the standard deviations of the noise, `[n_draws, n_test]`.
"""
import keras
import numpy as np

import zhusuan as zs
from benchmarks.uci_tables import N_UNITS

__all__ = ["METHODS"]

_MODELS = {}


def _network(n_inputs, n_units, n_outputs=1):
    return keras.Sequential([
        keras.Input([n_inputs]), keras.layers.Dense(n_units, "relu", name="first"),
        keras.layers.Dense(n_outputs, name="last")])


def _cached(name, n_inputs, n_units, make):
    """A model for all splits of a table, so that programs are compiled once."""
    key = name, n_inputs, n_units
    if key not in _MODELS:
        _MODELS[key] = make(_network(n_inputs, n_units))
    return _MODELS[key]


def _hierarchical(network):
    return zs.keras.bayesian(network, prior={
        "first/kernel": zs.keras.hierarchical_prior(per_input=True),
        "last/kernel": zs.keras.hierarchical_prior(), "*/bias": 1.},
        noise=zs.distributions.HalfNormal(0.5))


def _predict(draws, x):
    """The outputs of draws of weights `[n_draws]` + own shape, by name."""
    hidden = np.maximum(np.einsum("nd,sdh->snh", x, draws["first/kernel"])
                        + draws["first/bias"][:, None], 0.)
    return (np.einsum("snh,sho->sno", hidden, draws["last/kernel"])
            + draws["last/bias"][:, None])


_WEIGHTS = ["first/kernel", "first/bias", "last/kernel", "last/bias"]


def _of_chains(chains, x):
    draws = {name: np.concatenate(np.moveaxis(np.asarray(chains[name]), 0, 1))
             for name in _WEIGHTS + ["noise"]}
    return _predict(draws, x)[..., 0], draws["noise"].reshape([-1, 1])


def nuts(split, n_units, seed):
    """NUTS, with a latent scale for each input of the first layer, and for the last."""
    model = _cached("nuts", split.x.shape[1], n_units, _hierarchical)
    chains = zs.NUTS(max_depth=6).run(
        model, {"x": split.x, "y": split.y}, n_chains=2, n_samples=200, n_warmup=200,
        seed=seed, progress_bar=False, keep=_WEIGHTS + ["noise"])
    return _of_chains(chains, split.x_test)


METHODS = {"nuts": nuts}
