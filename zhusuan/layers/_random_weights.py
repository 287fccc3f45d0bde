"""Random weights of a layer: variables, posteriors and priors."""
import math

import keras
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions import Distribution, MultivariateNormalCholesky, Normal
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.layers._distribution_config import (
    build_distribution,
    describe_distribution,
)
from zhusuan.layers._divergences import (
    as_user_distribution,
    divergence,
    own_normal,
    register_divergences,
)

__all__ = ["RandomWeight", "deterministic", "full_rank_normal", "mean_field_normal",
           "prior_function"]

# Families that are symmetric about their mean, with independent elements.
_SYMMETRIC = {"_PointMass", "Normal", "Laplace", "Logistic", "StudentT", "Uniform",
              "MultivariateNormalDiag", "Deterministic", "VectorDeterministic"}
_NORMAL = {"_PointMass", "Normal", "MultivariateNormalDiag", "Deterministic",
           "VectorDeterministic"}
_FAMILIES = {"flipout": _SYMMETRIC, "local_reparameterization": _NORMAL}
_DEMANDS = {
    "flipout": "a distribution that is symmetric about its mean, with independent "
               "elements, such as Normal or Laplace",
    "local_reparameterization": "a Normal distribution"}


def mean_field_normal(initializer, initial_std):
    """A posterior function: independent normal elements.

    :param initializer: The initializer of the means.
    :param initial_std: The initial standard deviation, a float.
    """
    initial_logstd = keras.initializers.Constant(math.log(initial_std))

    def posterior(dtype, shape, name, trainable, add_variable_fn):
        mean, logstd = [add_variable_fn(
            name=name + suffix, shape=shape, dtype=dtype, initializer=initial,
            trainable=trainable) for suffix, initial in (
                ("_mean", initializer), ("_logstd", initial_logstd))]
        return Normal(mean, logstd=logstd)

    return posterior


def full_rank_normal(initializer, kernel_shape, initial_std):
    """A posterior function of a vector: a normal distribution with full covariance.

    :param initializer: The initializer of the means of the kernel, the first part of
        the vector. The initial means of the other part are 0.
    :param kernel_shape: The shape of the kernel.
    :param initial_std: The initial standard deviation of each element, a float.
    """
    initial_logstd = keras.initializers.Constant(math.log(initial_std))

    def initial_mean(shape, dtype=None):
        kernel = tf.reshape(initializer(kernel_shape, dtype=dtype), [-1])
        return tf.pad(kernel, [[0, shape[0] - kernel.shape[0]]])

    def posterior(dtype, shape, name, trainable, add_variable_fn):
        n = shape[0]
        mean, logstd, lower = [add_variable_fn(
            name=name + suffix, shape=size, dtype=dtype, initializer=initial,
            trainable=trainable) for suffix, size, initial in (
                ("_mean", (n,), initial_mean), ("_logstd", (n,), initial_logstd),
                ("_lower", (n * (n - 1) // 2,), keras.initializers.Zeros()))]
        # Row i of the Cholesky factor is std[i] times (lower[i, :i], 1).
        unit = tf.scatter_nd(np.stack(np.tril_indices(n, -1), axis=1), lower, [n, n])
        return MultivariateNormalCholesky(
            mean, tf.exp(logstd)[:, tf.newaxis] * (unit + tf.eye(n, dtype=dtype)))

    return posterior


def deterministic(initializer):
    """A posterior function of a weight that is not random."""
    def posterior(dtype, shape, name, trainable, add_variable_fn):
        return _PointMass(add_variable_fn(
            name=name.split("_")[0], shape=shape, dtype=dtype, initializer=initializer,
            trainable=trainable))

    return posterior


class _PointMass(Distribution):
    """A value that is not random."""

    def __init__(self, value):
        super().__init__(dtype=value.dtype, param_dtype=value.dtype,
                         is_continuous=False, is_reparameterized=True,
                         parameters={"value": (value, 0)})
        self.mean = value

    def sample(self, n_samples=None):
        """The value."""
        return self.mean


def prior_function(prior):
    """A prior function that returns the distribution `prior` in the dtype of weights.

    :param prior: A distribution, or None for the standard normal distribution. The
        function returns `prior` itself if it has no configuration.
    """
    if prior is None:
        return lambda dtype, *_: Normal(tf.zeros([], dtype), std=tf.ones([], dtype))
    try:
        config = describe_distribution(prior)
    except TypeError:
        return lambda *_: prior
    return lambda dtype, *_: build_distribution(config, dtype)


class RandomWeight:
    """One weight of a layer, with a posterior and perhaps a prior.

    The functions are called again whenever the posterior or the prior is used, with
    the present values of the variables that their first call made.

    :param layer: The layer, which owns the variables.
    :param name: A string, "kernel" or "bias".
    :param shape: A tuple of ints.
    :param posterior_fn: A function ``(dtype, shape, name, trainable,
        add_variable_fn)`` that returns a distribution.
    :param prior_fn: Another one, or None.
    :param divergence_fn: A function ``(posterior, prior, None)``, or None for the KL
        divergence.
    :param tensor_fn: A function of the posterior that returns a draw, or None.
    :param use_exact: Whether the KL divergence must, or must not, be in closed form.
    """

    def __init__(self, layer, name, shape, posterior_fn, prior_fn, divergence_fn=None,
                 tensor_fn=None, use_exact=None):
        self._layer, self._name, self._shape = layer, name, tuple(shape)
        if None in self._shape:
            raise ValueError(
                "%s: the number of channels of the inputs must be known to build the "
                "layer, but the shape of the %s is %s." % (layer.name, name, shape))
        self._divergence_fn, self._tensor_fn = divergence_fn, tensor_fn
        self._use_exact = use_exact
        self._posterior = _DistributionFunction(
            posterior_fn, layer, name + "_posterior", self._shape)
        self._prior = None if prior_fn is None else _DistributionFunction(
            prior_fn, layer, name + "_prior", self._shape)
        self._check_shapes()

    @property
    def name(self):
        """The name, a string."""
        return self._name

    def posterior(self):
        """The posterior distribution at the present values of the variables."""
        return self._posterior()

    def posterior_of_user(self):
        """The same as the function of the user returned it; None for a point mass."""
        posterior = self.posterior()
        return None if isinstance(posterior, _PointMass) else as_user_distribution(
            posterior)

    def draw(self):
        """A draw of the posterior."""
        return self._draw_from(self.posterior())

    def draw_perturbation(self):
        """The mean of the posterior, and a draw less this mean; None if it is 0."""
        posterior = own_normal(self.posterior())
        if isinstance(posterior, _PointMass):
            return posterior.mean, None
        if self._tensor_fn is None and isinstance(posterior, Normal):
            noise = random_numbers.normal(self._shape, posterior.dtype)
            return posterior.mean, noise * posterior.std
        mean = tf.convert_to_tensor(posterior.mean)
        return mean, self._draw_from(posterior) - mean

    def moments(self):
        """The mean and the variance of each element; None for a variance of 0."""
        posterior = self.posterior()
        if isinstance(posterior, _PointMass):
            return posterior.mean, None
        return posterior.mean, posterior.variance

    def divergence(self, draw):
        """The KL divergence of the posterior from the prior.

        :param draw: A draw of the posterior for an estimate, or None to draw one.
        :return: A 0-D Tensor of the dtype of the variables, or None without a prior.
        """
        if self._prior is None:
            return None
        posterior, prior = self._posterior(), self._prior()
        if self._divergence_fn is None:
            return divergence(posterior, prior,
                              self.draw if draw is None else lambda: draw,
                              self._use_exact)
        register_divergences()
        value = self._divergence_fn(as_user_distribution(posterior),
                                    as_user_distribution(prior), None)
        return tf.reduce_sum(tf.cast(value, self._layer.variable_dtype))

    def check_family(self, estimator):
        """Raise ValueError unless `estimator` accepts the family of the posterior."""
        family = as_user_distribution(self.posterior())
        while type(family).__name__ == "Independent":
            family = family.distribution
        if type(family).__name__ not in _FAMILIES.get(
                estimator, {type(family).__name__}):
            raise ValueError(
                "%s: %s_posterior_fn returned %s, but the layer requires %s. Use the "
                "layer with Reparameterization in its name for other posteriors." % (
                    self._layer.name, self._name, type(family).__name__,
                    _DEMANDS[estimator]))

    def _draw_from(self, posterior):
        if self._tensor_fn is None:
            return posterior.sample()
        return tf.convert_to_tensor(self._tensor_fn(as_user_distribution(posterior)))

    def _check_shapes(self):
        shape = _event_shape(self.posterior())
        if not shape.is_compatible_with(self._shape):
            raise ValueError(
                "%s: %s_posterior_fn returned a distribution over values of shape %s, "
                "but the weight has shape %s." % (
                    self._layer.name, self._name, shape, self._shape))
        if self._prior is None:
            return
        prior = self._prior()
        if not _broadcasts(prior, self._shape):
            raise ValueError(
                "%s: the prior of the %s has shape %s, which does not broadcast to the "
                "shape %s of the weight. Use a prior with scalar parameters." % (
                    self._layer.name, self._name, _event_shape(prior), self._shape))


class _DistributionFunction:
    """A function that returns a distribution and whose variables are made once."""

    def __init__(self, function, layer, name, shape):
        self._function, self._layer = function, layer
        self._name, self._shape = name, shape
        self._variables, self._adds_variable = {}, False
        with tf.variable_creator_scope(self._refuse_other_variables):
            self._call(self._make_variable)

    def __call__(self):
        return self._call(self._get_variable)

    def _call(self, add_variable):
        result = adapt_distribution(self._function(
            tf.as_dtype(self._layer.variable_dtype), self._shape, self._name,
            self._layer.trainable, add_variable))
        if isinstance(result, Distribution):
            return result
        raise TypeError(
            "%s: %s_fn returned %r, but it must return a distribution." % (
                self._layer.name, self._name, result))

    def _make_variable(self, name, shape=None, dtype=None, initializer=None,
                       regularizer=None, constraint=None, trainable=True):
        if name in self._variables:
            raise ValueError("%s: %s_fn adds two variables named %r." % (
                self._layer.name, self._name, name))
        self._adds_variable = True
        self._variables[name] = self._layer.add_weight(
            name=name, shape=self._shape if shape is None else tuple(shape),
            initializer=initializer, dtype=_dtype_name(dtype), trainable=trainable,
            autocast=False, regularizer=regularizer, constraint=constraint)
        self._adds_variable = False
        return tf.convert_to_tensor(self._variables[name])

    def _refuse_other_variables(self, next_creator, **kwargs):
        if self._adds_variable:
            return next_creator(**kwargs)
        raise ValueError(
            "%s: %s_fn creates a variable, which would be untrained and new in each "
            'call. Use the argument add_variable_fn, as in add_variable_fn(name="loc", '
            'shape=shape, initializer="zeros").' % (
                self._layer.name, self._name))

    def _get_variable(self, name, *_, **__):
        if name not in self._variables:
            raise ValueError(
                "%s: %s_fn adds the variable %r, which its first call did not add. It "
                "must add the same variables in each call." % (
                    self._layer.name, self._name, name))
        return tf.convert_to_tensor(self._variables[name])


def _dtype_name(dtype):
    return None if dtype is None else tf.as_dtype(dtype).name


def _event_shape(distribution):
    """The static shape of one draw with its batch axes."""
    return distribution.get_batch_shape().concatenate(distribution.get_value_shape())


def _broadcasts(distribution, shape):
    """Whether the log density of one value of `shape` sums over its elements once."""
    own, n_joint = _event_shape(distribution), distribution.get_value_shape().rank
    if own.rank is None or n_joint is None:
        return True
    if own.rank > len(shape):
        return False
    pairs = list(zip(reversed(own.as_list()), reversed(shape)))
    return (all(a in (b, None) for a, b in pairs[:n_joint]) and
            all(a in (1, b, None) for a, b in pairs[n_joint:]))
