"""Improper priors: the constant densities on the real line and on its positive half."""
from __future__ import annotations

from typing import Any, Optional

import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import FLOAT_DTYPES, check_dtype_in
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions.base import Distribution
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["Flat", "HalfFlat"]


class Flat(Distribution):
    r"""The improper constant density on the real line.

    .. math::

        p(x) \propto 1, \qquad x \in \mathbb{R}

    The log density is 0. It does not integrate to 1, so evidences and Bayes factors of
    models that contain it are not defined, and it cannot be sampled: observe the node,
    or pass it as a latent to a sampler. See
    :class:`~zhusuan.distributions.base.Distribution` for `group_ndims`.

    :param shape: The batch shape: a list or tuple of ints, an int, or a 1-D int32
        Tensor.
    :param dtype: A float dtype, that of values and of the log density; None for the
        default, which for a node is the dtype of its value or of the other nodes.

    >>> import zhusuan as zs
    >>> print("%.1f" % zs.distributions.Flat().log_prob(1e3))
    0.0
    """

    def __init__(self, shape: TensorLike = (), dtype: Optional[DTypeLike] = None,
                 group_ndims: TensorLike = 0, **kwargs: Any) -> None:
        zero, = convert_parameters(zero=0. if dtype is None else tf.zeros(
            [], check_dtype_in(dtype, FLOAT_DTYPES)))
        shape = [shape] if isinstance(shape, int) else shape
        self._zeros = tf.zeros(shape, zero.dtype)
        super().__init__(
            dtype=zero.dtype, param_dtype=zero.dtype, is_continuous=True,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"shape": (self._zeros, 0)}, **kwargs)

    @tf.autograph.experimental.do_not_convert
    def sample(self, n_samples: Optional[TensorLike] = None) -> tf.Tensor:
        """Raise NotImplementedError, as the density does not integrate to 1."""
        raise NotImplementedError(
            "%s is improper and cannot be sampled. Observe the node, or pass it as a "
            "latent to a sampler such as zs.NUTS." % type(self).__name__)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        # With a derivative of 0 by the value, as other densities have one.
        inside = tf.math.is_finite(given)
        zeros = tf.where(inside, given, tf.zeros_like(given)) * 0. + self._zeros
        return tf.where(inside, zeros, zeros - float("inf"))


class HalfFlat(Flat):
    r"""The improper constant density on the positive half of the real line.

    .. math::

        p(x) \propto 1, \qquad x \in [0, \infty)

    See :class:`Flat` for its use.

    :param shape: The batch shape: a list or tuple of ints, an int, or a 1-D int32
        Tensor.
    :param dtype: A float dtype, that of values and of the log density; None for the
        default, which for a node is the dtype of its value or of the other nodes.

    >>> import zhusuan as zs
    >>> print(zs.distributions.HalfFlat().log_prob([-1., 1.]).numpy().tolist())
    [-inf, 0.0]
    """

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        log_prob = super()._log_prob(given)
        return tf.where(given < 0., log_prob - float("inf"), log_prob)
