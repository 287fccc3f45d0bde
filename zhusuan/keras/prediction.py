"""Predictions with uncertainty."""
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

import keras
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import programs
from zhusuan.distributions._conversion import as_numpy, check_int, check_seed
from zhusuan.keras._likelihoods import LIKELIHOODS, Likelihood
from zhusuan.keras._posterior_draws import (
    draws_of,
    noise_in,
    weights_in,
    with_functions,
)
from zhusuan.keras._stochastic_outputs import StochasticOutputs, is_random
from zhusuan.keras.bayesian_network import BayesianNetwork
from zhusuan.mcmc.chains import Chains
from zhusuan.utils._types import TensorLike
from zhusuan.variational.fits import Fit

__all__ = ["MCDropout", "UncertainPrediction", "mc_dropout", "predict"]

# The number of draws of a network whose layers are random, by default.
_N_DRAWS = 100
# The number of draws whose outputs are computed at a time.
_DRAWS_AT_ONCE = 32


class UncertainPrediction(NamedTuple):
    r"""The result of :func:`predict`, averages over draws of the weights.

    Of targets that are numbers, `epistemic` and `aleatoric` are the two terms of the
    law of total variance, whose sum is the square of `std`. Of classes, they are terms
    of the entropy of `probabilities` in nats: the mutual information of the class and
    the weights, and the expected entropy (Houlsby et al., 2011, "Bayesian active
    learning for classification and preference learning", eq. 2; Depeweg et al., 2018,
    "Decomposition of uncertainty in Bayesian deep learning", section 3).

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([2]), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    >>> p = zs.keras.predict(zs.keras.mc_dropout(network, noise=0.1), np.ones([4, 2]))
    >>> p.mean.shape, bool(np.allclose(p.std ** 2, p.epistemic + p.aleatoric))
    ((4,), True)
    """

    mean: Optional[np.ndarray]
    """The predictive mean of numbers; None for classes."""
    std: Optional[np.ndarray]
    """The predictive standard deviation of numbers; None for classes."""
    probabilities: Optional[np.ndarray]
    """The probabilities of classes, along the last axis, or of 1 for "bernoulli"; None
    for numbers."""
    epistemic: np.ndarray
    """The uncertainty that more data would reduce."""
    aleatoric: np.ndarray
    """The uncertainty that would remain if the weights were known."""
    outputs: np.ndarray
    """The outputs of the network, with a first axis of draws."""
    noise: Any
    """The standard deviation of "normal" for each draw, or a number; None otherwise."""
    likelihood: str
    """The name of the likelihood."""

    def log_density(self, y: TensorLike) -> np.ndarray:
        r"""The log predictive density of targets, an array with one for each datum.

        .. math::

            \log \frac{1}{K} \sum_{k=1}^K p(y_n | x_n, w_k)

        :param y: The targets of all inputs, as in the model. Raises ValueError for
            another shape.
        """
        y = np.asarray(as_numpy(y))
        if not y.ndim or len(y) != self.outputs.shape[1]:
            raise ValueError(
                "log_density: there are %d targets, but the prediction is of %d "
                "inputs. Pass the targets of the same data." % (
                    y.size if not y.ndim else len(y), self.outputs.shape[1]))
        dist = _distribution(self.likelihood, self.outputs, self.noise, y.shape)
        log_probs = dist.log_prob(y).numpy().astype(np.float64)
        log_probs = log_probs.reshape(log_probs.shape[:2] + (-1,)).sum(axis=-1)
        return np.logaddexp.reduce(log_probs, axis=0) - np.log(len(log_probs))


class MCDropout:
    """The model that :func:`mc_dropout` returns.

    :param network: A built Keras network with dropout layers.
    :param likelihood: As :func:`mc_dropout` takes.
    :param noise: As :func:`mc_dropout` takes.

    >>> import keras
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([2]), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    >>> isinstance(zs.keras.mc_dropout(network, noise=0.1), zs.keras.MCDropout)
    True
    """

    def __init__(self, network: keras.Layer, likelihood: str = "normal",
                 noise: Optional[float] = None) -> None:
        _check_stochastic(network, likelihood, noise)
        self.network, self.likelihood, self.noise = network, likelihood, noise


def mc_dropout(network: keras.Layer, likelihood: str = "normal",
               noise: Optional[float] = None) -> MCDropout:
    """Make a model whose draws are those of the dropout masks of a network.

    Pass it to :func:`predict`. Dropout layers run as in training, and all others as in
    inference, such as batch normalization (Gal and Ghahramani, 2016, "Dropout as a
    Bayesian approximation", section 4). The dropout arguments of recurrent layers have
    no effect.

    :param network: A built and trained Keras network.
    :param likelihood: A name, as :func:`~zhusuan.keras.bayesian` takes.
    :param noise: The standard deviation of targets that "normal" requires, a number.

    :return: An :class:`MCDropout`.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     keras.Input([2]), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5),
    ...     keras.layers.Dense(3)])
    >>> model = zs.keras.mc_dropout(network, "categorical")
    >>> zs.keras.predict(model, np.ones([4, 2]), seed=1).probabilities.shape
    (4, 3)
    """
    return MCDropout(network, likelihood, noise)


def predict(model: Union[BayesianNetwork, MCDropout, keras.Layer],
            x: Union[TensorLike, Mapping[str, Any]],
            posterior: Union[None, Chains, Fit, Dict[str, Any]] = None,
            likelihood: Optional[str] = None, n_samples: Optional[int] = None,
            batch_size: int = 256, seed: Optional[int] = None,
            noise: Optional[float] = None) -> UncertainPrediction:
    """Predict targets by averages over draws of the weights of a network.

    The network is evaluated for `batch_size` inputs and at most 32 draws at a time. The
    result holds the outputs for all draws, from which it computes densities.

    :param model: A model of :func:`~zhusuan.keras.bayesian` or :func:`mc_dropout`, or a
        built Keras network with layers of `zs.layers` or dropout layers, which is as
        :func:`mc_dropout`. Other layers run as in inference, so that those of
        `zs.layers` require ``inference="sample"``.
    :param x: An array of inputs, whose first axis is that of data, or a dict with this
        array as "x".
    :param posterior: :class:`~zhusuan.mcmc.chains.Chains`, a
        :class:`~zhusuan.variational.fits.Fit`, or a dict of arrays of draws by name, of
        a model of :func:`~zhusuan.keras.bayesian`; None for others.
    :param likelihood: The name of the likelihood of a network.
    :param n_samples: An int, the number of draws: 100 of a network by default. Of a
        posterior that has more, they are evenly spaced; all by default. A Fit that has
        fewer draws more if it is not read from a file; other posteriors raise
        ValueError.
    :param batch_size: An int, the number of inputs to evaluate at a time.
    :param seed: An int that determines the draws of a network; random by default.
    :param noise: The standard deviation of targets of a network, for "normal".

    :return: An :class:`UncertainPrediction`. Raises ValueError if a weight has no
        draws.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    >>> model = zs.keras.bayesian(network, noise=0.1)
    >>> draws = {"dense/kernel": np.zeros([2, 1, 1]), "dense/bias": [[-1.], [1.]]}
    >>> draws = dict(zip(model.weights, draws.values()))
    >>> p = zs.keras.predict(model, np.zeros([1, 1]), draws)
    >>> print("%.2f %.2f %.2f" % (p.mean[0], p.epistemic[0], p.aleatoric[0]))
    0.00 1.00 0.01
    """
    check_int("predict: batch_size", batch_size)
    x = _inputs_in(x)
    if not x.ndim or not len(x):
        raise ValueError("predict: x must have at least one row, but its shape is %s."
                         % (x.shape,))
    if isinstance(model, BayesianNetwork):
        if likelihood is not None or noise is not None:
            raise ValueError(
                "predict: likelihood= and noise= were given, but the model already has "
                "a likelihood. Omit likelihood= and noise=.")
        name = model._likelihood.likelihood
        if not isinstance(name, str):
            raise ValueError(
                "predict: the likelihood of the model is a function, so its moments "
                "are unknown. Use zs.evaluation.predictive.")
        draws = draws_of(posterior, n_samples)
        weights = weights_in(with_functions(draws, model, x[:1]), model)
        noise = noise_in(draws, model)
        outputs = _outputs(
            lambda w, x: model._network_function(w, x)[0], weights, x, batch_size)
        return _summarize(name, outputs, noise)
    if posterior is not None:
        raise ValueError(
            "predict: posterior= requires a model of zs.keras.bayesian, but the model "
            "is %r. Omit posterior=, or create such a model." % (model,))
    if not isinstance(model, MCDropout):
        model = MCDropout(model, likelihood or "normal", noise)
    stochastic = StochasticOutputs(model.network)
    n = _N_DRAWS if n_samples is None else check_int("predict: n_samples", n_samples)
    states = stochastic.draws(n, check_seed("predict: seed", seed))
    return _summarize(model.likelihood, _outputs(stochastic, states, x, batch_size),
                      model.noise)


def _check_stochastic(network: Any, likelihood: str, noise: Optional[float]) -> None:
    if not isinstance(network, keras.layers.Layer) or not network.built:
        raise TypeError(
            "predict: the model must be one of zs.keras.bayesian or a built Keras "
            "network, but it is %r." % (network,))
    if not is_random(network):
        raise ValueError(
            "predict: no layer of the network %r draws random numbers in inference. "
            "Add dropout layers, or layers of zs.layers with inference=\"sample\", or "
            "pass a model of zs.keras.bayesian and its posterior." % network.name)
    if likelihood not in LIKELIHOODS:
        raise ValueError("predict: likelihood must be one of %s, but it is %r." % (
            ", ".join(map(repr, LIKELIHOODS)), likelihood))
    if (likelihood == "normal") != (noise is not None):
        raise ValueError(
            "predict: noise= must be given for likelihood=\"normal\", and only for it, "
            "but likelihood is %r and noise is %r. Pass the standard deviation of the "
            "targets." % (likelihood, noise))


def _inputs_in(x: Any) -> np.ndarray:
    if isinstance(x, Mapping):
        if set(x) != {"x"}:
            raise ValueError(
                "predict: a dict of inputs must have the key \"x\" only, but it has "
                "%s. Pass the array of inputs." % ", ".join(map(repr, x)))
        x = x["x"]
    return np.asarray(as_numpy(x))


# -- Outputs --------------------------------------------------------------------------

def _outputs(function: Any, draws: List[np.ndarray], x: np.ndarray,
             batch_size: int) -> np.ndarray:
    """The outputs of all draws for all inputs, in parts of equal shape."""
    n_draws = min(_DRAWS_AT_ONCE, len(draws[0]))
    size = min(batch_size, len(x))
    example = [part[:n_draws] for part in draws], x[:size]
    run = programs.build_program(lambda arrays: function(*arrays), [example])
    rows = []
    for i in range(0, len(x), size):
        batch = _padded(x[i:i + size], size)
        parts = [run([([_padded(w[k:k + n_draws], n_draws) for w in draws], batch)])[0]
                 for k in range(0, len(draws[0]), n_draws)]
        rows.append(np.concatenate(parts)[:len(draws[0]), :len(x[i:i + size])])
    return np.concatenate(rows, axis=1)


def _padded(x: np.ndarray, n: int) -> np.ndarray:
    return x if len(x) == n else np.concatenate([x, np.repeat(x[-1:], n - len(x), 0)])


# -- Moments --------------------------------------------------------------------------

def _distribution(likelihood: str, outputs: np.ndarray, noise: Any,
                  shape: Optional[Tuple[int, ...]] = None) -> Any:
    """The distribution of targets for each draw, without groups."""
    rank = outputs.ndim - 1
    if noise is not None:
        noise = np.asarray(noise)
        noise = tf.convert_to_tensor(noise.reshape(
            noise.shape[:1] + (1,) * (rank + 1 - noise.ndim) + noise.shape[1:]
            if noise.ndim else ()).astype(outputs.dtype))
    tensor = tf.convert_to_tensor(outputs)
    return Likelihood(likelihood, None, tensor.dtype).distribution(
        tensor, rank, noise, None if shape is None else tf.TensorShape(shape),
        may_have_samples=False).without_groups()


def _summarize(likelihood: str, outputs: np.ndarray, noise: Any
               ) -> UncertainPrediction:
    outputs = outputs.astype(np.float32) if outputs.dtype.itemsize < 4 else outputs
    parts = [_moments(likelihood, outputs[:, i:i + 1024], noise)
             for i in range(0, outputs.shape[1], 1024)]
    center, epistemic, aleatoric = [np.concatenate(x) for x in zip(*parts)]
    if likelihood in ("categorical", "bernoulli"):
        return UncertainPrediction(None, None, center, epistemic, aleatoric, outputs,
                                   noise, likelihood)
    return UncertainPrediction(center, np.sqrt(epistemic + aleatoric), None, epistemic,
                               aleatoric, outputs, noise, likelihood)


def _moments(likelihood: str, outputs: np.ndarray, noise: Any
             ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean or the probabilities, and the epistemic and aleatoric parts."""
    dist = _distribution(likelihood, outputs, noise)
    if likelihood == "categorical":
        p = tf.nn.softmax(tf.cast(dist.logits, tf.float64)).numpy()
        center = p.mean(axis=0)
        aleatoric = _entropy(p).sum(axis=-1).mean(axis=0)
        total = _entropy(center).sum(axis=-1)
    elif likelihood == "bernoulli":
        p = tf.sigmoid(tf.cast(dist.logits, tf.float64)).numpy()
        center = p.mean(axis=0)
        aleatoric = (_entropy(p) + _entropy(1. - p)).mean(axis=0)
        total = _entropy(center) + _entropy(1. - center)
    else:
        mean = dist.mean.numpy().astype(np.float64)
        variance = np.broadcast_to(dist.variance.numpy(), mean.shape)
        return mean.mean(axis=0), mean.var(axis=0), variance.mean(
            axis=0, dtype=np.float64)
    return center, np.maximum(total - aleatoric, 0.), aleatoric


def _entropy(p: np.ndarray) -> np.ndarray:
    return -p * np.log(np.where(p > 0., p, 1.))
