"""Convolutions with random kernels."""
from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

import keras

from zhusuan.distributions import Distribution
from zhusuan.layers._arguments import Function, OptionalFunction
from zhusuan.layers._linear import PARAMETERS, LinearLayer

__all__ = ["Conv1DFlipout", "Conv1DReparameterization", "Conv2DFlipout",
           "Conv2DReparameterization", "Conv3DFlipout", "Conv3DReparameterization"]

_DETERMINISTIC = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D,
                  3: keras.layers.Conv3D}


class _Convolution(LinearLayer):
    _rank = 0

    def __init__(self, filters: int, kernel_size: Any, strides: Any = 1,
                 padding: str = "valid", data_format: Any = None,
                 dilation_rate: Any = 1, activation: Any = None, *,
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
        # It checks and normalizes the arguments, and is not called.
        like = _DETERMINISTIC[self._rank](
            filters, kernel_size, strides=strides, padding=padding,
            data_format=data_format, dilation_rate=dilation_rate)
        self.filters, self.kernel_size = like.filters, like.kernel_size
        self.strides, self.padding = like.strides, like.padding
        self.data_format, self.dilation_rate = like.data_format, like.dilation_rate
        self._compute_output_shape = like.compute_output_shape
        if self.data_format == "channels_first":
            self._channel_axis = -1 - self._rank
        self.input_spec = keras.layers.InputSpec(ndim=self._rank + 2)

    def build(self, input_shape: Tuple[Any, ...]) -> None:
        """Create the variables."""
        self.compute_output_shape(input_shape)
        super().build(input_shape)
        axis = self._channel_axis % len(input_shape)
        self.input_spec = keras.layers.InputSpec(
            ndim=self._rank + 2, axes={axis: input_shape[axis]})

    def compute_output_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """The shape of the outputs."""
        return self._compute_output_shape(input_shape)

    def get_config(self) -> Dict[str, Any]:
        """The arguments of the constructor, serialized."""
        return {**super().get_config(), "filters": self.filters,
                "kernel_size": self.kernel_size, "strides": self.strides,
                "padding": self.padding, "data_format": self.data_format,
                "dilation_rate": self.dilation_rate}

    def _product(self, inputs: Any, kernel: Any) -> Any:
        padding = self.padding
        if padding == "causal":
            inputs, padding = self._pad_before(inputs), "valid"
        return keras.ops.conv(
            inputs, kernel, strides=list(self.strides), padding=padding,
            data_format=self.data_format, dilation_rate=self.dilation_rate)

    def _pad_before(self, inputs: Any) -> Any:
        widths = [[0, 0] for _ in inputs.shape]
        step_axis = 1 if self._channel_axis == -1 else 2
        widths[step_axis][0] = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        return keras.ops.pad(inputs, widths)

    def _kernel_shape(self, input_shape: Tuple[Any, ...]) -> Tuple[Any, ...]:
        return (*self.kernel_size, input_shape[self._channel_axis], self.filters)

    def _n_outputs(self) -> int:
        return self.filters


_GEOMETRY = """
    `filters`, `kernel_size`, `strides`, `padding`, `data_format`, `dilation_rate` and
    the shapes of inputs and outputs are those of `keras.layers.Conv%dD`.
"""

_REPARAMETERIZATION = """A convolution of %d axes that draws one kernel for all inputs.

    For the estimator, see :class:`~zhusuan.layers.dense.DenseReparameterization`.
""" + _GEOMETRY + PARAMETERS

_FLIPOUT = """A convolution of %d axes with draws of the kernel for each datum.

    One draw of the kernel less its mean is multiplied by random signs of each datum
    (Wen et al., 2018, "Flipout", eq. 3 and 4): one of each input channel and one of
    each filter. See :class:`~zhusuan.layers.dense.DenseFlipout`.
""" + _GEOMETRY + PARAMETERS


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv1DReparameterization(_Convolution):
    __doc__ = _REPARAMETERIZATION % (1, 1) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv1DReparameterization(8, 3, padding="same")
    >>> layer(np.ones([2, 20, 1])).shape.as_list()
    [2, 20, 8]
    """
    _rank, _estimator = 1, "reparameterization"


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv2DReparameterization(_Convolution):
    __doc__ = _REPARAMETERIZATION % (2, 2) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv2DReparameterization(8, 3, padding="same")
    >>> layer(np.ones([2, 28, 28, 1])).shape.as_list()
    [2, 28, 28, 8]
    """
    _rank, _estimator = 2, "reparameterization"


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv3DReparameterization(_Convolution):
    __doc__ = _REPARAMETERIZATION % (3, 3) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv3DReparameterization(4, 3, padding="same")
    >>> layer(np.ones([2, 6, 6, 6, 1])).shape.as_list()
    [2, 6, 6, 6, 4]
    """
    _rank, _estimator = 3, "reparameterization"


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv1DFlipout(_Convolution):
    __doc__ = _FLIPOUT % (1, 1) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv1DFlipout(8, 3, padding="same")
    >>> layer(np.ones([2, 20, 1])).shape.as_list()
    [2, 20, 8]
    """
    _rank, _estimator = 1, "flipout"


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv2DFlipout(_Convolution):
    __doc__ = _FLIPOUT % (2, 2) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv2DFlipout(8, 3, strides=2, padding="same")
    >>> layer(np.ones([2, 28, 28, 1])).shape.as_list()
    [2, 14, 14, 8]
    """
    _rank, _estimator = 2, "flipout"


@keras.saving.register_keras_serializable(package="zhusuan")
class Conv3DFlipout(_Convolution):
    __doc__ = _FLIPOUT % (3, 3) + """
    >>> import numpy as np
    >>> import zhusuan as zs
    >>> layer = zs.layers.Conv3DFlipout(4, 3, padding="same")
    >>> layer(np.ones([2, 6, 6, 6, 1])).shape.as_list()
    [2, 6, 6, 6, 4]
    """
    _rank, _estimator = 3, "flipout"
