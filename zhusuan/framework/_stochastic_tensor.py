"""A node of a Bayesian network, which behaves like a Tensor."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan.distributions._outer_product_warning import (
    WHOLE_SHAPE,
    warn_of_outer_product,
)
from zhusuan.distributions.utils import convert_given
from zhusuan.framework._support import log_prob_of_observation
from zhusuan.utils import TensorArithmeticMixin, nearest_name_hint
from zhusuan.utils._warnings import warn_deprecated

__all__ = ["StochasticTensor"]


@_tf.register_tensor_like
class StochasticTensor(TensorArithmeticMixin):
    """A random variable in a :class:`~zhusuan.framework.bn.BayesianNet`.

    Its value, :attr:`tensor`, is the observation if there is one, else one
    sample, drawn once. A StochasticTensor may be used wherever TensorFlow takes
    a Tensor: operators, indexing, ops, layers, `sess.run`, `feed_dict` keys.

    Usually made by the methods of BayesianNet.

    :param bn: The BayesianNet that the node belongs to.
    :param name: A string, unique in `bn`.
    :param dist: A :class:`~zhusuan.distributions.base.Distribution`.
    :param observation: A value of the dtype of `dist`, broadcastable to its
        samples; None for a latent node.
    :param n_samples: None, an int or a 0-D integer Tensor, see
        :meth:`Distribution.sample
        <zhusuan.distributions.base.Distribution.sample>`.
    """

    def __init__(self, bn, name, dist, observation=None, **kwargs):
        self._bn, self._name, self._dist = bn, name, dist
        self._n_samples = kwargs.pop("n_samples", None)
        for unknown in kwargs:
            raise TypeError("The node %r takes no argument %r.%s" % (
                name, unknown, nearest_name_hint(unknown, ["n_samples"])))
        self._observation = None
        if observation is not None:
            self._observation = _check_observation(observation, dist, name)
        # Reserved here, so that a seeded sample does not depend on the order in
        # which nodes are first used.
        stream = random_numbers.current_stream()
        self._stream = None if stream is None else stream.split()
        self._place = _tf.Place()
        self._sample = None
        self._cached_log_prob = _tf.PerGraph()

    @property
    def bn(self):
        """The :class:`~zhusuan.framework.bn.BayesianNet` of this node."""
        return self._bn

    @property
    def name(self):
        """The name of the node, a string."""
        return self._name

    @property
    def dist(self):
        """The distribution of the node."""
        return self._dist

    @property
    def dtype(self):
        """The dtype of the value."""
        return self._dist.dtype

    @property
    def shape(self):
        """The static shape of the value."""
        return self.tensor.shape

    def get_shape(self):
        """The same as :attr:`shape`."""
        return self.shape

    def is_observed(self):
        """Whether the value is an observation."""
        return self._observation is not None

    @property
    def n_samples(self):
        """The `n_samples` that was given, or None."""
        return self._n_samples

    @property
    def place(self):
        """Where the node was made, a :class:`zhusuan._tf.Place`."""
        return self._place

    def peek(self):
        """The value if there is one already: None where a sample is still to draw."""
        return self._sample if self._observation is None else self._observation

    @property
    def tensor(self):
        """The observation if there is one, else one sample, drawn once."""
        if self._observation is not None:
            return self._observation
        if not self._place.is_visible():
            raise RuntimeError(
                "The node %r was made %s, and its sample is now used %s. Build "
                "the BayesianNet inside the function that uses it, or pass "
                "node.tensor to that function as an argument." % (
                    self._name, self._place, _tf.Place()))
        if self._sample is None:
            # Not where it is first used: a loop would draw in every iteration.
            with self._place.entered(), random_numbers.draw_from(self._stream):
                self._sample = self._draw()
        return self._sample

    def _draw(self):
        try:
            return self._dist.sample(self._n_samples)
        except NotImplementedError as error:
            raise NotImplementedError("The node %r has no value: %s" % (
                self._name, error)) from error

    @property
    def cond_log_p(self):
        """The log probability of the value given the values of its parents.

        Warns about observed values outside of the support, see
        :func:`zhusuan.support_checks`.
        """
        return self._cached_log_prob.get(self._compute_log_prob)

    def _compute_log_prob(self):
        if self._observation is None:
            return self._dist.log_prob(self.tensor)
        return log_prob_of_observation(self._name, self._dist, self._observation)

    def __tf_tensor__(self, dtype=None, name=None):
        tensor = self.tensor
        if dtype is not None and not tf.as_dtype(dtype).is_compatible_with(
                tensor.dtype):
            raise ValueError(
                "The node %r has dtype %s, but %s is needed here. Write %s." % (
                    self._name, tensor.dtype.name, tf.as_dtype(dtype).name,
                    _conversion(tensor.dtype, tf.as_dtype(dtype))))
        return tensor

    def __repr__(self):
        return "<zhusuan.StochasticTensor %r %s %r>" % (
            self._name, "observed" if self.is_observed() else "latent",
            self._dist)

    # -- Deprecated --

    @property
    def net(self):
        """Deprecated, use :attr:`bn`."""
        warn_deprecated("StochasticTensor.net", "StochasticTensor.bn")
        return self._bn

    @property
    def distribution(self):
        """Deprecated, use :attr:`dist`."""
        warn_deprecated("StochasticTensor.distribution",
                        "StochasticTensor.dist")
        return self._dist

    def sample(self, n_samples):
        """Deprecated, use ``.dist.sample``."""
        warn_deprecated("StochasticTensor.sample()",
                        "StochasticTensor.dist.sample()")
        return self._dist.sample(n_samples)

    def log_prob(self, given):
        """Deprecated, use ``.dist.log_prob``."""
        warn_deprecated("StochasticTensor.log_prob()",
                        "StochasticTensor.dist.log_prob()")
        return self._dist.log_prob(given)

    def prob(self, given):
        """Deprecated, use ``.dist.prob``."""
        warn_deprecated("StochasticTensor.prob()",
                        "StochasticTensor.dist.prob()")
        return self._dist.prob(given)


def _conversion(own, needed):
    """The code that gives a node and its partner one dtype, without a loss."""
    if own.is_floating and (needed.is_integer or needed.size < own.size):
        return "tf.cast(x, tf.%s) of the other value" % own.name
    return "tf.cast(node, tf.%s)" % needed.name


def _check_observation(observation, dist, name):
    """The observation as a Tensor that fits the distribution."""
    try:
        tensor = convert_given(observation, dist.dtype, dist.is_continuous)
    except TypeError as error:
        raise TypeError(
            "Incompatible types of the observation and the distribution of "
            "node %r. %s" % (name, error)) from error
    shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
    try:
        tf.broadcast_static_shape(tensor.shape, shape)
    except ValueError:
        raise ValueError(
            "Incompatible shapes of the observation and the distribution of "
            "node %r: the observation has shape %s, which does not broadcast "
            "to batch shape + value shape, %s." % (name, tensor.shape, shape)) from None
    warn_of_outer_product("The observation of node %r" % name, tensor.shape,
                          WHOLE_SHAPE, shape, always=True)
    return tensor
