"""Warnings about observed values outside the support of their distribution."""
from typing import TYPE_CHECKING, Any, Optional, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions.base import Distribution
from zhusuan.framework.utils import Context
from zhusuan.utils._warnings import user_location, warn_once

if TYPE_CHECKING:
    from zhusuan.framework.stochastic_tensor import StochasticTensor

__all__ = ["SupportWarning", "log_prob_of_observation", "support_checks"]


class SupportWarning(UserWarning):
    """An observed node has values outside the support of its distribution.

    >>> import warnings
    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet({"x": -1.})
    >>> _ = bn.exponential("x", 1.)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     _ = bn.log_joint()
    >>> [warning.category.__name__ for warning in caught]
    ['SupportWarning']
    """


class _SupportChecks(Context):

    def __init__(self, enabled: bool) -> None:
        self.enabled = bool(enabled)


def support_checks(enabled: bool) -> Context:
    """Return a context manager that turns the checks of observed values on or off.

    The log density of a value outside the support is -inf. If an observed node has
    such a value, evaluating its log density raises a :class:`SupportWarning`:
    immediately in eager execution, at run time in a graph or `tf.function`. Checks are
    on by default. Programs compiled by XLA, and samplers, do not check.

    :param enabled: A bool. It applies to log densities computed or built in the
        context.

    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet(observed={"x": 2})
    >>> x = bn.bernoulli("x", 0.)
    >>> with zs.support_checks(False):
    ...     print("%.1f" % x.cond_log_p)
    -inf
    """
    return _SupportChecks(enabled)


@tf.autograph.experimental.do_not_convert
def log_prob_of_observation(node: "StochasticTensor") -> tf.Tensor:
    """The log density of an observed node, with a check of the support.

    The check of a grouped log density scans one number per event. It reads the terms
    of the sum, which locate the value, only if that scan finds -inf.

    :param node: A :class:`~zhusuan.framework.bn.StochasticTensor`.

    >>> import zhusuan as zs
    >>> from zhusuan.framework.support_warnings import log_prob_of_observation
    >>> node = zs.BayesianNet({"x": 0.}).normal("x", 0., std=1.)
    >>> print("%.4f" % log_prob_of_observation(node))
    -0.9189
    """
    dist, value = node.dist, node._observation
    if type(dist).log_prob is not Distribution.log_prob:  # its terms are unknown
        return dist.log_prob(value)
    given = dist._check_input_shape(value)
    terms = tf.convert_to_tensor(dist._log_prob(given))
    log_prob = dist._group(tf.reduce_sum, terms)
    if not _are_enabled():
        return log_prob
    report = _Report(node)
    if _tf.current_graph() is None:
        if np.any(np.isneginf(log_prob.numpy())):
            report(given.numpy(), terms.numpy())
        return log_prob
    minus_infinity = log_prob.dtype.as_numpy_dtype(-np.inf)
    done = tf.cond(
        tf.reduce_any(tf.equal(log_prob, minus_infinity)),
        lambda: tf.numpy_function(report, [given, terms], tf.bool),
        lambda: tf.constant(False))
    # A tf.function runs all ops with side effects; a v1 graph needs a dependency.
    return log_prob if _tf.session_graph() is None else _tf.identity_after(
        [done], log_prob)


def _are_enabled() -> bool:
    checks = _SupportChecks.innermost()
    return (checks is None or checks.enabled) and _tf.supports_runtime_checks()


class _Report:
    """A function that warns about values whose log density has terms of -inf."""

    def __init__(self, node: "StochasticTensor") -> None:
        self._name, self._dist_name = node.name, node._distribution_name
        self._value_ndims = node.dist.get_value_shape().rank
        self._location = None if _tf.current_graph() is None else user_location()

    def __call__(self, value: np.ndarray, terms: np.ndarray) -> bool:
        n_outside, n_values, example = _find_values_outside(
            value, np.isneginf(terms), self._value_ndims)
        if n_outside:
            warn_once(
                (self._name, self._dist_name),
                "The observation of node %r has %d of %d values outside the support of "
                "its distribution %s, or out of range of its dtype (for example, %s). "
                "Their log density is -inf. Check the data and the parameters of the "
                "distribution, or disable this check by `with "
                "zs.support_checks(False):`." % (
                    self._name, n_outside, n_values, self._dist_name,
                    np.array2string(example, threshold=20)),
                SupportWarning, self._location or user_location())
        return True


def _find_values_outside(value: np.ndarray, is_outside: np.ndarray,
                         value_ndims: Optional[int]) -> Tuple[int, int, Any]:
    """The number of values outside, the number of all values, and one of the former.

    :param value: An array of shape ``(...) + V``.
    :param is_outside: A bool array of the shape that ``(...)`` was broadcast to.
    :param value_ndims: The rank of V, or None if unknown.
    """
    if value_ndims is None:
        value_ndims = max(value.ndim - is_outside.ndim, 0)
    batch = value.shape[:max(value.ndim - value_ndims, 0)]
    # A value that broadcasts against several parameters counts once.
    is_outside = np.asarray(
        is_outside.any(axis=tuple(range(is_outside.ndim - len(batch)))))
    stretched = tuple(i for i, n in enumerate(batch) if n == 1)
    is_outside = np.asarray(is_outside.any(axis=stretched, keepdims=True))
    index = np.unravel_index(np.argmax(is_outside), is_outside.shape)
    return int(np.sum(is_outside)), int(np.prod(batch)), value[index]
