"""Observations with missing entries."""
from typing import Any, NamedTuple, Optional

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions import MaskedDistribution
from zhusuan.distributions._conversion import as_numpy, is_tensor_like
from zhusuan.distributions._selected_entries import SelectedEntries
from zhusuan.distributions.base import Distribution
from zhusuan.utils._types import TensorLike

__all__ = ["PartialObservation", "SplitObservation", "as_partial_observation",
           "mask_distribution", "split_observation"]

_CHOICES = ("drop", "latent")


class PartialObservation:
    """An observed value with missing entries.

    Pass it as the value of a node in `observed`. Observed entries contribute to the log
    density. With ``missing="drop"``, missing entries contribute nothing; the value of
    the node has draws from its distribution in their place, for
    :func:`~zhusuan.evaluation.predictive`. No other node should depend on such a value,
    since its log density would depend on the draws.

    With ``missing="latent"``, the missing entries are the value of one more stochastic
    node, named ``name + "_missing"``, of shape ``[n_missing]`` (in C order, behind
    sample or chain axes, before the value shape). It is a latent: samplers and
    posteriors have it, and the value of the node is assembled of observed and missing
    entries.

    The entries are those of the last axes of the batch. If draws are vectors, whole
    vectors are missing.

    :param values: An array or Tensor. Missing entries may have any value. In place of a
        PartialObservation, ``observed`` takes a `numpy.ma.MaskedArray`, too, with
        ``missing="drop"``.
    :param is_observed: A bool array that broadcasts to the batch axes of `values`, True
        for observed entries; it must be known when the model is built. By default, the
        entries of `values` that are neither nan nor masked.
    :param missing: "drop" or "latent". Only missing entries of continuous distributions
        can be latents; all axes of `is_observed` must be among those that `group_ndims`
        of the node sums.

    >>> import zhusuan as zs
    >>> y = zs.PartialObservation([1., float("nan"), 3.], missing="latent")
    >>> bn = zs.BayesianNet(observed={"y": y, "y_missing": [2.]})
    >>> _ = bn.normal("y", [0., 0., 0.], std=1., group_ndims=1)
    >>> print(bn["y"].tensor.numpy(), bn.stochastic_names)
    [1. 2. 3.] ('y_missing', 'y')
    """

    def __init__(self, values: TensorLike, is_observed: Optional[TensorLike] = None,
                 missing: str = "drop") -> None:
        if missing not in _CHOICES:
            raise ValueError("PartialObservation: `missing` must be \"drop\" or "
                             "\"latent\", but it is %r." % (missing,))
        self._missing = missing
        self._is_elementwise = is_observed is None
        if is_observed is None:
            is_observed = _find_observed(values)
        self._is_observed = _as_static_bool(is_observed)
        self._values: Any = values if is_tensor_like(values) else np.ma.getdata(
            values if np.ma.isMaskedArray(values) else as_numpy(values))

    @property
    def values(self) -> Any:
        """The values, an array or Tensor; those of missing entries are arbitrary."""
        return self._values

    @property
    def is_observed(self) -> np.ndarray:
        """A bool array, True for observed entries."""
        return self._is_observed

    @property
    def missing(self) -> str:
        """The treatment of missing entries, "drop" or "latent"."""
        return self._missing

    def _mask_of_events(self, value_ndims: int) -> Any:
        """The mask, of the shape of the batch axes of `values` or of the last ones."""
        shape = self._values.shape
        rank = len(shape)
        if value_ndims and self._is_elementwise:
            axes = tuple(range(rank - value_ndims, rank))
            is_observed = self._is_observed.all(axis=axes)
            if np.any(self._is_observed.any(axis=axes) != is_observed):
                raise ValueError(
                    "Some of its vectors are partly missing, but a distribution of "
                    "vectors supports only entirely missing draws")
            return is_observed
        batch = tuple(shape)[:rank - value_ndims]
        ndim = self._is_observed.ndim
        try:
            fits = ndim <= len(batch) and np.broadcast(
                self._is_observed, np.empty(batch, bool)).shape == batch
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                "`is_observed` has the shape %s, which does not broadcast to the shape "
                "%s of the values without the axes of one draw" % (
                    self._is_observed.shape, batch))
        return np.broadcast_to(self._is_observed, batch[len(batch) - ndim:])

    def __repr__(self) -> str:
        return "<zhusuan.PartialObservation of shape %s, %d of %d entries missing>" % (
            tuple(self._values.shape), np.sum(~self._is_observed),
            self._is_observed.size)


def _find_observed(values: Any) -> Any:
    """Find the entries that are neither nan nor masked."""
    mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else False
    static = tf.get_static_value(values) if is_tensor_like(values) else (
        as_numpy(np.ma.getdata(values) if np.ma.isMaskedArray(values) else values))
    if static is None:
        raise ValueError(
            "PartialObservation: `values` is a Tensor whose value is unknown when the "
            "model is built, %r. Pass is_observed=, a bool array." % (values,))
    static = np.asarray(static)
    is_nan = np.isnan(static) if static.dtype.kind == "f" else np.zeros(
        static.shape, bool)
    return ~(is_nan | mask)


def _as_static_bool(is_observed: TensorLike) -> Any:
    static = tf.get_static_value(is_observed) if is_tensor_like(is_observed) else (
        np.asarray(as_numpy(is_observed)))
    if static is None or static.dtype != bool:
        raise TypeError(
            "PartialObservation: `is_observed` must be a bool array that is known when "
            "the model is built, but it is %r." % (is_observed,))
    return static


class SplitObservation(NamedTuple):
    """A partial observation of a node.

    >>> from zhusuan.framework.partial_observation import SplitObservation
    >>> SplitObservation._fields
    ('values', 'observed', 'is_observed', 'missing')
    """

    values: Any
    """The values, with 0 for missing entries."""
    observed: Distribution
    """The distribution, whose log density is that of observed entries."""
    is_observed: Optional[np.ndarray]
    """The mask, with axes of length 1 for the value shape; None if nothing is missing.
    """
    missing: Optional[SelectedEntries]
    """The distribution of missing entries, if they are latent."""


def as_partial_observation(observation: Any) -> Any:
    """Convert masked arrays to a PartialObservation; None for complete observations.

    >>> import numpy as np
    >>> from zhusuan.framework.partial_observation import as_partial_observation
    >>> as_partial_observation(np.ma.masked_invalid([1., np.nan])).missing
    'drop'
    """
    if np.ma.isMaskedArray(observation):
        return PartialObservation(observation)
    return observation if isinstance(observation, PartialObservation) else None


def mask_distribution(name: str, dist: Distribution,
                      mask: TensorLike) -> Distribution:
    """Apply the mask of the node `name` to its distribution.

    >>> import zhusuan as zs
    >>> from zhusuan.framework.partial_observation import mask_distribution
    >>> normal = zs.distributions.Normal([0., 0.], std=1.)
    >>> dist = mask_distribution("x", normal, [True, False])
    >>> print(["%.4f" % x for x in dist.log_prob([0., 5.])])
    ['-0.9189', '0.0000']
    """
    try:
        return MaskedDistribution(dist, mask)
    except (TypeError, ValueError) as error:
        raise type(error)("`mask` of the node %r: %s" % (name, error)) from error


def split_observation(name: str, partial: Any, dist: Distribution) -> Any:
    """Split the observation of the node `name`, as a :class:`SplitObservation`.

    >>> import numpy as np
    >>> import zhusuan as zs
    >>> from zhusuan.framework.partial_observation import split_observation
    >>> partial = zs.PartialObservation(np.float32([1., np.nan]))
    >>> normal = zs.distributions.Normal([0., 0.], std=1.)
    >>> parts = split_observation("x", partial, normal)
    >>> parts.values.tolist(), parts.is_observed.tolist()
    ([1.0, 0.0], [True, False])
    """
    value_ndims = dist.get_value_shape().rank
    try:
        mask = partial._mask_of_events(value_ndims)
    except ValueError as error:
        raise ValueError("The partial observation of node %r: %s." % (
            name, error)) from error
    is_observed = mask.reshape(mask.shape + (1,) * value_ndims)
    values = _fill(partial.values, is_observed)
    if mask.all():
        return SplitObservation(values, dist, None, None)
    missing = None
    if partial.missing == "latent":
        _check_can_be_latent(name, dist, mask)
        missing = SelectedEntries(dist, ~mask)
    observed = _mask_observed(name, dist, mask)
    return SplitObservation(values, observed, is_observed, missing)


def _fill(values: Any, is_observed: Any) -> Any:
    if is_tensor_like(values):
        values = tf.convert_to_tensor(values)
        return tf.where(is_observed, values, tf.zeros([], values.dtype))
    return np.where(is_observed, values, np.zeros([], values.dtype))


def _mask_observed(name: str, dist: Distribution, mask: Any) -> Distribution:
    try:
        return MaskedDistribution(dist, mask)
    except ValueError as error:
        raise ValueError("The partial observation of node %r: %s" % (
            name, error)) from error


def _check_can_be_latent(name: str, dist: Distribution, mask: Any) -> None:
    where = "The partial observation of node %r has missing=\"latent\", but " % name
    if not dist.is_continuous:
        raise ValueError(
            where + "its distribution is discrete, and samplers require continuous "
                    'latents. Write missing="drop", or sum the missing values out.')
    group_ndims = tf.get_static_value(dist.group_ndims)
    if group_ndims is None or int(group_ndims) < mask.ndim:
        raise ValueError(
            where + "group_ndims is %s, while the mask has the shape %s. Missing "
                    "entries form one node, so group_ndims must sum all of its axes: "
                    "write group_ndims=%d." % (group_ndims, mask.shape, mask.ndim))
    batch = dist.get_batch_shape()
    if batch.rank is None or batch[max(batch.rank - mask.ndim, 0):] != mask.shape:
        raise ValueError(
            where + "its batch shape %s does not end with the shape %s of the mask. "
                    "Pass distribution parameters with the shape of the data." % (
                batch, mask.shape))
