"""Undocumented functions of 0.4 that scripts import, by the module that had them.

`zhusuan.utils`, `zhusuan.distributions.utils` and `zhusuan.hmc` offer them with a
FutureWarning. The classes `StepsizeTuner` and `ExponentialWeightedMovingVariance` of
`zhusuan.hmc` are absent: they were parts of the state of one sampler, and `HMC`
adapts in another way.
"""
import functools

import tensorflow.compat.v2 as tf

from zhusuan._tf import random_numbers
from zhusuan.distributions._checks import (
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    check_dtype_in,
    check_min_rank,
    check_same_dtype,
    check_scalar,
)
from zhusuan.distributions._conversion import check_positive_int
from zhusuan.utils import sum_terms
from zhusuan.utils._warnings import register_helpers_of_0_4

__all__ = ["helpers_of"]

_NUMBERS = INTEGER_DTYPES + FLOAT_DTYPES

# -- zhusuan.utils ------------------------------------------------------------


def _log_sum_exp(x, axis=None, keepdims=False):
    return tf.reduce_logsumexp(x, axis=axis, keepdims=keepdims)


def _add_name_scope(function):
    @functools.wraps(function)
    def with_scope(*args, **kwargs):
        with tf.name_scope(function.__name__):
            return function(*args, **kwargs)
    return with_scope


def _convert_to_int(x):
    """An int, or None where `x` cannot be converted to one."""
    try:
        return int(x)
    except (TypeError, ValueError):
        return None


# -- zhusuan.distributions.utils ----------------------------------------------

def _get_shape_list(tensor):
    """The static shape as a list; None if the rank is unknown."""
    return None if tensor.shape.rank is None else tensor.shape.as_list()


def _get_shape_at(tensor, axis):
    """The length of an axis: an int, or a 0-D Tensor if unknown."""
    static = _get_shape_list(tensor)
    return tf.shape(tensor)[axis] if static is None or static[axis] is None \
        else static[axis]


# -- zhusuan.hmc --------------------------------------------------------------

def _random_momentum(mass):
    return [random_numbers.normal(tf.shape(m), m.dtype) * tf.sqrt(m) for m in mass]


def _velocity(momentum, mass):
    return [p / m for p, m in zip(momentum, mass)]


def _hamiltonian(q, p, log_posterior, mass, data_axes):
    """The Hamiltonian and the log density."""
    log_prob = log_posterior(q)
    kinetic = [tf.reduce_sum(tf.square(x) / m, axes) / 2.
               for x, m, axes in zip(p, mass, data_axes)]
    return sum_terms(kinetic) - log_prob, log_prob


def _leapfrog_integrator(q, p, step_size1, step_size2, grad, mass):
    """Move `q` by `step_size1`, then `p` by `step_size2`."""
    q = [x + step_size1 * v for x, v in zip(q, _velocity(p, mass))]
    return q, [x + step_size2 * g for x, g in zip(p, grad(q))]


def _get_acceptance_rate(q, p, new_q, new_p, log_posterior, mass, data_axes):
    """Old and new Hamiltonian, old and new log density, the acceptance rate."""
    old, old_log_prob = _hamiltonian(q, p, log_posterior, mass, data_axes)
    new, new_log_prob = _hamiltonian(new_q, new_p, log_posterior, mass, data_axes)
    old_log_prob = tf.debugging.check_numerics(
        old_log_prob, "HMC: the log density is not finite. Try better initialization.")
    rate = tf.exp(tf.minimum(old - new, 0.))
    is_finite = tf.logical_and(tf.math.is_finite(rate), tf.math.is_finite(new_log_prob))
    return old, new, old_log_prob, new_log_prob, tf.where(
        is_finite, rate, tf.zeros_like(rate))


_HELPERS = {
    "zhusuan.utils": {
        "add_name_scope": _add_name_scope,
        "convert_to_int": _convert_to_int,
        "log_sum_exp": _log_sum_exp,
    },
    "zhusuan.distributions.utils": {
        "assert_dtype_in_dtypes": check_dtype_in,
        "assert_dtype_is_float": lambda dtype: check_dtype_in(dtype, FLOAT_DTYPES),
        "assert_dtype_is_int_or_float": lambda dtype: check_dtype_in(dtype, _NUMBERS),
        "assert_positive_int32_scalar": lambda value, name: check_positive_int(
            name, value),
        "assert_rank_at_least": lambda tensor, k, name: check_min_rank(name, tensor, k),
        "assert_rank_at_least_static": lambda tensor, k, name: check_min_rank(
            name, tensor, k),
        "assert_same_float_and_int_dtype": lambda pairs: check_same_dtype(
            pairs, _NUMBERS),
        "assert_same_float_dtype": lambda pairs: check_same_dtype(pairs, FLOAT_DTYPES),
        "assert_same_float_or_int_dtype": lambda pairs: check_same_dtype(
            pairs, _NUMBERS),
        "assert_same_log_float_dtype": lambda pairs: check_same_dtype(
            pairs, FLOAT_DTYPES),
        "assert_same_specific_dtype": check_same_dtype,
        "assert_scalar": lambda tensor, name: check_scalar(name, tensor),
        "get_shape_at": _get_shape_at,
        "get_shape_list": _get_shape_list,
        "open_interval_standard_uniform": lambda shape, dtype: (
            random_numbers.open_uniform(shape, tf.as_dtype(dtype))),
    },
    "zhusuan.hmc": {
        "get_acceptance_rate": _get_acceptance_rate,
        "hamiltonian": _hamiltonian,
        "leapfrog_integrator": _leapfrog_integrator,
        "random_momentum": _random_momentum,
        "velocity": _velocity,
    },
}

_REPLACEMENTS = {
    "log_sum_exp": "tf.reduce_logsumexp", "add_name_scope": "tf.name_scope",
    "convert_to_int": "int", "get_shape_list": "tensor.shape.as_list()",
    "get_shape_at": "tf.shape(tensor)[axis]"}

for _module, _functions in _HELPERS.items():
    register_helpers_of_0_4(_module, _functions, _REPLACEMENTS)


def helpers_of(module):
    """The functions that a module of 0.4 had, a dict by name."""
    return _HELPERS[module]
