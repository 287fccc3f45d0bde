"""Base classes of the distributions on vectors."""
from __future__ import annotations

from typing import Any, Union

import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import (
    NUMBER_DTYPES,
    check_dtype_in,
    check_min_rank,
    static_length,
)
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions.base import Distribution
from zhusuan.utils import DTypeLike, TensorLike

__all__ = ["CategoryDistribution", "LogitsDistribution", "VectorDistribution",
           "broadcast_to_event", "known_totals", "last_dimension"]


class VectorDistribution(Distribution):
    """A distribution on vectors as long as the last axis of a parameter.

    :param vector: That parameter, of shape ``[..., K]``.
    """

    def __init__(self, vector: tf.Tensor, **kwargs: Any) -> None:
        self._vector = vector
        super().__init__(**kwargs)

    @property
    def _length(self) -> Union[int, tf.Tensor]:
        return last_dimension(self._vector)

    def _value_shape(self) -> tf.Tensor:
        return tf.shape(self._vector)[-1:]

    def _get_value_shape(self) -> tf.TensorShape:
        return tf.TensorShape([static_length(self._vector, -1)])

    def _check_input_shape(self, given: TensorLike) -> tf.Tensor:
        given = super()._check_input_shape(given)
        if given.shape.rank and given.shape[-1:].is_fully_defined() and (
                given.shape[-1:] == self.get_value_shape()):
            return given
        return given + tf.zeros(self.value_shape, given.dtype)


class CategoryDistribution(VectorDistribution):
    """A distribution on vectors with one component for each of K categories."""

    @property
    def n_categories(self) -> Union[int, tf.Tensor]:
        """The number of categories ``K``: an int, or a 0-D Tensor if unknown."""
        return self._length


class LogitsDistribution(CategoryDistribution):
    """A discrete distribution with log probabilities of K categories."""

    def __init__(self, logits: TensorLike, dtype: DTypeLike, group_ndims: TensorLike,
                 **kwargs: Any) -> None:
        logits, = convert_parameters(logits=logits)
        self._logits = check_min_rank("logits", logits, 1)
        super().__init__(
            self._logits, dtype=check_dtype_in(dtype, NUMBER_DTYPES),
            param_dtype=logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)

    @property
    def logits(self) -> tf.Tensor:
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits


def broadcast_to_event(given: tf.Tensor, distribution: Distribution) -> tf.Tensor:
    """`given`, broadcast to the batch and value shape of a distribution."""
    shape = distribution.get_batch_shape().concatenate(
        distribution.get_value_shape())
    if shape.is_fully_defined() and given.shape.rank is not None and (
            given.shape.rank >= shape.rank) and (
            given.shape[given.shape.rank - shape.rank:] == shape):
        return given
    return given + tf.zeros(tf.concat(
        [distribution.batch_shape, distribution.value_shape], axis=0), given.dtype)


def last_dimension(tensor: tf.Tensor) -> Union[int, tf.Tensor]:
    """The length of the last axis: an int, or a 0-D Tensor if unknown."""
    static = static_length(tensor, -1)
    return tf.shape(tensor)[-1] if static is None else static


def known_totals(distribution: Distribution, n_experiments: TensorLike,
                 wanted) -> tf.Tensor:
    """`n_experiments`; ValueError that states its purpose if it is None."""
    if n_experiments is None:
        raise ValueError(
            "%s: n_experiments must be given for %s, but it is None. Write %s(..., "
            "n_experiments=...), or observe the node." % (
                type(distribution).__name__, wanted, type(distribution).__name__))
    return n_experiments
