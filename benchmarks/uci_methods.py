"""Posteriors over the weights of a network with one hidden layer, for `uci`.

Each method is a function of a `Split`, the number of hidden units and a seed that
returns the prediction for the test inputs, an `UncertainPrediction`.
"""
import keras
import numpy as np

import zhusuan as zs

__all__ = ["METHODS"]

# Models by their names and shapes: programs are compiled once for all splits.
_MODELS = {}
_N_DRAWS = 200
# Samplers cache their programs, too.
_NUTS = zs.NUTS(max_depth=6)
_SGHMC_SMALL = zs.SGHMC(learning_rate=1e-5, friction=0.1)
_SGHMC_LARGE = zs.SGHMC(learning_rate=1e-6, friction=0.1)


def _network(n_inputs, n_units, n_outputs=1):
    return keras.Sequential([
        keras.Input([n_inputs]), keras.layers.Dense(n_units, "relu", name="first"),
        keras.layers.Dense(n_outputs, name="last")])


def _cached(make, split, n_units):
    key = make, split.x.shape[1], n_units
    if key not in _MODELS:
        _MODELS[key] = make(split.x.shape[1], n_units)
    return _MODELS[key]


def _data(split):
    return {"x": split.x, "y": split.y}


# -- Models -----------------------------------------------------------------------

def _hierarchical(n_inputs, n_units):
    """Latent scales of each input of the first layer, and of the last layer."""
    return zs.keras.bayesian(_network(n_inputs, n_units), prior={
        "first/kernel": zs.keras.hierarchical_prior(per_input=True),
        "last/kernel": zs.keras.hierarchical_prior(), "*/bias": 1.},
        noise=zs.distributions.HalfNormal(0.5))


def _plain(n_inputs, n_units, std=0.3):
    """Normal weights, and one latent noise."""
    return zs.keras.bayesian(
        _network(n_inputs, n_units), prior=_prior(std, n_units),
        noise=zs.distributions.HalfNormal(0.5))


def _wide(n_inputs, n_units):
    return _plain(n_inputs, n_units, 1.)


def _heteroscedastic(n_inputs, n_units):
    """Normal weights, and noise that depends on the input."""
    return zs.keras.bayesian(
        _network(n_inputs, n_units, 2), prior=_prior(0.15, n_units),
        likelihood="heteroscedastic_normal")


def _prior(std, n_units):
    return {"*/kernel": 1. if n_units == 100 else std, "*/bias": 1.}


# -- Methods ----------------------------------------------------------------------

def _is_large(split):
    return len(split.x) > 10000


def _training(split, n_epochs=150):
    """Arguments of training: passes over a small table, 100 over a large one."""
    n_epochs, batch_size = (100, 256) if _is_large(split) else (n_epochs, 32)
    return {"n_steps": n_epochs * len(split.x) // batch_size,
            "batch_size": batch_size, "progress_bar": False}


def nuts(split, n_units, seed):
    model = _cached(_hierarchical, split, n_units)
    chains = _NUTS.run(
        model, _data(split), n_chains=2, n_samples=200, n_warmup=200, seed=seed,
        progress_bar=False)
    return zs.keras.predict(model, split.x_test, chains)


def sghmc(split, n_units, seed):
    model = _cached(_plain, split, n_units)
    sampler, batch_size = (_SGHMC_LARGE, 256) if _is_large(split) else (
        _SGHMC_SMALL, 64)
    # Far from a mode, gradients are so large that chains diverge.
    start = zs.keras.deep_ensemble(
        model, _data(split), n_members=4, seed=seed, **_training(split, 40))
    chains = sampler.run(
        model, {}, data=_data(split), batch_size=batch_size, n_chains=4, n_samples=50,
        n_warmup=5000, thin=100, seed=seed, init=start.draws(4), progress_bar=False)
    return zs.keras.predict(model, split.x_test, chains)


def mean_field(split, n_units, seed):
    model = _cached(_wide, split, n_units)
    fit = zs.variational.fit(
        model, data=_data(split), n_particles=4, learning_rate=0.02, seed=seed,
        **_training(split, 800))
    return zs.keras.predict(model, split.x_test, fit, n_samples=_N_DRAWS)


def laplace(split, n_units, seed):
    model = _cached(_plain, split, n_units)
    fit = zs.keras.laplace(
        model, _data(split), tune_prior=True, seed=seed, **_training(split))
    return zs.keras.predict(model, split.x_test, fit, n_samples=_N_DRAWS)


def swag(split, n_units, seed):
    model = _cached(_plain, split, n_units)
    fit = zs.keras.swag(
        model, _data(split), swag_learning_rate=0.003, seed=seed, **_training(split))
    return zs.keras.predict(model, split.x_test, fit, n_samples=_N_DRAWS)


def ensemble(split, n_units, seed):
    model = _cached(_heteroscedastic, split, n_units)
    fit = zs.keras.deep_ensemble(
        model, _data(split), seed=seed, **_training(split, 40))
    return zs.keras.predict(model, split.x_test, fit)


def ensemble_of_constant_noise(split, n_units, seed):
    model = _cached(_plain, split, n_units)
    fit = zs.keras.deep_ensemble(model, _data(split), seed=seed, **_training(split))
    return zs.keras.predict(model, split.x_test, fit)


def flipout(split, n_units, seed):
    keras.utils.set_random_seed(seed)
    n_data, training = len(split.x), _training(split, 400)
    options = {"kl_weight": 1. / n_data, "prior": zs.distributions.Normal(
        0., std=1. if _is_large(split) else 0.3)}
    network = keras.Sequential([
        keras.Input([split.x.shape[1]]),
        zs.layers.DenseFlipout(n_units, activation="relu", **options),
        zs.layers.DenseFlipout(2, **options)])
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(
            0.01, training["n_steps"])),
        _heteroscedastic_loss, jit_compile=True, steps_per_execution=10)
    network.fit(split.x, split.y[:, np.newaxis], training["batch_size"],
                training["n_steps"] * training["batch_size"] // n_data, verbose=0)
    return zs.keras.predict(network, split.x_test, n_samples=_N_DRAWS, seed=seed,
                            likelihood="heteroscedastic_normal")


def _heteroscedastic_loss(y, outputs):
    mean, raw = keras.ops.split(outputs, 2, axis=-1)
    variance = keras.ops.softplus(raw) + 1e-6
    return 0.5 * (keras.ops.log(2. * np.pi * variance)
                  + keras.ops.square(y - mean) / variance)


METHODS = {
    "NUTS": nuts, "SGHMC": sghmc, "mean-field fit": mean_field,
    "last-layer Laplace": laplace, "SWAG": swag, "deep ensemble": ensemble,
    "deep ensemble, constant noise": ensemble_of_constant_noise, "Flipout": flipout}
