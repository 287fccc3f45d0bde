"""Bayesian inference for networks of Keras 3."""
from zhusuan._tf import keras_requirement as _keras_requirement

_keras_requirement.require_keras_3("zhusuan.keras")

from zhusuan.keras.bayesian_network import BayesianNetwork, bayesian

__all__ = ["BayesianNetwork", "bayesian"]
