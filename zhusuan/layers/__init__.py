"""Bayesian layers of Keras 3, whose weights have posterior distributions.

The names and arguments of `tfp.layers` are accepted. The KL divergences are losses of
the layers, so that `fit` maximizes the evidence lower bound::

    network = keras.Sequential([
        zs.layers.DenseFlipout(400, "relu", kl_weight=1. / n_data),
        zs.layers.DenseFlipout(10, kl_weight=1. / n_data)])
"""
from zhusuan._tf import keras_requirement as _keras_requirement

_keras_requirement.require_keras_3("zhusuan.layers")

from zhusuan.layers.base import VariationalLayer  # noqa: E402
from zhusuan.layers.convolution import (  # noqa: E402
    Conv1DFlipout,
    Conv1DReparameterization,
    Conv2DFlipout,
    Conv2DReparameterization,
    Conv3DFlipout,
    Conv3DReparameterization,
)
from zhusuan.layers.dense import (  # noqa: E402
    DenseFlipout,
    DenseLocalReparameterization,
    DenseReparameterization,
)
from zhusuan.layers.dense_variational import DenseVariational  # noqa: E402
from zhusuan.layers.embedding import EmbeddingReparameterization  # noqa: E402
from zhusuan.layers.kl_schedules import LinearWarmup  # noqa: E402

__all__ = [
    "Conv1DFlipout", "Conv1DReparameterization", "Conv2DFlipout",
    "Conv2DReparameterization", "Conv3DFlipout", "Conv3DReparameterization",
    "DenseFlipout", "DenseLocalReparameterization", "DenseReparameterization",
    "DenseVariational", "EmbeddingReparameterization", "LinearWarmup",
    "VariationalLayer"]
