"""Dense layers with random weights."""
from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import keras

from zhusuan.distributions import Distribution
from zhusuan.distributions._conversion import check_int
from zhusuan.layers._arguments import Function, OptionalFunction
from zhusuan.layers._linear import PARAMETERS, LinearLayer

__all__ = ["DenseFlipout", "DenseLocalReparameterization", "DenseReparameterization"]


class _Dense(LinearLayer):
    def __init__(self, units: int, activation: Any = None, *,
                 prior: Optional[Distribution] = None,
                 bias_prior: Optional[Distribution] = None, initial_std: float = 0.03,
                 use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
                 bias_initializer: Any = "zeros",
                 kernel_posterior_fn: Function = "default",
                 kernel_posterior_tensor_fn: OptionalFunction = None,
                 kernel_prior_fn: Function = "default",
                 kernel_divergence_fn: OptionalFunction = None,
                 bias_posterior_fn: Function = "default",
                 bias_posterior_tensor_fn: OptionalFunction = None,
                 bias_prior_fn: Function = "default",
                 bias_divergence_fn: OptionalFunction = None,
                 **kwargs: Any) -> None:
        super().__init__(
            activation=activation, prior=prior, bias_prior=bias_prior,
            initial_std=initial_std, use_bias=use_bias,
            kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_posterior_fn=kernel_posterior_fn,
            kernel_posterior_tensor_fn=kernel_posterior_tensor_fn,
            kernel_prior_fn=kernel_prior_fn, kernel_divergence_fn=kernel_divergence_fn,
            bias_posterior_fn=bias_posterior_fn,
            bias_posterior_tensor_fn=bias_posterior_tensor_fn,
            bias_prior_fn=bias_prior_fn, bias_divergence_fn=bias_divergence_fn,
            **kwargs)
        self.units = check_int("%s: units" % self.name, units)
        self.supports_masking = True
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def build(self, input_shape: Tuple[Any, ...]) -> None:
        """Create the variables."""
        super().build(input_shape)
        self.input_spec = keras.layers.InputSpec(
            min_ndim=2, axes={-1: input_shape[-1]})

    def compute_output_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """The shape of the inputs, with `units` as the last axis."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized."""
        return {**super().get_config(), "units": self.units}

    def _product(self, inputs: Any, kernel: Any) -> Any:
        return keras.ops.matmul(inputs, kernel)

    def _kernel_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        return (input_shape[-1], self.units)

    def _n_outputs(self) -> int:
        return self.units


_UNITS = """
    :param units: An int > 0, the size of the last axis of the outputs."""


@keras.saving.register_keras_serializable(package="zhusuan")
class DenseReparameterization(_Dense):
    __doc__ = """A dense layer that draws one kernel for all inputs of a call.

    The inputs have shape ``(n, ..., n_in)`` and the outputs ``(n, ..., units)``. The
    gradient by reparameterization (Kingma and Welling, 2014, "Auto-encoding variational
    Bayes", section 2.4; Blundell et al., 2015, "Weight uncertainty in neural networks")
    has correlated contributions of the inputs. See
    :class:`~zhusuan.layers.dense.DenseFlipout` for a smaller variance. The posterior
    may be any distribution with reparameterized samples.
""" + _UNITS + PARAMETERS + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.DenseReparameterization(
    ...     3, prior=zs.distributions.Normal(0., std=0.1), kl_weight=0.01)
    >>> layer(np.ones([5, 2])).shape.as_list(), len(layer.losses)
    ([5, 3], 1)
    """
    _estimator = "reparameterization"


@keras.saving.register_keras_serializable(package="zhusuan")
class DenseLocalReparameterization(_Dense):
    __doc__ = """A dense layer that draws its outputs instead of its kernel.

    Given the inputs, a normal posterior makes the outputs before the activation normal
    (Kingma, Salimans and Welling, 2015, "Variational dropout and the local
    reparameterization trick"). They are independent for each datum, and also for each
    position of inputs with more than two axes.
""" + _UNITS + PARAMETERS + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.DenseLocalReparameterization(3, "relu", initial_std=0.02)
    >>> layer(np.ones([5, 2])).shape.as_list()
    [5, 3]
    """
    _estimator = "local_reparameterization"


@keras.saving.register_keras_serializable(package="zhusuan")
class DenseFlipout(_Dense):
    __doc__ = """A dense layer with pseudo-independent kernels of the data of a call.

    One draw of the kernel less its mean is multiplied by random signs of each datum
    (Wen et al., 2018, "Flipout: Efficient pseudo-independent weight perturbations on
    mini-batches", eq. 3 and 4), at the price of a second matrix product. The outputs
    have the same marginal distribution as those of
    :class:`~zhusuan.layers.dense.DenseReparameterization`, and the gradients
    a smaller variance. All positions of one datum share one kernel. The posterior must
    be symmetric about its mean, with independent elements.
""" + _UNITS + PARAMETERS + """
    >>> import keras
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> network = keras.Sequential([
    ...     zs.layers.DenseFlipout(16, "relu", kl_weight=1. / 100),
    ...     zs.layers.DenseFlipout(1, kl_weight=1. / 100)])
    >>> network.compile("adam", "mse")
    >>> x = np.linspace(-1., 1., 100)[:, np.newaxis]
    >>> history = network.fit(x, x ** 2, verbose=0)
    >>> network.predict(x, verbose=0).shape
    (100, 1)
    """
    _estimator = "flipout"
