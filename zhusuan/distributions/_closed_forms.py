"""Moments, entropy and functions of probability that some distributions have."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

import tensorflow.compat.v2 as tf

from zhusuan.distributions._conversion import convert_given
from zhusuan.utils import TensorLike

__all__ = ["ClosedForms"]

# AutoGraph would read the source of all callees at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


class _Statistic:
    """A property that raises NotImplementedError unless a class overrides it."""

    def __init__(self, meaning: str) -> None:
        self.__doc__ = (
            "The %s, a Tensor of a shape broadcastable to ``B + V``. "
            "Raises NotImplementedError if it does not exist or has no closed form."
            % meaning)

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, distribution: Optional[ClosedForms],
                owner: Optional[type] = None) -> Any:
        if distribution is None:
            return self
        raise _no_closed_form(distribution, self._name)


class ClosedForms:
    """Statistics of distributions; they raise NotImplementedError by default."""

    if TYPE_CHECKING:  # defined by Distribution
        _dtype: tf.DType
        _param_dtype: tf.DType

        @property
        def batch_shape(self) -> tf.Tensor: ...
        def _group(self, reduce: Callable[..., tf.Tensor], x: tf.Tensor
                   ) -> tf.Tensor: ...
        def _check_input_shape(self, given: TensorLike) -> tf.Tensor: ...

    mean = _Statistic("expectation")
    variance = _Statistic("variance")
    mode = _Statistic("point of the largest density or mass")

    def entropy(self) -> tf.Tensor:
        """The entropy in nats, the negated expectation of ``log_prob``.

        :return: A Tensor of `param_dtype` and shape ``B[:-g]``.
        """
        entropy = tf.cast(self._entropy(), self._param_dtype)
        return self._group(tf.reduce_sum, tf.broadcast_to(
            entropy, self.batch_shape))

    @_do_not_convert
    def cdf(self, given: TensorLike) -> tf.Tensor:
        """The cumulative distribution function at `given`, not grouped.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B``.
        """
        return tf.cast(self._cdf(self._check_input_shape(given)), self._param_dtype)

    @_do_not_convert
    def log_cdf(self, given: TensorLike) -> tf.Tensor:
        """The log of :meth:`cdf`, accurate where that underflows or rounds to 1.

        :param given: A Tensor of the sample dtype, broadcastable to
            ``(... +) B``.
        :return: A Tensor of `param_dtype` and shape ``(... +) B``.
        """
        return tf.cast(self._log_cdf(self._check_input_shape(given)),
                       self._param_dtype)

    @_do_not_convert
    def log_survival(self, given: TensorLike) -> tf.Tensor:
        """The log of the probability of values above `given`, see :meth:`log_cdf`."""
        return tf.cast(self._log_survival(self._check_input_shape(given)),
                       self._param_dtype)

    @_do_not_convert
    def quantile(self, probability: TensorLike) -> tf.Tensor:
        """The quantile function: the smallest value whose cdf reaches `probability`.

        :param probability: A Tensor of `param_dtype` with values in [0, 1],
            broadcastable to ``(... +) B``.
        :return: A Tensor of the sample dtype and shape ``(... +) B``.
        """
        probability = convert_given(probability, self._param_dtype)
        return tf.cast(self._quantile(probability), self._dtype)

    def _entropy(self) -> tf.Tensor:
        raise _no_closed_form(self, "entropy()")

    def _cdf(self, given: tf.Tensor) -> tf.Tensor:
        raise _no_closed_form(self, "cdf(given)")

    def _log_cdf(self, given: tf.Tensor) -> tf.Tensor:
        return tf.math.log(self._cdf(given))

    def _log_survival(self, given: tf.Tensor) -> tf.Tensor:
        return tf.math.log1p(-self._cdf(given))

    def _quantile(self, probability: tf.Tensor) -> tf.Tensor:
        raise _no_closed_form(self, "quantile(probability)")


def _no_closed_form(distribution: ClosedForms, name: str) -> NotImplementedError:
    return NotImplementedError(
        "%s has no %s: it does not exist or has no closed form. Estimate it from "
        "samples instead." % (type(distribution).__name__, name))
