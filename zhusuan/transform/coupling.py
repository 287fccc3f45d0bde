"""Coupling flows: RealNVP."""
from typing import List, Sequence, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.transform._flow_parts import LayeredBijector, MaskedNetwork

__all__ = ["RealNVP"]


class RealNVP(LayeredBijector):
    r"""Affine coupling layers, fast in both directions.

    .. math::

        y_B = x_B \odot \exp(s(x_A)) + t(x_A), \qquad y_A = x_A

    where A and B are the even and odd elements, which change places after each
    layer (Dinh, Sohl-Dickstein and Bengio, 2017, "Density estimation using Real
    NVP", eq. 4 and 5).

    The constructor creates variables. To share them, call it in a function decorated
    with :func:`~zhusuan.framework.utils.reuse_variables` or in a MetaBayesianNet that
    reuses variables. A new flow is near the identity.

    :param n_dims: An int, the length of vectors.
    :param n_layers: An int.
    :param hidden_units: A tuple of ints, the widths of the hidden layers of each
        network.
    :param dtype: The dtype of vectors.

    The methods raise `ValueError` if the last axis of values is not `n_dims` long.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> flow = zs.transform.RealNVP(3)
    >>> x = tf.ones([5, 3])
    >>> y = flow.forward(x)
    >>> flow.forward_log_det_jacobian(x).shape.as_list()
    [5]
    """

    @staticmethod
    def _make_layer(i: int, n_dims: int, hidden_units: Sequence[int],
                    dtype: tf.DType) -> "_Coupling":
        return _Coupling(i, n_dims, hidden_units, dtype)


class _Coupling:

    def __init__(self, i: int, n_dims: int, hidden_units: Sequence[int],
                 dtype: tf.DType) -> None:
        kept = np.arange(n_dims) % 2 == i % 2
        self._kept = tf.constant(kept)
        widths = [n_dims] + list(hidden_units)
        masks = [np.ones(shape) for shape in zip(widths, widths[1:] + [n_dims])]
        self._network = MaskedNetwork("coupling_%d" % i, masks, dtype)

    def forward(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        shift, log_scale = self._parameters(x)
        return x * tf.exp(log_scale) + shift, tf.reduce_sum(log_scale, -1)

    def inverse(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        shift, log_scale = self._parameters(y)
        return (y - shift) * tf.exp(-log_scale), tf.reduce_sum(log_scale, -1)

    def _parameters(self, x: tf.Tensor) -> List[tf.Tensor]:
        zeros = tf.zeros_like(x)
        return [tf.where(self._kept, zeros, parameter) for parameter in
                self._network(tf.where(self._kept, x, zeros))]
