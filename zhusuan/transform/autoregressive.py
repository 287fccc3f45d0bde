"""Autoregressive flows: MAF, IAF, and functions of samples and log densities."""
from typing import Callable, List, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.transform._flow_parts import (
    LayeredBijector,
    MaskedNetwork,
    convert_samples,
    create_variable,
    multiply_last_axis,
)
from zhusuan.utils import argument_names
from zhusuan.utils._types import TensorLike

__all__ = ["IAF", "MAF", "inv_autoregressive_flow", "linear_ar"]


class MAF(LayeredBijector):
    r"""Masked autoregressive layers, fast in densities.

    .. math::

        y_i = x_i \exp(s_i(y_{<i})) + m_i(y_{<i})

    (Papamakarios, Pavlakou and Murray, 2017, "Masked autoregressive flow for
    density estimation", section 3). The inverse, and so the density of given values by
    ``inverse_and_log_det``, takes one pass through each network; ``forward``, and so
    sampling, takes one pass per dimension. For parameters, see
    :class:`~zhusuan.transform.RealNVP`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> base = zs.distributions.Normal(tf.zeros([3]), std=1.)
    >>> dist = zs.distributions.TransformedDistribution(base, zs.transform.MAF(3))
    >>> dist.log_prob(tf.ones([5, 3])).shape.as_list()
    [5]
    """

    @staticmethod
    def _make_layer(i: int, n_dims: int, hidden_units: Sequence[int],
                    dtype: tf.DType) -> "_InverseLayer":
        return _InverseLayer(_Autoregressive(i, n_dims, hidden_units, dtype))


class IAF(LayeredBijector):
    r"""Inverse autoregressive layers, fast in samples.

    .. math::

        y_i = x_i \exp(s_i(x_{<i})) + m_i(x_{<i})

    (Kingma et al., 2016, "Improving variational inference with inverse
    autoregressive flow", section 4). ``forward``, and so sampling and the density of
    samples, takes one pass through each network; ``inverse`` takes one pass per
    dimension. For parameters, see :class:`~zhusuan.transform.RealNVP`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> flow = zs.transform.IAF(3)
    >>> flow.forward(tf.ones([5, 3])).shape.as_list()
    [5, 3]
    """

    has_cheap_inverse = False

    @staticmethod
    def _make_layer(i: int, n_dims: int, hidden_units: Sequence[int],
                    dtype: tf.DType) -> "_Autoregressive":
        return _Autoregressive(i, n_dims, hidden_units, dtype)


class _Autoregressive:

    def __init__(self, i: int, n_dims: int, hidden_units: Sequence[int],
                 dtype: tf.DType) -> None:
        self._n_dims = n_dims
        self._network = MaskedNetwork(
            "autoregressive_%d" % i,
            _make_masks(n_dims, hidden_units, is_reversed=i % 2 == 1), dtype)

    def forward(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        shift, log_scale = self._network(x)
        return x * tf.exp(log_scale) + shift, tf.reduce_sum(log_scale, -1)

    def inverse(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        # Each pass makes one more element exact, in the order of the network.
        # TensorFlow 1.15 fails to build the gradient of a tf.while_loop here.
        x = tf.zeros_like(y)
        for _ in range(self._n_dims):
            shift, log_scale = self._network(x)
            x = (y - shift) * tf.exp(-log_scale)
        return x, self.forward(x)[1]


class _InverseLayer:
    """The inverse of a layer."""

    def __init__(self, layer: _Autoregressive) -> None:
        self._layer = layer

    def forward(self, x: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        y, log_det = self._layer.inverse(x)
        return y, -log_det

    def inverse(self, y: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
        x, log_det = self._layer.forward(y)
        return x, -log_det


def _make_masks(n_dims: int, hidden_units: Sequence[int],
                is_reversed: bool) -> List[np.ndarray]:
    """Masks by which an output depends only on inputs of a lower degree.

    Germain et al. (2015), "MADE", eq. 12 and 13.
    """
    ends = np.arange(1, n_dims + 1)
    ends = ends[::-1] if is_reversed else ends
    lowest = min(1, n_dims - 1)
    degrees = [ends] + [np.arange(width) % max(1, n_dims - 1) + lowest
                        for width in hidden_units]
    masks = [after >= before[:, None] for before, after in zip(degrees, degrees[1:])]
    return [mask.astype(float) for mask in masks + [ends > degrees[-1][:, None]]]


# -- Functions of samples ----------------------------------------------------

def inv_autoregressive_flow(
        samples: TensorLike, hidden: Optional[TensorLike], log_probs: TensorLike,
        autoregressive_nn: Callable[..., Tuple[tf.Tensor, tf.Tensor]], n_iters: int,
        update: str = "normal") -> Tuple[tf.Tensor, tf.Tensor]:
    r"""Transform samples by inverse autoregressive layers.

    .. math::

        z' = s \odot z + m \quad \text{(normal)}, \qquad
        z' = \sigma(s) \odot z + (1 - \sigma(s)) \odot m \quad \text{(gru)}

    where :math:`m, s` are the outputs of an autoregressive network: their element i
    depends only on the elements of z before i. The Jacobian is triangular (Kingma et
    al., 2016, "Improving variational inference with inverse autoregressive flow",
    sections 3 and 4).

    :param samples: A float Tensor of shape ``[..., d]``.
    :param hidden: An input of all layers, a Tensor, or None.
    :param log_probs: A Tensor of shape ``[...]``, the log density at `samples`.
    :param autoregressive_nn: A function of ``(name, id, z, hidden)``: a string
        and an int to name variables after, and Tensors. It returns m and s, of
        the shape of z; s must be positive for 'normal', and is any number, a
        logit, for 'gru'. If the function has an argument `update`, it is passed.
    :param n_iters: An int, the number of layers.
    :param update: 'normal' or 'gru'; other values raise `ValueError`.
    :return: The transformed samples and their log density, of the same shapes.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> from zhusuan.transform import inv_autoregressive_flow, linear_ar
    >>> z, log_q = inv_autoregressive_flow(
    ...     tf.zeros([5, 2]), None, tf.zeros([5]), linear_ar, n_iters=3)
    >>> z.shape.as_list(), log_q.shape.as_list()
    ([5, 2], [5])
    """
    if update not in _UPDATES:
        raise ValueError(
            "inv_autoregressive_flow: `update` must be 'normal' or 'gru', but it "
            "is %r." % (update,))
    samples, log_probs = convert_samples(samples, log_probs)
    options = ({"update": update}
               if "update" in argument_names(autoregressive_nn) else {})
    with _tf.unique_variable_scope("inv_autoregressive_flow"):
        for i in range(n_iters):
            m, s = autoregressive_nn("iaf", i, samples, hidden, **options)
            samples, log_scale = _UPDATES[update](samples, m, s)
            log_probs = log_probs - tf.reduce_sum(log_scale, -1)
    return samples, log_probs


def _update_normal(z: tf.Tensor, m: tf.Tensor,
                   s: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    return s * z + m, tf.math.log(s)


def _update_gru(z: tf.Tensor, m: tf.Tensor,
                s: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor]:
    return m + tf.sigmoid(s) * (z - m), tf.math.log_sigmoid(s)


_UPDATES = {"normal": _update_normal, "gru": _update_gru}


def linear_ar(name: str, id: int, z: tf.Tensor, hidden: Optional[TensorLike] = None,
              update: str = "normal") -> Tuple[tf.Tensor, tf.Tensor]:
    """A linear autoregressive network for :func:`inv_autoregressive_flow`.

    It creates variables. A new network is near the identity.

    :param name: A string, the first part of the name of the variables.
    :param id: An int, the second part.
    :param z: A float Tensor of shape ``[..., d]``; d must be known.
    :param hidden: A Tensor of shape ``[..., h]``, or None.
    :param update: 'normal' or 'gru'.
    :return: m and s, of the shape of `z`: linear functions of the previous elements
        of z and of `hidden`. For 'normal', s is the exponential of such a function.

    >>> import tensorflow as tf
    >>> from zhusuan.transform import linear_ar
    >>> mean, std = linear_ar("layer", 0, tf.ones([5, 2]), None)
    >>> mean.shape.as_list(), std.shape.as_list()
    ([5, 2], [5, 2])
    """
    if hidden is not None:
        hidden = tf.convert_to_tensor(hidden, z.dtype)
    with _tf.unique_variable_scope("%s_%d" % (name, id)):
        m = _linear_before(z, hidden, "m", bias=0.)
        # A gate of sigmoid(2), about 0.9, passes most of z.
        s = _linear_before(z, hidden, "s", bias=0. if update == "normal" else 2.)
    return m, tf.exp(s) if update == "normal" else s


def _linear_before(z: tf.Tensor, hidden: Optional[tf.Tensor], name: str,
                   bias: float) -> tf.Tensor:
    d = z.shape.as_list()[-1]
    before = np.triu(np.ones([d, d]), 1)  # from row j to column i > j
    weights = create_variable(name + "_weights", [d, d], z.dtype, 0.01)
    total = multiply_last_axis(z, weights * before.astype(z.dtype.as_numpy_dtype))
    if hidden is not None:
        total += multiply_last_axis(hidden, create_variable(
            name + "_hidden", [hidden.shape.as_list()[-1], d], z.dtype, 0.01))
    return total + bias + create_variable(name + "_bias", [d], z.dtype, 0.)
