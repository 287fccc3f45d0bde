"""Priors of the weights of a network, from what the user states."""
import fnmatch
import numbers
from collections.abc import Mapping

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import distributions
from zhusuan.distributions._conversion import is_tensor_like
from zhusuan.distributions._repeated_entries import RepeatedEntries
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.keras._likelihoods import grouped
from zhusuan.utils import argument_names

__all__ = ["WeightPriors"]

# Names of weights that multiply normalized values, whose default prior has mean 1.
_SCALES = ("gamma", "scale")


class WeightPriors:
    """The distributions of all weights.

    :param prior: As :func:`zhusuan.keras.bayesian` takes.
    :param variables: A dict of the variables of weights by name.
    """

    def __init__(self, prior, variables):
        self._variables = variables
        self._specs = dict.fromkeys(variables, prior)
        if isinstance(prior, Mapping):
            _refuse_unknown(prior, variables)
            self._specs = {name: _spec_of(prior, name) for name in variables}
        for name, spec in self._specs.items():
            _check_spec(name, spec)

    def add_to(self, bn, name):
        """Add the node of a weight to a BayesianNet, and return its value."""
        spec = self._specs[name]
        if not _takes_net(spec):
            return bn.stochastic(name, self._of(name)).tensor
        variable = self._variables[name]
        shape, dtype = tuple(variable.shape), tf.as_dtype(variable.dtype)
        prior = adapt_distribution(spec(bn, name, shape, dtype))
        if isinstance(prior, distributions.Distribution):
            return bn.stochastic(
                name, _checked_prior(name, prior, shape, dtype)).tensor
        return bn.deterministic(name, _checked_value(name, prior, shape, dtype))

    def _of(self, name):
        """The distribution of a weight, which groups all its axes."""
        variable, spec = self._variables[name], self._specs[name]
        shape, dtype = list(variable.shape), tf.as_dtype(variable.dtype)
        if spec is None:
            return _normal(shape, dtype, *_default(name, shape))
        if isinstance(spec, numbers.Real):
            return _normal(shape, dtype, 0., spec)
        adapted = adapt_distribution(spec)
        if not isinstance(adapted, distributions.Distribution):
            adapted = adapt_distribution(spec(name, tuple(shape), dtype))
            if not isinstance(adapted, distributions.Distribution):
                raise TypeError(
                    "bayesian: the function prior must return a distribution, but for "
                    "the weight %r it returned %r." % (name, adapted))
        return _fitted(name, adapted, shape, dtype)


def _takes_net(spec):
    """Whether a prior is a function of a BayesianNet, its first argument `bn`."""
    return callable(spec) and not isinstance(
        adapt_distribution(spec), distributions.Distribution) and (
            argument_names(spec)[:1] == ["bn"])


def _checked_value(name, value, shape, dtype):
    if not is_tensor_like(value):
        raise TypeError(
            "bayesian: the function prior must return a distribution or a Tensor, but "
            "for the weight %r it returned %r." % (name, value))
    value = tf.convert_to_tensor(value)
    if value.dtype != dtype:
        raise TypeError(
            "bayesian: the function prior returned a value of %r of the dtype %s, but "
            "the weight has %s." % (name, value.dtype.name, dtype.name))
    _check_last_axes(name, "value", value.shape, shape)
    return value


def _checked_prior(name, dist, shape, dtype):
    """A distribution with sample axes and the shape of a weight, which it groups."""
    if dist.dtype != dtype:
        raise TypeError(
            "bayesian: the prior of %r has the dtype %s, but the weight has %s. Make "
            "its parameters %s." % (name, dist.dtype.name, dtype.name, dtype.name))
    _check_last_axes(name, "distribution", dist.get_batch_shape().concatenate(
        dist.get_value_shape()), shape)
    return grouped(dist, len(shape) - dist.get_value_shape().rank)


def _check_last_axes(name, kind, actual, shape):
    if actual.rank is None or actual.rank < len(shape) or (
            not actual[actual.rank - len(shape):].is_compatible_with(list(shape))):
        raise ValueError(
            "bayesian: the function prior returned a %s of the shape %s for the weight "
            "%r, but its last axes must be those of the weight, %s." % (
                kind, actual, name, shape))


def _refuse_unknown(prior, variables):
    for key in prior:
        if not any(_matches(key, name) for name in variables):
            raise ValueError(
                "bayesian: the prior for %r matches no layer and no trainable weight. "
                "The weights are %s." % (key, ", ".join(map(repr, variables))))


def _matches(key, name):
    """Whether a key is the name of a weight or of a layer of it, or a pattern."""
    layers = name.split("/")[:-1]
    return (key == name or key in layers or name.startswith(key + "/")
            or fnmatch.fnmatchcase(name, key))


def _spec_of(prior, name):
    if name in prior:
        return prior[name]
    return next((spec for key, spec in prior.items() if _matches(key, name)), None)


def _check_spec(name, spec):
    if isinstance(spec, numbers.Real):
        if isinstance(spec, bool) or not spec > 0.:
            raise ValueError(
                "bayesian: the prior of %r is %r, but a number is the standard "
                "deviation of a normal distribution, which must be positive." % (
                    name, spec))
    elif not (spec is None or callable(spec) or isinstance(
            adapt_distribution(spec), distributions.Distribution)):
        raise TypeError(
            "bayesian: the prior of %r must be a distribution, a positive number, or a "
            "function of the name, shape and dtype of a weight, but it is %r." % (
                name, spec))


def _default(name, shape):
    """The mean and the standard deviation of the default prior."""
    kind = name.rsplit("/", 1)[-1]
    if len(shape) < 2 or kind == "embeddings":
        return float(kind in _SCALES), 1.
    return 0., np.prod(shape[:-1], dtype=float) ** -0.5


def _normal(shape, dtype, mean, std):
    return distributions.Normal(
        tf.constant(mean, dtype, shape), std=tf.constant(std, dtype),
        group_ndims=len(shape))


def _fitted(name, dist, shape, dtype):
    """A distribution with the shape of a weight, repeated along its first axes."""
    own = dist.get_batch_shape().concatenate(dist.get_value_shape())
    n_value_axes = dist.get_value_shape().rank
    if dist.dtype != dtype:
        raise TypeError(
            "bayesian: the prior of %r has the dtype %s, but the weight has %s. Make "
            "its parameters %s." % (name, dist.dtype.name, dtype.name, dtype.name))
    if own.rank is None or own.as_list() != shape[len(shape) - own.rank:]:
        raise ValueError(
            "bayesian: the prior of %r has the shape %s, but it must be that of the "
            "weight, %s, or its last axes. Pass a distribution with that batch shape, "
            "or of a single number." % (name, own, tuple(shape)))
    n_repeats = len(shape) - own.rank
    if n_repeats:
        return RepeatedEntries(dist, shape[:n_repeats], len(shape) - n_value_axes)
    return grouped(dist, len(shape) - n_value_axes)
