"""Distributions without the density of some entries."""
from __future__ import annotations

from typing import Any, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._conversion import as_numpy, is_tensor_like, tensor_dtype
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.utils import TensorLike

__all__ = ["MaskedDistribution"]


class MaskedDistribution(Distribution):
    r"""A distribution whose log density ignores some entries of the batch.

    .. math::

        \log p(x) = m \log p_{\mathrm{dist}}(x), \qquad m \in \{0, 1\}

    Entries where the mask is False contribute 0 to the log density, and no gradient,
    whatever their value is; it may be nan. Samples are those of `dist`, with all
    entries. `mask=` of the node methods has the same effect. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes.

    :param dist: A Distribution.
    :param mask: A bool Tensor or array that broadcasts to the batch shape of `dist`,
        which it does not extend.
    :param group_ndims: An int; that of `dist` by default.

    >>> import zhusuan as zs
    >>> normal = zs.distributions.Normal([0., 0.], std=1.)
    >>> dist = zs.distributions.MaskedDistribution(normal, [True, False])
    >>> print(["%.4f" % x for x in dist.log_prob([0., float("nan")])])
    ['-0.9189', '0.0000']
    """

    def __init__(self, dist: Distribution, mask: TensorLike,
                 group_ndims: Optional[TensorLike] = None,
                 use_path_derivative: bool = False, **kwargs: Any) -> None:
        dist = adapt_distribution(dist)
        if not isinstance(dist, Distribution):
            raise TypeError(
                "MaskedDistribution: `dist` must be a zhusuan.distributions."
                "Distribution, but it is %r." % (dist,))
        if group_ndims is None:
            group_ndims = dist.group_ndims
        self._dist = dist.without_groups()
        self._mask = _check_mask(mask, dist)
        super().__init__(
            dtype=dist.dtype, param_dtype=dist.param_dtype,
            is_continuous=dist.is_continuous,
            is_reparameterized=dist.is_reparameterized,
            use_path_derivative=use_path_derivative or dist.use_path_derivative,
            group_ndims=group_ndims, **kwargs)

    @property
    def dist(self) -> Distribution:
        """The distribution of all entries, with `group_ndims` 0."""
        return self._dist

    @property
    def mask(self) -> tf.Tensor:
        """A bool Tensor: which entries contribute to the log density."""
        return self._mask

    @property
    def mean(self) -> tf.Tensor:
        """The mean of `dist`."""
        return self._dist.mean

    @property
    def variance(self) -> tf.Tensor:
        """The variance of `dist`."""
        return self._dist.variance

    @property
    def mode(self) -> tf.Tensor:
        """The mode of `dist`."""
        return self._dist.mode

    def _get_batch_shape(self) -> tf.TensorShape:
        return self._dist.get_batch_shape()

    def _batch_shape(self) -> tf.Tensor:
        return self._dist.batch_shape

    def _get_value_shape(self) -> tf.TensorShape:
        return self._dist.get_value_shape()

    def _value_shape(self) -> tf.Tensor:
        return self._dist.value_shape

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return self._dist.sample(n_samples)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        dist = self._dist
        if self._use_path_derivative:
            dist = dist.with_path_derivative()
        given = self._fill(given)
        has_terms = type(dist).log_prob is Distribution.log_prob
        log_prob = dist._log_prob(given) if has_terms else dist.log_prob(given)
        return tf.where(self._mask, log_prob, tf.zeros([], log_prob.dtype))

    def _fill(self, given: tf.Tensor) -> tf.Tensor:
        """Replace ignored entries, so that they cause no nan, also in gradients."""
        value_axes = (tf.newaxis,) * self._dist.get_value_shape().rank
        return tf.where(self._mask[(Ellipsis, *value_axes)], given,
                        tf.stop_gradient(self._dist._ordinary_value()))

    def _entropy(self) -> tf.Tensor:
        entropy = self._dist.entropy()
        return tf.where(self._mask, entropy, tf.zeros([], entropy.dtype))

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        return self._dist.cdf(given)

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        return self._dist.quantile(probability)


def _check_mask(mask: TensorLike, dist: Distribution) -> tf.Tensor:
    """Convert the mask to a bool Tensor that does not extend the batch of `dist`."""
    if is_tensor_like(mask):
        is_bool = tensor_dtype(mask) == tf.bool
    else:
        mask = np.asarray(as_numpy(mask))
        is_bool = mask.dtype == bool
    if not is_bool:
        raise TypeError(
            "A mask must have the dtype bool, True where an entry contributes to the "
            "log density, but it is %r. Write mask != 0." % (mask,))
    mask, batch = tf.convert_to_tensor(mask), dist.get_batch_shape()
    message = (
        "A mask must broadcast to the batch shape of its distribution, %s, but it has "
        "the shape %s. A mask has no axes of the value shape, %s, and does not extend "
        "the batch: pass distribution parameters with the shape of the data." % (
            batch, mask.shape, dist.get_value_shape()))
    try:
        whole = tf.broadcast_static_shape(mask.shape, batch)
    except ValueError:
        raise ValueError(message) from None
    if whole.is_fully_defined() and batch.is_fully_defined():
        if whole != batch:
            raise ValueError(message)
        return mask
    return _tf.identity_after([tf.debugging.assert_equal(
        tf.broadcast_dynamic_shape(tf.shape(mask), dist.batch_shape),
        dist.batch_shape, message=message)], mask)
