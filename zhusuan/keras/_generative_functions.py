"""A generative function, a variational function, and the networks that both call."""
import inspect

import keras
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.latents import collect_latents, samples_of
from zhusuan.evaluation.importance import is_loglikelihood
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.framework.meta_bn import (
    ObservationOfDistribution,
    bayesian_net_in,
    is_model_function,
)
from zhusuan.utils import argument_names, merge_dicts, nearest_name_hint

__all__ = ["GenerativeFunctions"]

# The most importance samples of which the networks are evaluated at a time.
_CHUNK = 50


class GenerativeFunctions:
    """Functions that take networks and values by the names of their arguments.

    :param model: A function that returns a BayesianNet, or one that is decorated by
        `meta_bayesian_net`.
    :param variational: A function that returns a BayesianNet.
    :param networks: A dict of networks by name, or a list of networks that the
        functions use without taking them as arguments.
    :param data: A list of the names of the nodes of data.
    """

    def __init__(self, model, variational, networks, data):
        self._model, self._variational, self._data = model, variational, data
        self._networks = networks if isinstance(networks, dict) else {}
        for role, function in (("model", model), ("variational", variational)):
            _check_function(role, function)
        arguments = argument_names(model) + argument_names(variational)
        _check_networks(networks, arguments)
        self._inputs = list(data) + [
            name for name in arguments if name not in (
                list(self._networks) + list(data) + ["n_samples", "n_data"])]
        for name in data:
            if name in argument_names(model):
                raise ValueError(
                    "VariationalModel: the function model= takes the data %r, which do "
                    "not exist while the model generates data. Let model= take n_data, "
                    "and variational= take %s." % (name, name))

    def check_values(self, values, has_data=True):
        """Raise unless values are those of the data and of arguments of the functions.

        :param values: A dict of Tensors by name.
        :param has_data: Whether there are values of the data.
        """
        data = self._data if has_data else []
        for name in data:
            if name not in values:
                raise ValueError(
                    "VariationalModel: the inputs must have the data %s, but they have "
                    "%s. Pass a dict of arrays by these names, or the names as data=."
                    % (_listed(data), _listed(values)))
        known = [name for name in self._inputs if has_data or name not in self._data]
        for name in values:
            if name not in known:
                raise ValueError(
                    "VariationalModel: %r is not an input of the model, neither in "
                    "data= nor an argument of the functions.%s" % (
                        name, nearest_name_hint(name, known)))

    def objective(self, values, objective, losses, step=None):
        """The `Costs` of a :class:`DataObjective`.

        :param values: A dict of Tensors by name, checked.
        :param losses: A function that returns a list of the losses that layers added.
        :param step: The number of the training step, or None.
        """
        model, q = self._model_and_posterior(values, objective.n_particles)
        return objective(model, self._observed(values), q, losses, step)

    def log_likelihood(self, values, n_samples):
        """Estimates of the log likelihood of each datum by importance sampling."""
        model, q = self._model_and_posterior(values, n_samples)
        with support_checks(False):
            log_likelihood = is_loglikelihood(
                model, self._observed(values), proposal=q, axis=0,
                n_chunks=_n_chunks(n_samples))
        return tf.ensure_shape(log_likelihood, [None])

    def reconstruct(self, values):
        """A list of the means of the data, given draws of the latents."""
        model, q = self._model_and_posterior(values, 1)
        bn = bayesian_net_in(model.observe(**samples_of(collect_latents(None, q))))
        return [_of_one_sample(bn[name], True) for name in self._data]

    def generate(self, values, n_data, mean):
        """A list of draws of the data, or of their means given draws of the latents."""
        bn = bayesian_net_in(self._make_model(values, n_data, 1).observe())
        for name in self._data:
            if bn[name].tensor.shape[:2] != [1, n_data]:
                raise ValueError(
                    "VariationalModel: the node %r must have the shape [n_samples, "
                    "n_data, ...], but it is %s for n_samples=1 and n_data=%d. Pass "
                    "n_samples on to the latent nodes." % (
                        name, bn[name].tensor.shape, n_data))
        return [_of_one_sample(bn[name], mean) for name in self._data]

    def _observed(self, values):
        return {name: _as_observation(values[name]) for name in self._data}

    def _model_and_posterior(self, values, n_samples):
        n_data = _tf.shape_of(values[self._data[0]])[0]
        q = self._variational(**self._arguments_of(
            "variational", self._variational, merge_dicts(
                values, {"n_data": n_data, "n_samples": n_samples})))
        if isinstance(q, MetaBayesianNet):
            q = q.observe()
        bn = bayesian_net_in(q)
        if bn is None:
            raise TypeError("VariationalModel: the function variational= must return a "
                            "BayesianNet, but it returned %r." % (q,))
        return self._make_model(values, n_data, n_samples), bn

    def _make_model(self, values, n_data, n_samples):
        arguments = self._arguments_of("model", self._model, merge_dicts(
            values, {"n_data": n_data, "n_samples": n_samples}))
        if is_model_function(self._model):
            return self._model(**arguments)
        return MetaBayesianNet(self._model, kwargs=arguments)

    def _arguments_of(self, role, function, values):
        available = merge_dicts(values, self._networks)
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in available and parameter.kind in (
                    parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) and (
                        parameter.default is parameter.empty):
                raise ValueError(
                    "VariationalModel: the function %s= requires the argument %r, but "
                    "the networks and inputs are %s. Add it to the inputs, or give the "
                    "argument a default." % (role, parameter.name, _listed(available)))
        return {name: available[name] for name in argument_names(function)
                if name in available}


def _check_function(role, function):
    if not callable(function):
        raise TypeError(
            "VariationalModel: %s= must be a function that returns a BayesianNet, but "
            "it is %r. Pass the function itself, not its result." % (role, function))
    if "n_samples" not in argument_names(function):
        raise ValueError(
            "VariationalModel: the function %s= must take n_samples, but its arguments "
            "are %s. Pass n_samples on to its latent nodes." % (
                role, _listed(argument_names(function))))


def _check_networks(networks, arguments):
    layers = list(networks.values() if isinstance(networks, dict) else networks)
    for layer in layers:
        if not isinstance(layer, keras.layers.Layer):
            raise TypeError("VariationalModel: networks= must have layers or models of "
                            "Keras 3, but it has %r." % (layer,))
    for name in networks if isinstance(networks, dict) else ():
        if name not in arguments:
            raise ValueError(
                "VariationalModel: the network %r is not an argument of the functions, "
                "which take %s. Add it as an argument, or pass networks= as a list if "
                "the functions use variables of their surroundings." % (
                    name, _listed(arguments)))


def _n_chunks(n_samples):
    """The least number of equal chunks of at most `_CHUNK` samples."""
    return next(n for n in range(1, n_samples + 1)
                if n_samples % n == 0 and n_samples // n <= _CHUNK)


def _as_observation(x):
    """A Tensor that is cast to the dtype of its node, as arrays are."""
    def convert(dist):
        is_cast = x.dtype.is_integer or x.dtype == tf.bool or (
            x.dtype.is_floating and dist.dtype.is_floating)
        return tf.cast(x, dist.dtype) if is_cast else x
    return ObservationOfDistribution(convert, x.dtype)


def _of_one_sample(node, mean):
    """The first draw of a node, or its mean; the mode if it has no mean."""
    if not mean:
        return node.tensor[0]
    try:
        value = node.dist.mean
    except NotImplementedError:
        value = node.dist.mode
    return tf.broadcast_to(value, tf.concat(
        [node.dist.batch_shape, node.dist.value_shape], axis=0))[0]


def _listed(names):
    return ", ".join(repr(name) for name in dict.fromkeys(names)) or "none"
