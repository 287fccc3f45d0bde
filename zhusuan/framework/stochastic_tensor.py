"""A node of a Bayesian network, which behaves like a Tensor."""
from typing import TYPE_CHECKING, Any, Optional

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._conversion import convert_given
from zhusuan.distributions._outer_product_warning import (
    WHOLE_SHAPE,
    warn_of_outer_product,
)
from zhusuan.distributions._selected_entries import underlying_distribution
from zhusuan.distributions.base import Distribution
from zhusuan.framework.support_warnings import log_prob_of_observation
from zhusuan.utils import TensorArithmeticMixin, nearest_name_hint
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_deprecated

if TYPE_CHECKING:
    from zhusuan.framework.bn import BayesianNet

__all__ = ["StochasticTensor"]


@_tf.register_tensor_like
class StochasticTensor(TensorArithmeticMixin):
    """A random variable in a :class:`~zhusuan.framework.bn.BayesianNet`.

    Its value, :attr:`tensor`, is the observation of the node, or else one sample,
    drawn on first use. A StochasticTensor can be used wherever TensorFlow accepts a
    Tensor: in operators, indexing, ops, layers, `sess.run` and keys of `feed_dict`.

    The methods of BayesianNet create the nodes; calling the constructor is rarely
    necessary.

    :param bn: The BayesianNet that the node belongs to.
    :param name: A string, unique in `bn`.
    :param dist: A :class:`~zhusuan.distributions.base.Distribution`.
    :param observation: A value of the dtype of `dist`, broadcastable to its
        samples; None for a latent node. Raises `TypeError` or `ValueError` if the
        dtype or the static shape does not fit.
    :param n_samples: None, an int or a 0-D integer Tensor, see
        :meth:`Distribution.sample
        <zhusuan.distributions.base.Distribution.sample>`.

    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet()
    >>> z = bn.normal("z", [0., 0.], std=1., n_samples=3)
    >>> z.shape.as_list(), z.is_observed()
    ([3, 2], False)
    """

    def __init__(self, bn: "BayesianNet", name: str, dist: Distribution,
                 observation: Optional[TensorLike] = None, **kwargs: Any) -> None:
        self._bn, self._name, self._dist = bn, name, dist
        self._n_samples = kwargs.pop("n_samples", None)
        # Of a partial observation: a bool array, and the node of missing entries.
        self._is_given = kwargs.pop("is_given", None)
        self._missing_node = kwargs.pop("missing_node", None)
        for unknown in kwargs:
            raise TypeError("The node %r takes no argument %r.%s" % (
                name, unknown, nearest_name_hint(unknown, ["mask", "n_samples"])))
        self._observation = None
        if observation is not None:
            self._observation = _check_observation(observation, dist, name)
        # Split now, so that a seeded sample does not depend on the order in which
        # nodes are first used.
        stream = random_numbers.current_stream()
        self._stream = None if stream is None else stream.split()
        self._place = _tf.OpLocation()
        self._sample = None
        self._cached_log_prob = _tf.CachedPerGraph()

    @property
    def bn(self) -> "BayesianNet":
        """The :class:`~zhusuan.framework.bn.BayesianNet` of this node."""
        return self._bn

    @property
    def name(self) -> str:
        """The name of the node."""
        return self._name

    @property
    def dist(self) -> Distribution:
        """The distribution of the node."""
        return self._dist

    @property
    def dtype(self) -> tf.DType:
        """The dtype of the value."""
        return self._dist.dtype

    @property
    def shape(self) -> tf.TensorShape:
        """The static shape of the value. A latent node draws its sample for it."""
        return self.tensor.shape

    def get_shape(self) -> tf.TensorShape:
        """Same as :attr:`shape`."""
        return self.shape

    def is_observed(self) -> bool:
        """Whether the value is an observation, or in part."""
        return self._observation is not None

    def is_partly_observed(self) -> bool:
        """Whether entries are missing, see :class:`zhusuan.PartialObservation`."""
        return self._is_given is not None

    @property
    def n_samples(self) -> Any:
        """The argument `n_samples`: None, an int or a 0-D integer Tensor."""
        return self._n_samples

    @property
    def _distribution_name(self) -> str:
        """The class name; that of the wrapped one for TensorFlow Probability."""
        dist = underlying_distribution(self._dist)
        return type(getattr(dist, "wrapped", dist)).__name__

    def _existing_value(self) -> Optional[tf.Tensor]:
        """The value, or None if its sample is not drawn yet."""
        if self._observation is None or self.is_partly_observed():
            return self._sample
        return self._observation

    @property
    def tensor(self) -> tf.Tensor:
        """The observation of the node, or else one sample, drawn on first use.

        Missing entries of an observation are drawn, or are those of another node.
        Raises `RuntimeError` if the node was created in a graph, function, loop or
        branch that is not visible where the sample is used.
        """
        if self._observation is not None and not self.is_partly_observed():
            return self._observation
        if not self._place.is_visible():
            raise RuntimeError(
                "The node %r was created %s, and its sample is now used %s. Build the "
                "BayesianNet inside the function that uses it, or pass node.tensor to "
                "that function as an argument." % (
                    self._name, self._place, _tf.OpLocation()))
        if self._sample is None:
            # Drawn where the node was made: elsewhere, a loop would draw repeatedly.
            with self._place.entered(), random_numbers.draw_from(self._stream):
                self._sample = self._draw()
        return self._sample

    def _draw(self) -> tf.Tensor:
        if self._missing_node is None:
            sample = self._draw_all()
        else:
            sample = self._missing_node.dist.place(self._missing_node.tensor)
        if not self.is_partly_observed():
            return sample
        return tf.where(self._is_given, self._observation, sample)

    def _draw_all(self) -> tf.Tensor:
        try:
            return self._dist.sample(self._n_samples)
        except NotImplementedError as error:
            raise NotImplementedError("The node %r has no value: %s" % (
                self._name, error)) from error

    @property
    def cond_log_p(self) -> tf.Tensor:
        """The log density of the value given the values of its parents.

        Its shape is that of ``dist.log_prob``. Observed values outside the support
        raise a :class:`~zhusuan.SupportWarning`, see :func:`zhusuan.support_checks`.
        """
        return self._cached_log_prob.get(self._compute_log_prob)

    def _compute_log_prob(self) -> tf.Tensor:
        if self._observation is None:
            return self._dist.log_prob(self.tensor)
        return log_prob_of_observation(self)

    def _ungrouped_log_prob(self) -> tf.Tensor:
        """The log density of each entry, before the sum over `group_ndims`."""
        value = self.tensor if self._observation is None else self._observation
        return self._dist.without_groups().log_prob(value)

    def __tf_tensor__(self, dtype: Optional[tf.DType] = None,
                      name: Optional[str] = None) -> tf.Tensor:
        tensor = self.tensor
        if dtype is not None and not tf.as_dtype(dtype).is_compatible_with(
                tensor.dtype):
            raise ValueError(
                "The node %r has dtype %s, but %s is required. Write %s." % (
                    self._name, tensor.dtype.name, tf.as_dtype(dtype).name,
                    _cast_suggestion(tensor.dtype, tf.as_dtype(dtype))))
        return tensor

    def __repr__(self) -> str:
        return "<zhusuan.StochasticTensor %r %s %r>" % (
            self._name, "observed" if self.is_observed() else "latent",
            self._dist)

    # -- Deprecated --

    @property
    def net(self) -> "BayesianNet":
        """Deprecated, use :attr:`bn`."""
        warn_deprecated("StochasticTensor.net", "StochasticTensor.bn")
        return self._bn

    @property
    def distribution(self) -> Distribution:
        """Deprecated, use :attr:`dist`."""
        warn_deprecated("StochasticTensor.distribution",
                        "StochasticTensor.dist")
        return self._dist

    def sample(self, n_samples: Any) -> tf.Tensor:
        """Deprecated, use ``.dist.sample``."""
        warn_deprecated("StochasticTensor.sample()",
                        "StochasticTensor.dist.sample()")
        return self._dist.sample(n_samples)

    def log_prob(self, given: TensorLike) -> tf.Tensor:
        """Deprecated, use ``.dist.log_prob``."""
        warn_deprecated("StochasticTensor.log_prob()",
                        "StochasticTensor.dist.log_prob()")
        return self._dist.log_prob(given)

    def prob(self, given: TensorLike) -> tf.Tensor:
        """Deprecated, use ``.dist.prob``."""
        warn_deprecated("StochasticTensor.prob()",
                        "StochasticTensor.dist.prob()")
        return self._dist.prob(given)


def _cast_suggestion(own: tf.DType, required: tf.DType) -> str:
    """Code that casts the node or the other operand without loss of precision."""
    if own.is_floating and (required.is_integer or required.size < own.size):
        return "tf.cast(x, tf.%s) of the other value" % own.name
    return "tf.cast(node, tf.%s)" % required.name


def _check_observation(observation: TensorLike, dist: Distribution,
                       name: str) -> tf.Tensor:
    """Convert the observation to a Tensor of a dtype and shape that fit `dist`."""
    try:
        tensor = convert_given(observation, dist.dtype, dist.is_continuous)
    except TypeError as error:
        raise TypeError(
            "Incompatible types of the observation and the distribution of node "
            "%r. %s" % (name, error)) from error
    shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
    try:
        tf.broadcast_static_shape(tensor.shape, shape)
    except ValueError:
        raise ValueError(
            "Incompatible shapes of the value and the distribution of node %r: the "
            "observed or initial value has shape %s, which does not broadcast to the "
            "shape of the node, %s. Reshape the value, or pass parameters with the "
            "shape of the data." % (name, tensor.shape, shape)) from None
    warn_of_outer_product("The observation of node %r" % name, tensor.shape,
                          WHOLE_SHAPE, shape, always=True)
    return tensor
