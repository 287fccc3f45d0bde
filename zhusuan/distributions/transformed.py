"""Distributions transformed by bijectors."""
from __future__ import annotations

from typing import Any, Callable, List, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._bases import broadcast_to_event
from zhusuan.distributions._components import check_component
from zhusuan.distributions._numerics.elementary import where_inside
from zhusuan.distributions._path_derivative import stop_parameter_gradients
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bijectors.base import Bijector, check_bijector
from zhusuan.distributions.tfp import adapt_bijector
from zhusuan.utils import TensorLike

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    r"""The distribution of a random variable transformed by a bijector.

    .. math::

        p(y) = p_{\mathrm{base}}(x)
               \left|\det \frac{\partial f(x)}{\partial x}\right|^{-1},
        \qquad x = f^{-1}(y)

    A bijector of vectors, such as a flow, transforms vectors of the base. If values of
    the base are numbers, it transforms the last axis of the batch, which becomes part
    of the value shape. Samples are reparameterized if those of the base are. See
    :class:`~zhusuan.distributions.base.Distribution` for shapes and for
    `group_ndims` and `use_path_derivative`.

    If the inverse of the bijector is slow or has no closed form, as that of IAF, the
    last samples are cached with the values of the base, so that their density needs no
    inverse. Its gradient then flows through the values of the base, not through the
    samples.

    :param base: A continuous Distribution, with `group_ndims` 0.
    :param bijector: A :class:`~zhusuan.distributions.bijectors.Bijector`, or one of
        TensorFlow Probability. Its parameters, if any, broadcast to values of the base.

    >>> import zhusuan as zs
    >>> base = zs.distributions.Normal(0., std=1.)
    >>> exp = zs.distributions.bijectors.Exp()
    >>> dist = zs.distributions.TransformedDistribution(base, exp)
    >>> print("%.4f" % dist.prob(1.))
    0.3989
    """

    def __init__(self, base: Distribution, bijector: Bijector,
                 group_ndims: TensorLike = 0, use_path_derivative: bool = False,
                 **kwargs: Any) -> None:
        self._base = base = check_component(self, "base", base)
        self._bijector = bijector = _check_injective(check_bijector(
            "TransformedDistribution", "`bijector`", adapt_bijector(bijector)))
        if not base.is_continuous or getattr(base, "has_mass_at_ends", False):
            raise ValueError("TransformedDistribution: `base` must be continuous, "
                             "but it is %r." % base)
        base_ndims = base.get_value_shape().rank
        # Axes of batches that become axes of values, and the reverse.
        self._n_gained = max(0, bijector.input_ndims - base_ndims)
        self._n_summed = max(0, base_ndims - bijector.input_ndims)
        self._input_ndims = base_ndims + self._n_gained
        self._value_ndims = self._input_ndims + (
            bijector.event_ndims - bijector.input_ndims)
        if self._n_gained and base.get_batch_shape().rank == 0:
            raise ValueError(
                "TransformedDistribution: %s maps vectors, but `base` is a "
                "distribution of scalars, %r. Give it a batch shape, whose last axis "
                "is then the axis of the vectors." % (type(bijector).__name__, base))
        self._drawn = None, None, None
        super().__init__(
            dtype=base.dtype, param_dtype=base.param_dtype, is_continuous=True,
            is_reparameterized=base.is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims,
            **kwargs)

    @property
    def base(self) -> Distribution:
        """The distribution before the transformation."""
        return self._base

    @property
    def bijector(self) -> Bijector:
        """The bijector."""
        return self._bijector

    # -- Shapes --

    def _get_batch_shape(self) -> tf.TensorShape:
        shape = self._base.get_batch_shape()
        return shape if shape.rank is None else shape[:shape.rank - self._n_gained]

    def _batch_shape(self) -> tf.Tensor:
        shape = self._base.batch_shape
        return shape[:tf.size(shape) - self._n_gained]

    def _get_value_shape(self) -> tf.TensorShape:
        shape = self._base.get_batch_shape().concatenate(
            self._base.get_value_shape())
        if shape.rank is None:
            return tf.TensorShape([None] * self._value_ndims)
        shape = shape.as_list()[shape.rank - self._input_ndims:]
        return tf.TensorShape(self._forward_lengths(shape))

    def _value_shape(self) -> tf.Tensor:
        shape = self._shape_of_base(self._input_ndims)
        return tf.stack(self._forward_lengths(tf.unstack(shape, self._input_ndims)))

    def _shape_of_base(self, ndims: int) -> tf.Tensor:
        """The last `ndims` lengths of the shape of values of the base."""
        shape = tf.concat([self._base.batch_shape, self._base.value_shape], axis=0)
        return shape[tf.size(shape) - ndims:]

    def _forward_lengths(self, shape: List[Any]) -> List[Any]:
        n_other = len(shape) - self._bijector.input_ndims
        return shape[:n_other] + self._bijector.forward_lengths(shape[n_other:])

    def _check_shapes(self, x: tf.Tensor, y: tf.Tensor) -> None:
        """Raise ValueError if the parameters of the bijector added axes."""
        x_shape, y_shape = x.shape, y.shape
        if x_shape.rank is None or y_shape.rank is None:
            return
        batch = x_shape[:x_shape.rank - self._bijector.input_ndims]
        image_batch = y_shape[:y_shape.rank - self._bijector.event_ndims]
        if not batch.is_compatible_with(image_batch):
            raise ValueError(
                "The bijector %s maps values of shape %s to those of shape %s. Give "
                "the base a batch shape to which the parameters of the bijector "
                "broadcast." % (type(self._bijector).__name__, x_shape, y_shape))

    # -- Samples and densities --

    @tf.autograph.experimental.do_not_convert
    def sample(self, n_samples: Optional[TensorLike] = None) -> tf.Tensor:
        x = self._base.sample(n_samples)
        y, log_det = self._bijector.forward_and_log_det(x)
        y = self._bijector.clip(y)
        self._check_shapes(x, y)
        if not self._is_reparameterized:
            return tf.stop_gradient(y)
        if not self._bijector.has_cheap_inverse:
            self._drawn = y, x, log_det
        return y

    def _sample(self, n_samples: TensorLike) -> tf.Tensor:
        return self.sample(n_samples)

    def _log_prob(self, given: tf.Tensor) -> tf.Tensor:
        drawn, x, log_det = self._drawn
        if given is drawn and not self._use_path_derivative:
            return self._density(x, log_det)
        given = broadcast_to_event(given, self)
        if self._use_path_derivative:
            return stop_parameter_gradients(self._log_prob_at, given, self._value_ndims)
        return self._log_prob_at(given)

    def _log_prob_at(self, y: tf.Tensor) -> tf.Tensor:
        inside = self._bijector.contains(y)
        if inside is None:
            return self._log_prob_inside(y)
        axes = [tf.newaxis] * self._bijector.event_ndims
        anywhere = self._bijector.forward(tf.zeros(
            self._shape_of_base(self._bijector.input_ndims), y.dtype))
        log_prob = self._log_prob_inside(
            tf.where(inside[(Ellipsis, *axes)], y, anywhere))
        inside = _over_last(tf.reduce_all, inside, self._n_summed)
        return where_inside(inside, log_prob)

    def _log_prob_inside(self, y: tf.Tensor) -> tf.Tensor:
        x, log_det = self._bijector.inverse_and_log_det(y)
        self._check_shapes(x, y)
        return self._density(x, log_det)

    def _density(self, x: tf.Tensor, log_det: tf.Tensor) -> tf.Tensor:
        return (_over_last(tf.reduce_sum, self._base.log_prob(x), self._n_gained) -
                _over_last(tf.reduce_sum, log_det, self._n_summed))

    # -- Functions of probability, if values are numbers --

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        if not self._has_cdf():
            return super()._cdf(given)
        below = self._base.cdf(self._inverse_or_end(given))
        return tf.where(self._bijector.is_increasing, below, 1. - below)

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        if not self._has_cdf():
            return super()._log_cdf(given)
        x = self._inverse_or_end(given)
        return tf.where(self._bijector.is_increasing, self._base.log_cdf(x),
                        self._base.log_survival(x))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        if not self._has_cdf():
            return super()._log_survival(given)
        x = self._inverse_or_end(given)
        return tf.where(self._bijector.is_increasing, self._base.log_survival(x),
                        self._base.log_cdf(x))

    def _has_cdf(self) -> bool:
        return self._bijector.is_increasing is not None and not self._value_ndims

    def _inverse_or_end(self, given: tf.Tensor) -> tf.Tensor:
        """The value of the base; an infinity where `given` is beyond the image."""
        inside = self._bijector.clip(given)
        x = self._bijector.inverse(inside)
        for beyond, end in (given < inside, -np.inf), (given > inside, np.inf):
            x = tf.where(beyond, x.dtype.as_numpy_dtype(end), x)
        return x

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        is_increasing = self._bijector.is_increasing
        if is_increasing is None or self._value_ndims:
            return super()._quantile(probability)
        return self._bijector.forward(self._base.quantile(
            tf.where(is_increasing, probability, 1. - probability)))


def _check_injective(bijector: Bijector) -> Bijector:
    if not bijector.is_injective:
        raise ValueError(
            "TransformedDistribution: %s is not injective, so the density of its "
            "outputs is a sum. Use it only as a constraint of a "
            "sampler." % type(bijector).__name__)
    return bijector


def _over_last(reduce: Callable[..., tf.Tensor], x: tf.Tensor,
               n_axes: int) -> tf.Tensor:
    return reduce(x, axis=list(range(-n_axes, 0))) if n_axes else x
