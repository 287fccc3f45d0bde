"""Priors of the weights of a network, from the argument `prior`."""
import fnmatch
import numbers
from collections.abc import Mapping

import tensorflow.compat.v2 as tf

from zhusuan import distributions
from zhusuan.distributions._conversion import is_tensor_like
from zhusuan.distributions._repeated_entries import RepeatedEntries
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.keras._default_priors import default_prior
from zhusuan.keras._likelihoods import grouped
from zhusuan.utils import argument_names

__all__ = ["WeightPriors"]


class WeightPriors:
    """The distributions of all weights.

    :param prior: As :func:`zhusuan.keras.bayesian` takes.
    :param network_function: The :class:`NetworkFunction` with the weights.
    """

    def __init__(self, prior, network_function):
        self._variables = network_function.variables
        self._specs = dict.fromkeys(self._variables, prior)
        if isinstance(prior, Mapping):
            self._specs = _specs_by_name(prior, network_function)
        for name, spec in self._specs.items():
            _check_spec(name, spec)
        self._defaults = {name: default_prior(
            path, network_function.layers_of(name), self._variables[name].shape)
            for name, path in network_function.paths.items()
            if self._specs[name] is None}

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
            return _normal(shape, dtype, *self._defaults[name])
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


def _specs_by_name(prior, network_function):
    """The prior of each weight, from a dict by names and patterns."""
    paths = network_function.paths
    layers = {name: {layer.name for layer in network_function.layers_of(name)}
              for name in paths}
    matches = {key: [key] if key in paths else [
        name for name, path in paths.items()
        if _matches(key, path, layers[name]) or fnmatch.fnmatchcase(name, key)]
        for key in prior}
    for key, names in matches.items():
        if not names:
            raise ValueError(
                "bayesian: the key %r of prior= matches no layer and no trainable "
                "weight. The weights are %s." % (key, ", ".join(map(repr, paths))))
    return {name: prior[name] if name in prior else next(
        (prior[key] for key, names in matches.items() if name in names), None)
        for name in paths}


def _matches(key, path, layers):
    """Whether a key is the name of a layer of a weight, or a pattern of its path."""
    return (key in layers or key in path.split("/")[:-1] or path.startswith(key + "/")
            or fnmatch.fnmatchcase(path, key))


def _check_spec(name, spec):
    if isinstance(spec, numbers.Real):
        if isinstance(spec, bool) or not spec > 0.:
            raise ValueError(
                "bayesian: the prior of %r is %r, but it must be positive: a number is "
                "the standard deviation of a normal distribution." % (
                    name, spec))
    elif not (spec is None or callable(spec) or isinstance(
            adapt_distribution(spec), distributions.Distribution)):
        raise TypeError(
            "bayesian: the prior of %r must be a distribution, a positive number, or a "
            "function of the name, shape and dtype of a weight, but it is %r." % (
                name, spec))


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
