"""Bayesian inference for networks of Keras 3."""
from zhusuan._tf import keras_requirement as _keras_requirement

_keras_requirement.require_keras_3("zhusuan.keras")

from zhusuan.keras.bayesian_network import BayesianNetwork, bayesian
from zhusuan.keras.ensembles import deep_ensemble
from zhusuan.keras.hierarchical_priors import hierarchical_prior
from zhusuan.keras.laplace_approximation import laplace
from zhusuan.keras.swag_posterior import swag

__all__ = ["BayesianNetwork", "bayesian", "deep_ensemble", "hierarchical_prior",
           "laplace", "swag"]
