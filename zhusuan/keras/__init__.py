"""Bayesian inference for networks of Keras 3."""
from zhusuan._tf import keras_requirement as _keras_requirement

_keras_requirement.require_keras_3("zhusuan.keras")

from zhusuan.keras.bayesian_network import BayesianNetwork, bayesian  # noqa: E402
from zhusuan.keras.ensembles import deep_ensemble  # noqa: E402
from zhusuan.keras.hierarchical_priors import hierarchical_prior  # noqa: E402
from zhusuan.keras.laplace_approximation import laplace  # noqa: E402
from zhusuan.keras.prediction import (  # noqa: E402
    MCDropout,
    UncertainPrediction,
    mc_dropout,
    predict,
)
from zhusuan.keras.swag_posterior import swag  # noqa: E402
from zhusuan.keras.variational_model import VariationalModel  # noqa: E402

__all__ = ["BayesianNetwork", "MCDropout", "UncertainPrediction", "VariationalModel",
           "bayesian", "deep_ensemble", "hierarchical_prior", "laplace", "mc_dropout",
           "predict", "swag"]
