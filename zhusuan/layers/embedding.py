"""Embeddings with random tables."""
from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import keras
import tensorflow.compat.v2 as tf

from zhusuan.distributions import Distribution
from zhusuan.distributions._conversion import check_int
from zhusuan.layers import _saved_arguments
from zhusuan.layers._arguments import (
    Function,
    OptionalFunction,
    check_function,
    checked_prior,
    checked_std,
    choose,
)
from zhusuan.layers._random_weights import (
    RandomWeight,
    mean_field_normal,
    prior_function,
)
from zhusuan.layers.base import VariationalLayer

__all__ = ["EmbeddingReparameterization"]

_FUNCTIONS = ["embeddings_posterior_fn", "embeddings_posterior_tensor_fn",
              "embeddings_prior_fn", "embeddings_divergence_fn"]


@keras.saving.register_keras_serializable(package="zhusuan")
class EmbeddingReparameterization(VariationalLayer):
    """An embedding that draws one table of vectors for all inputs of a call.

    The inputs are integers of any shape ``S`` in ``[0, input_dim)``; the outputs have
    shape ``S + (output_dim,)``. Equal inputs of one call have equal outputs.

    :param input_dim: An int > 0, the number of vectors.
    :param output_dim: An int > 0, the size of each vector.
    :param prior: The prior of the elements of the table, a distribution of ZhuSuan;
        ``Normal(0., std=1.)`` by default.
    :param initial_std: The initial standard deviation of the posterior, a float > 0.
    :param embeddings_initializer: The initializer of the means of the table.
    :param embeddings_posterior_fn: Like `kernel_posterior_fn` of
        :class:`~zhusuan.layers.dense.DenseReparameterization`; so are
        `embeddings_posterior_tensor_fn`, `embeddings_prior_fn` and
        `embeddings_divergence_fn`.
    :param mask_zero: A bool. Whether to mask the input 0.
    :param kwargs: `kl_weight`, `seed` and `inference`, see
        :class:`~zhusuan.layers.base.VariationalLayer`, and arguments of
        `keras.layers.Layer`.

    Raises ValueError or TypeError like
    :class:`~zhusuan.layers.dense.DenseReparameterization`.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.EmbeddingReparameterization(10, 4)
    >>> layer(np.array([[1, 2, 3]])).shape.as_list()
    [1, 3, 4]
    """

    def __init__(self, input_dim: int, output_dim: int, *,
                 prior: Optional[Distribution] = None, initial_std: float = 0.03,
                 embeddings_initializer: Any = "uniform",
                 embeddings_posterior_fn: Function = "default",
                 embeddings_posterior_tensor_fn: OptionalFunction = None,
                 embeddings_prior_fn: Function = "default",
                 embeddings_divergence_fn: OptionalFunction = None,
                 mask_zero: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.input_dim = check_int("%s: input_dim" % self.name, input_dim)
        self.output_dim = check_int("%s: output_dim" % self.name, output_dim)
        self.prior = checked_prior(prior, embeddings_prior_fn, "prior",
                                   "embeddings_prior_fn", self.name)
        self.initial_std = checked_std(initial_std, self.name)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.embeddings_posterior_fn = embeddings_posterior_fn
        self.embeddings_posterior_tensor_fn = embeddings_posterior_tensor_fn
        self.embeddings_prior_fn = embeddings_prior_fn
        self.embeddings_divergence_fn = embeddings_divergence_fn
        for name in _FUNCTIONS:
            check_function(getattr(self, name), name, self.name)
        self.mask_zero = self.supports_masking = bool(mask_zero)
        self.autocast = False  # inputs are integers
        self._embeddings: Any = None

    def build(self, input_shape: Any = None) -> None:
        """Create the variables."""
        super().build(input_shape)
        self._embeddings = RandomWeight(
            self, "embeddings", (self.input_dim, self.output_dim),
            choose(self.embeddings_posterior_fn, mean_field_normal(
                self.embeddings_initializer, self.initial_std)),
            choose(self.embeddings_prior_fn, prior_function(self.prior)),
            self.embeddings_divergence_fn, self.embeddings_posterior_tensor_fn)
        self.built = True

    @property
    def embeddings_posterior(self) -> Any:
        """The posterior of the table, a distribution; None if not built."""
        return self._embeddings and self._embeddings.posterior_of_user()

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The vectors of a draw of the table, or its means."""
        with self._seeded():
            draw = self._embeddings.draw() if self._draws_weights(training) else None
            table = self._embeddings.posterior().mean if draw is None else draw
            self._add_divergences([self._embeddings.divergence(draw)], training)
        return keras.ops.take(tf.cast(table, self.compute_dtype),
                              keras.ops.cast(inputs, "int32"), axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Whether each input differs from 0, if `mask_zero`; else None."""
        return keras.ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """The shape of the inputs, and `output_dim`."""
        return (*input_shape, self.output_dim)

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized."""
        config = {**super().get_config(), "input_dim": self.input_dim,
                  "output_dim": self.output_dim, "initial_std": self.initial_std,
                  "mask_zero": self.mask_zero,
                  "prior": _saved_arguments.describe_prior(
                      self.prior, "prior", self.name)}
        for name in ("embeddings_initializer", *_FUNCTIONS):
            config[name] = _saved_arguments.describe_argument(getattr(self, name))
        return config
