"""The nodes of the targets of a network, given its outputs."""
import numbers

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import distributions
from zhusuan.distributions._checks import NUMBER_DTYPES
from zhusuan.distributions._conversion import is_tensor_like, tensor_dtype
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.framework.meta_bn import ObservationOfDistribution

__all__ = ["LIKELIHOODS", "Likelihood"]

_CONTINUOUS = ("normal", "heteroscedastic_normal")
# The smallest variance of "heteroscedastic_normal".
_LEAST_VARIANCE = 1e-6


class Likelihood:
    """The targets of a network as nodes of a model.

    :param likelihood: As :func:`zhusuan.keras.bayesian` takes.
    :param noise: None, a number, or the prior of the noise of "normal".
    :param dtype: The `tf.DType` of the weights.
    """

    def __init__(self, likelihood, noise, dtype):
        if not callable(likelihood) and likelihood not in LIKELIHOODS:
            raise ValueError(
                "bayesian: likelihood must be one of %s, or a function of a "
                "BayesianNet and the outputs of the network, but it is %r." % (
                    ", ".join(map(repr, LIKELIHOODS)), likelihood))
        if noise is not None and likelihood != "normal":
            raise ValueError(
                'bayesian: noise= requires likelihood="normal", but likelihood is %r. '
                "Omit noise=." % (likelihood,))
        self.likelihood, self._dtype = likelihood, dtype
        self._noise = _checked_noise(noise)

    @property
    def is_named(self):
        """Whether the likelihood is one of those with a name."""
        return not callable(self.likelihood)

    @property
    def fixed_noise(self):
        """The noise of "normal" if it is a number; None otherwise."""
        return self._noise if isinstance(self._noise, numbers.Real) else None

    def check_outputs(self, shape):
        """Raise unless outputs of this shape, without sample axes, fit."""
        if self.is_named and len(shape) < 2:
            raise ValueError(
                "bayesian: the outputs of the network must have a data axis and an "
                "axis for the elements of each datum, but their shape is %s. Use "
                "Dense(n) as the last layer." % (tuple(shape),))
        n = shape[-1]
        if n is None:
            return
        if self.likelihood == "heteroscedastic_normal" and n % 2:
            raise ValueError(
                'bayesian: likelihood="heteroscedastic_normal" requires two outputs '
                "for each target, the mean and the scale, but the network has %d "
                "outputs. Use Dense(2) as the last layer." % n)
        if self.likelihood == "categorical" and n < 2:
            raise ValueError(
                'bayesian: likelihood="categorical" requires a logit for each class, '
                "but the network has one output. Use Dense(n_classes) as the last "
                'layer, or likelihood="bernoulli".')

    def add_nodes(self, bn, outputs, rank):
        """Add the nodes to a BayesianNet.

        :param outputs: The outputs of the network, with sample axes in front.
        :param rank: The rank of the outputs without sample axes.
        """
        if not self.is_named:
            self.likelihood(bn, outputs)
            return
        self.check_outputs(outputs.shape[outputs.shape.rank - rank:])
        noise = self._noise_of(bn, rank) if self.likelihood == "normal" else None
        y = bn._observed.get("y")
        bn.stochastic("y", self.distribution(
            outputs, rank, noise, _shape_of(y), _number_dtype_of(y)))

    def convert_targets(self, y):
        """Targets as a Tensor of a dtype that the node can have; others as they are."""
        if not (self.is_named and is_tensor_like(y)):
            return y
        if self.likelihood in _CONTINUOUS:
            return tf.cast(y, self._dtype)
        return y if tensor_dtype(y) in NUMBER_DTYPES else tf.cast(y, tf.int32)

    def distribution(self, outputs, rank, noise, shape=None, dtype=None,
                     may_have_samples=True):
        """The distribution of targets, which groups all axes but sample axes.

        Raise ValueError if targets of the shape do not fit the outputs.

        :param noise: As `_noise_of` returns it.
        :param shape: The shape of targets; None if they are not known.
        :param dtype: The dtype of discrete targets; int32 if None.
        :param may_have_samples: Whether the shape may have sample axes in front.
        """
        tried = []
        # Targets of one number may have the last axis of the outputs.
        has_axis = shape is not None and shape.rank == rank
        for keeps_axis in (has_axis, not has_axis):
            tried.append(LIKELIHOODS[self.likelihood](
                outputs, rank, noise, keeps_axis, dtype or tf.int32))
            if shape is None or _fits(shape, tried[-1], may_have_samples):
                return tried[-1]
        raise ValueError(
            "zs.keras: the targets \"y\" have the shape %s, but the outputs of the "
            "network are for targets of the shape %s, without an axis for classes. "
            "Reshape the targets, or change the number of outputs." % (
                shape, min(map(_shape_of_event, tried), key=len)))

    def _noise_of(self, bn, rank):
        """The standard deviation, which broadcasts to outputs with sample axes."""
        if isinstance(self._noise, numbers.Real):
            return tf.constant(self._noise, self._dtype)
        prior = self._noise
        if prior is None:
            prior = distributions.HalfNormal(tf.constant(1., self._dtype))
        ndims = prior.get_batch_shape().rank
        noise = bn.stochastic("noise", grouped(prior, ndims)).tensor
        return _with_axes(noise, noise.shape.rank - ndims, rank - ndims)


def grouped(dist, ndims):
    """A copy of a distribution whose last `ndims` batch axes are one event."""
    twin = dist.without_groups()
    twin._group_ndims = ndims
    return twin


def _checked_noise(noise):
    if noise is None:
        return None
    if isinstance(noise, numbers.Real) and not isinstance(noise, bool):
        if not noise > 0.:
            raise ValueError(
                "bayesian: noise is the standard deviation of the targets, which must "
                "be positive, but it is %r." % noise)
        return noise
    noise = adapt_distribution(noise)
    if not isinstance(noise, distributions.Distribution):
        raise TypeError(
            "bayesian: noise must be a positive number or a distribution, the prior of "
            "the node \"noise\", but it is %r." % (noise,))
    return noise


def _with_axes(x, position, n):
    """`x` with `n` axes of length 1 at a position."""
    for _ in range(n):
        x = tf.expand_dims(x, position)
    return x


def _shape_of(x):
    """The shape of observed targets; None if they are latents or not known yet."""
    if x is None or isinstance(x, ObservationOfDistribution):
        return None
    values = getattr(x, "values", x)
    return tf.TensorShape(values.shape if is_tensor_like(values) else np.shape(values))


def _shape_of_event(dist):
    batch = dist.get_batch_shape()
    return batch[batch.rank - dist.group_ndims:]


def _fits(shape, dist, may_have_samples):
    """Whether values of a shape have that of one event of a distribution."""
    own = _shape_of_event(dist)
    if shape.rank is None or not may_have_samples:
        return shape.is_compatible_with(own)
    return shape.rank >= own.rank and (
        shape[shape.rank - own.rank:].is_compatible_with(own))


def _number_dtype_of(x):
    """The dtype of a Tensor; None for all else."""
    return tensor_dtype(x) if is_tensor_like(x) else None


# -- The distributions of targets ---------------------------------------------------
# Functions of the outputs of a network, the number of their last axes that are one
# event, the standard deviation of "normal", whether targets of one number have the last
# axis of the outputs, and the dtype of discrete targets.

def _squeezed(ndims, keeps_axis, *parameters):
    """Parameters without a last axis of length 1, and the number of other axes."""
    if keeps_axis or parameters[0].shape[-1] != 1:
        return parameters + (ndims,)
    return tuple(x if not x.shape.rank else tf.squeeze(x, -1)
                 for x in parameters) + (ndims - 1,)


def _normal(outputs, rank, noise, keeps_axis, dtype):
    mean, std, ndims = _squeezed(rank, keeps_axis, outputs, noise)
    return distributions.Normal(mean, std=std, group_ndims=ndims)


def _heteroscedastic_normal(outputs, rank, noise, keeps_axis, dtype):
    mean, raw = tf.split(outputs, 2, axis=-1)
    mean, raw, ndims = _squeezed(rank, keeps_axis, mean, raw)
    return distributions.Normal(
        mean, std=tf.sqrt(tf.nn.softplus(raw) + _LEAST_VARIANCE), group_ndims=ndims)


def _categorical(outputs, rank, noise, keeps_axis, dtype):
    return distributions.Categorical(outputs, dtype=dtype, group_ndims=rank - 1)


def _bernoulli(outputs, rank, noise, keeps_axis, dtype):
    logits, ndims = _squeezed(rank, keeps_axis, outputs)
    return distributions.Bernoulli(logits, dtype=dtype, group_ndims=ndims)


def _poisson(outputs, rank, noise, keeps_axis, dtype):
    log_rate, ndims = _squeezed(rank, keeps_axis, outputs)
    return distributions.Poisson(tf.exp(log_rate), dtype=dtype, group_ndims=ndims)


LIKELIHOODS = {
    "normal": _normal, "heteroscedastic_normal": _heteroscedastic_normal,
    "categorical": _categorical, "bernoulli": _bernoulli, "poisson": _poisson}
