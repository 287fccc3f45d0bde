"""Bayesian layers of Keras 3, whose weights have posterior distributions."""
from zhusuan._tf import keras_requirement as _keras_requirement

_keras_requirement.require_keras_3("zhusuan.layers")

__all__ = []
