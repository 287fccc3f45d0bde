"""Outputs of networks with layers that draw random numbers, such as dropout."""
import contextlib

import keras
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.keras._network_function import (
    call_at,
    convert_inputs,
    dtype_of_weights,
    layers_within,
    takes_integers,
)
from zhusuan.layers import VariationalLayer

__all__ = ["StochasticOutputs", "has_dropout", "is_random"]

_DROPOUT = (keras.layers.Dropout, keras.layers.SpatialDropout1D,
            keras.layers.SpatialDropout2D, keras.layers.SpatialDropout3D,
            keras.layers.GaussianDropout, keras.layers.AlphaDropout)


class StochasticOutputs:
    """The outputs of a network in inference mode, but with dropout.

    :param network: A built Keras network.
    """

    def __init__(self, network):
        self._network = network
        # States of random number generators, which are replaced by those of draws.
        self._generators = [
            i for i, v in enumerate(network.non_trainable_variables)
            if v.path.endswith("seed_generator_state")]

    def draws(self, n, seed):
        """The states of the generators of `n` draws, a list of arrays ``[n, ...]``."""
        rng = np.random.RandomState([seed % 2 ** 32, seed >> 32])
        variables = self._network.non_trainable_variables
        return [rng.randint(0, 2 ** 31 - 1, [n] + list(variables[i].shape)).astype(
            variables[i].dtype) for i in self._generators]

    def __call__(self, draws, x):
        """The outputs ``[n, batch, ...]`` for states of generators and inputs."""
        def one(states):
            others = list(self._network.non_trainable_variables)
            for i, state in zip(self._generators, states):
                others[i] = state
            outputs, _ = call_at(
                self._network, self._network.trainable_variables, others, x)
            return tf.cast(outputs, dtype)

        dtype = dtype_of_weights(self._network)
        x = convert_inputs(x, dtype, takes_integers(self._network))
        with _dropout_active(self._network):
            return tf.map_fn(one, draws, fn_output_signature=dtype)


def has_dropout(network):
    """Whether a network has dropout layers."""
    return any(isinstance(layer, _DROPOUT) for layer in layers_within(network))


def is_random(network):
    """Whether outputs of a network in inference mode, but with dropout, are random."""
    return any(
        isinstance(layer, _DROPOUT) and layer.rate > 0.
        or isinstance(layer, VariationalLayer) and layer.inference == "sample"
        for layer in layers_within(network))


@contextlib.contextmanager
def _dropout_active(network):
    """Run the dropout layers of a network in training mode, and no other layers."""
    layers = [x for x in layers_within(network) if isinstance(x, _DROPOUT)]
    for layer in layers:
        layer.call = _in_training(layer.call)
    try:
        yield
    finally:
        for layer in layers:
            del layer.call


def _in_training(call):
    def call_in_training(inputs, training=True):
        return call(inputs, training=True)
    return call_in_training
