"""Bayesian models of Keras networks, whose latents are the trainable weights."""
from typing import Any, Callable, Dict, Mapping, Tuple, Union

import keras
import tensorflow.compat.v2 as tf

from zhusuan.framework import BayesianNet, MetaBayesianNet
from zhusuan.keras._likelihoods import Likelihood
from zhusuan.keras._network_function import NetworkFunction
from zhusuan.keras._weight_priors import WeightPriors
from zhusuan.utils._types import TensorLike

__all__ = ["BayesianNetwork", "bayesian"]


class BayesianNetwork(MetaBayesianNet):
    """The model of a Keras network that :func:`bayesian` returns.

    :param network: A built Keras network.
    :param prior: As :func:`bayesian` takes.
    :param likelihood: As :func:`bayesian` takes.
    :param noise: As :func:`bayesian` takes.
    """

    # The data of minibatches are a part of all, which the prior does not repeat.
    _scales_minibatches = True

    def __init__(self, network: keras.Layer, prior: Any = None,
                 likelihood: Union[str, Callable[..., Any]] = "normal",
                 noise: Any = None) -> None:
        self._network_function = NetworkFunction(network)
        self._priors = WeightPriors(prior, self._network_function.variables)
        self._likelihood = Likelihood(likelihood, noise, self._network_function.dtype)
        shape = self._network_function.output_shape
        if shape is not None:
            self._likelihood.check_outputs(shape)
        super().__init__(self._build)

    @property
    def network(self) -> keras.Layer:
        """The Keras network."""
        return self._network_function.network

    @property
    def weights(self) -> Dict[str, keras.Variable]:
        """The trainable weights of the network by the names of latents."""
        return dict(self._network_function.variables)

    def _build(self, x: TensorLike) -> BayesianNet:
        bn = BayesianNet()
        weights = [bn.stochastic(name, self._priors.of(name)).tensor
                   for name in self._network_function.variables]
        outputs, rank = self._network_function(weights, x)
        self._likelihood.add_nodes(bn, outputs, rank)
        return bn


def bayesian(network: keras.Layer, prior: Any = None,
             likelihood: Union[str, Callable[..., Any]] = "normal",
             noise: Any = None) -> BayesianNetwork:
    r"""Make a Bayesian model of a Keras network, whose weights are latents.
    """
    return BayesianNetwork(network, prior, likelihood, noise)
