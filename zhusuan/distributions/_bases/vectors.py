"""Base classes of the distributions on vectors."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._checks import check_dtype_in, check_min_rank
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.distributions.base import Distribution

__all__ = ["LogitsDistribution", "ROUNDED_BY_USERS", "VectorDistribution",
           "broadcast_to_event", "impossible_outside", "known_totals", "last_dimension",
           "sums_to_one", "weighted_log_sum"]

# Values on a simplex come from files with few digits, too.
ROUNDED_BY_USERS = 1e-3


class VectorDistribution(Distribution):
    """A distribution on vectors as long as the last axis of a parameter.

    :param vector: That parameter, of shape ``[..., K]``.
    """

    def __init__(self, vector, **kwargs):
        self._vector = vector
        super().__init__(**kwargs)

    @property
    def n_categories(self):
        """The length ``K`` of a value: an int, or a 0-D Tensor if unknown."""
        return last_dimension(self._vector)

    def _value_shape(self):
        return tf.shape(self._vector)[-1:]

    def _get_value_shape(self):
        n_categories = self.n_categories
        return tf.TensorShape(
            [n_categories if isinstance(n_categories, int) else None])

    def _check_input_shape(self, given):
        given = super()._check_input_shape(given)
        if given.shape.rank and given.shape[-1:].is_fully_defined() and (
                given.shape[-1:] == self.get_value_shape()):
            return given
        return given + tf.zeros(self.value_shape, given.dtype)


def broadcast_to_event(given, distribution):
    """`given`, broadcast to the batch and value shape of a distribution."""
    shape = distribution.get_batch_shape().concatenate(
        distribution.get_value_shape())
    if shape.is_fully_defined() and given.shape.rank is not None and (
            given.shape.rank >= shape.rank) and (
            given.shape[given.shape.rank - shape.rank:] == shape):
        return given
    return given + tf.zeros(tf.concat(
        [distribution.batch_shape, distribution.value_shape], axis=0), given.dtype)


def last_dimension(tensor):
    """The length of the last axis: an int, or a 0-D Tensor if unknown."""
    static = tensor.shape.as_list()[-1] if tensor.shape.rank else None
    return tf.shape(tensor)[-1] if static is None else static


def sums_to_one(x):
    """Whether the numbers along the last axis sum to 1, up to their rounding."""
    eps = np.finfo(x.dtype.as_numpy_dtype).eps
    if x.dtype == tf.float16:
        x = tf.cast(x, tf.float32)
    error = tf.abs(tf.reduce_sum(x, axis=-1) - 1.)
    return error <= max(ROUNDED_BY_USERS, 16. * float(eps))


class LogitsDistribution(VectorDistribution):
    """The parameter and the checks of distributions over K categories."""

    def __init__(self, logits, dtype, allowed_dtypes, group_ndims, **kwargs):
        logits, = convert_parameters(logits=logits)
        self._logits = check_min_rank("logits", logits, 1)
        super().__init__(
            self._logits, dtype=check_dtype_in(dtype, allowed_dtypes),
            param_dtype=logits.dtype, is_continuous=False,
            is_reparameterized=False, group_ndims=group_ndims,
            parameters={"logits": (self._logits, 1)}, **kwargs)

    @property
    def logits(self):
        """The log probabilities up to a constant, of shape ``[..., K]``."""
        return self._logits


def weighted_log_sum(log_probs, weights):
    """``sum_k weights_k log_probs_k``, where 0 times -inf is 0."""
    return tf.reduce_sum(tf.math.multiply_no_nan(log_probs, weights), axis=-1)


def impossible_outside(inside, log_prob):
    return tf.where(inside, log_prob, log_prob.dtype.as_numpy_dtype(-np.inf))


def known_totals(distribution, n_experiments, wanted):
    """`n_experiments`; ValueError if it is None, with what it is wanted for."""
    if n_experiments is None:
        raise ValueError(
            "%s: n_experiments must be given for %s, but it is None. Write %s(..., "
            "n_experiments=...), or observe the node." % (
                type(distribution).__name__, wanted, type(distribution).__name__))
    return n_experiments
