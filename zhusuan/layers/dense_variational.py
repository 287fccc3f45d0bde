"""Dense layers whose weights have a joint posterior."""
from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

import keras
import tensorflow.compat.v2 as tf

from zhusuan.distributions import Distribution
from zhusuan.distributions._conversion import check_int
from zhusuan.layers import _saved_arguments
from zhusuan.layers._arguments import checked_prior, checked_std
from zhusuan.layers._random_weights import (
    RandomWeight,
    full_rank_normal,
    prior_function,
)
from zhusuan.layers.base import VariationalLayer

__all__ = ["DenseVariational"]

_MakeFunction = Optional[Callable[[int, int, tf.DType], Callable[[Any], Any]]]


@keras.saving.register_keras_serializable(package="zhusuan")
class DenseVariational(VariationalLayer):
    """A dense layer with one joint posterior of the kernel and the bias.

    The inputs have shape ``(n, ..., n_in)`` and the outputs ``(n, ..., units)``. The
    weights are one vector: the kernel, row by row, and then the bias. By default its
    posterior is a normal distribution with a full covariance matrix, which has about
    ``(n_in * units) ** 2 / 2`` free parameters and suits small layers.

    :param units: An int > 0, the size of the last axis of the outputs.
    :param make_posterior_fn: A function ``(kernel_size, bias_size, dtype)`` that
        returns a function of the inputs that returns the posterior, a distribution over
        vectors of length ``kernel_size + bias_size``. A `keras.layers.Layer` as the
        latter function owns the variables of the posterior. Its argument is one row of
        zeros.
    :param make_prior_fn: Another such function, for the prior.
    :param kl_weight: See :class:`~zhusuan.layers.base.VariationalLayer`. None is 1.
    :param kl_use_exact: True for the KL divergence in closed form, which raises
        NotImplementedError if there is none; False to estimate it from the draw of the
        weights; None to estimate it if there is no closed form.
    :param activation: A function or the name of one in Keras, or None for the identity.
    :param use_bias: A bool.
    :param prior: The prior of each element of the vector, a distribution of ZhuSuan, in
        the place of `make_prior_fn`; ``Normal(0., std=1.)`` by default.
    :param initial_std: The initial standard deviation of the default posterior.
    :param kernel_initializer: The initializer of the mean of the kernel of the default
        posterior.
    :param kwargs: `seed` and `inference`, see
        :class:`~zhusuan.layers.base.VariationalLayer`, and arguments of
        `keras.layers.Layer`.

    Raises TypeError if `make_posterior_fn` returns a layer of Keras 2, and ValueError
    or TypeError like :class:`~zhusuan.layers.dense.DenseReparameterization`.

    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> class Posterior(keras.layers.Layer):
    ...     def __init__(self, size):
    ...         super().__init__()
    ...         self.mean = self.add_weight(shape=(size,), initializer="normal")
    ...         self.logstd = self.add_weight(shape=(size,), initializer="zeros")
    ...     def call(self, inputs):
    ...         return zs.distributions.Normal(self.mean, logstd=self.logstd - 3.)
    >>> layer = zs.layers.DenseVariational(
    ...     3, lambda kernel_size, bias_size, dtype: Posterior(kernel_size + bias_size))
    >>> layer(np.ones([5, 2])).shape.as_list(), layer.count_params()
    ([5, 3], 18)
    """

    def __init__(self, units: int, make_posterior_fn: _MakeFunction = None,
                 make_prior_fn: _MakeFunction = None, kl_weight: Any = None,
                 kl_use_exact: Optional[bool] = None, activation: Any = None,
                 use_bias: bool = True, *, prior: Optional[Distribution] = None,
                 initial_std: float = 0.03, kernel_initializer: Any = "glorot_uniform",
                 **kwargs: Any) -> None:
        super().__init__(kl_weight=1. if kl_weight is None else kl_weight, **kwargs)
        self.units = check_int("%s: units" % self.name, units)
        self.make_posterior_fn = make_posterior_fn
        self.make_prior_fn = make_prior_fn
        self.prior = checked_prior(
            prior, "default" if make_prior_fn is None else make_prior_fn, "prior",
            "make_prior_fn", self.name)
        self.kl_use_exact = kl_use_exact
        self.activation = keras.activations.get(activation)
        self.use_bias = bool(use_bias)
        self.initial_std = checked_std(initial_std, self.name)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(min_ndim=2)
        self._weights_vector: Any = None

    def build(self, input_shape: Tuple[Any, ...]) -> None:
        """Create the variables."""
        super().build(input_shape)
        n_in = input_shape[-1]
        sizes = n_in * self.units, self.units if self.use_bias else 0
        row = tf.zeros([1, n_in], self.compute_dtype)
        self._posterior_function = self._make(self.make_posterior_fn, sizes, row)
        self._prior_function = self._make(self.make_prior_fn, sizes, row)
        self._weights_vector = RandomWeight(
            self, "weights", (sum(sizes),),
            full_rank_normal(self.kernel_initializer, (n_in, self.units),
                             self.initial_std)
            if self._posterior_function is None else
            lambda *_: self._posterior_function(row),
            prior_function(self.prior)
            if self._prior_function is None else lambda *_: self._prior_function(row),
            use_exact=self.kl_use_exact)
        self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: n_in})
        self.built = True

    @property
    def posterior(self) -> Any:
        """The posterior of the vector, a distribution; None if not built."""
        return self._weights_vector and self._weights_vector.posterior_of_user()

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The outputs for a draw of the weights, or for their means."""
        vector = self._weights_vector
        with self._seeded():
            draw = vector.draw() if self._draws_weights(training) else None
            weights = vector.posterior().mean if draw is None else draw
            self._add_divergences([vector.divergence(draw)], training)
        weights = tf.cast(weights, self.compute_dtype)
        n_kernel = inputs.shape[-1] * self.units
        outputs = keras.ops.matmul(
            inputs, tf.reshape(weights[:n_kernel], [inputs.shape[-1], self.units]))
        if self.use_bias:
            outputs += weights[n_kernel:]
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """The shape of the inputs, with `units` as the last axis."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized."""
        config = {**super().get_config(), "units": self.units,
                  "kl_use_exact": self.kl_use_exact, "use_bias": self.use_bias,
                  "initial_std": self.initial_std,
                  "prior": _saved_arguments.describe_prior(
                      self.prior, "prior", self.name)}
        for name in ("make_posterior_fn", "make_prior_fn", "activation",
                     "kernel_initializer"):
            config[name] = _saved_arguments.describe_argument(getattr(self, name))
        return config

    def _make(self, function: _MakeFunction, sizes: Tuple[int, int],
              row: tf.Tensor) -> Any:
        if function is None:
            return None
        made = function(*sizes, tf.as_dtype(self.variable_dtype))
        if hasattr(made, "trainable_weights") and not isinstance(
                made, keras.layers.Layer):
            raise TypeError(
                "%s: the function returned %r, whose variables Keras 3 cannot train. "
                "Return a keras.layers.Layer of Keras 3, or a function." % (
                    self.name, made))
        if isinstance(made, keras.layers.Layer):
            made(row)  # which creates its variables
        return made
