"""The latents of a model: its stochastic nodes that are not observed."""
import re
from typing import Any, NamedTuple, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._model.constraints import bijector_to, check_latent_names
from zhusuan._model.supports import support_of
from zhusuan.distributions._checks import unchecked_bounds
from zhusuan.framework import MetaBayesianNet, support_checks
from zhusuan.framework._default_observations import DefaultObservations
from zhusuan.framework._float_dtype import observed_float_dtype
from zhusuan.framework._model_graph_builder import run_in_scratch_graph
from zhusuan.framework.meta_bn import bayesian_net_in, is_model_function

__all__ = ["FoundLatent", "bijector_of", "explain_chain_axis", "find_latents",
           "observe_with"]

# Numbers of chains. An axis of data may have one of these lengths by chance.
_N_CHAINS = (13, 17, 19, 23, 29)

# What TensorFlow adds to messages of operations, and final periods.
_OF_OPERATIONS = re.compile(r"^\{\{.*?\}\} |[\s.]*(name:\s*)?$")


class FoundLatent(NamedTuple):
    """A latent of one chain."""

    shape: Tuple[int, ...]
    """The shape of its values."""
    free_shape: Tuple[int, ...]
    """The shape of its positions in unconstrained space."""
    dtype: Any
    """The NumPy dtype."""
    fixed_constraint: Any
    """The constraint if it is a word or has known ends, which are numbers; or None."""


def find_latents(model, observed, constraints="auto", names=None):
    """A dict of the :class:`FoundLatent` of each node that is not observed.

    The model runs in graphs that are discarded. Where parameters are Python numbers,
    latents have the dtype of observed Tensors, or else float64 if an observation is a
    float64 array.

    :param observed: A dict of observed values by name.
    :param constraints: As `resolve` takes.
    :param names: The names of the latents to find; None for all. Others are drawn.
    """
    if not isinstance(model, MetaBayesianNet):
        if is_model_function(model):
            raise TypeError(
                "The model is the function %r, which @zs.meta_bayesian_net() decorates "
                "but which is not called. Pass its result, %s(...)." % (
                    (model.__name__,) * 2))
        raise TypeError(
            "The latents of %r cannot be found, because a log joint function has no "
            "nodes. Pass the result model() of a function that is decorated with "
            "@zs.meta_bayesian_net(), or the initial values of the latents: "
            'latent={"x": 0.}.' % (getattr(model, "__name__", model),))
    for name, x in observed.items():
        if x is None:
            raise ValueError(
                "The observed value of %r is None. Pass a number, an array or a "
                "Tensor, or remove the name from `observed` if it is a latent." % name)
    errors = []
    for dtype in _candidate_dtypes(observed):
        try:
            found = _find_in_agreement(model, observed, constraints, dtype, names)
        except Exception as error:  # such as that of nodes of two dtypes
            errors.append(error)
            continue
        if len({latent.dtype for latent in found.values()}) <= 1:
            break
    else:
        if errors:
            raise errors[0]
    if not found:
        raise _no_latents(model, observed)
    return found


def _no_latents(model, observed):
    nodes = sorted(set(observed) - set(model._inputs_among(observed)))
    if not nodes:
        return ValueError(
            "The model %r has no latents, because it has no stochastic nodes. Add one, "
            'such as bn.normal("z", 0., std=1.).' % model._name)
    return ValueError(
        "The model %r has no latents: all its stochastic nodes (%s) are observed. "
        "Remove at least one of them from `observed`." % (
            model._name, ", ".join(nodes)))


def _candidate_dtypes(observed):
    first = observed_float_dtype(observed.values()) or tf.float32
    return first, tf.float64 if first == tf.float32 else tf.float32


def _find_in_agreement(model, observed, constraints, dtype, names):
    """The latents on which runs with two numbers of chains agree."""
    before = None
    for n_chains in _N_CHAINS:
        try:
            found = run_in_scratch_graph(
                _find, model, observed, constraints, dtype, n_chains, names,
                model_name=model._name)
        except ValueError as error:
            if re.search(r"\b%d\b" % n_chains, str(error)):
                raise explain_chain_axis(error, model, observed, n_chains) from error
            raise
        if found == before:
            break
        before = found
    return found


def explain_chain_axis(error, model, observed, n_chains):
    """The error to raise if the model raises `error` with an axis of chains.

    It is the one that the model raises without this axis, if it does.

    :param observed: A dict of observed values by name.
    :param n_chains: An int, or None if it is unknown.
    """
    try:
        run_in_scratch_graph(
            observe_with, lambda name, dist: None, _candidate_dtypes(observed)[0],
            model, observed, model_name=model._name)
    except NotImplementedError:  # a node that has no samples
        pass
    except Exception as other:
        return other
    return ValueError(
        "The model %r raised an error when its latents had a first axis of %schains: "
        "%s. Write latent[..., tf.newaxis] where a latent is combined with axes of "
        "data." % (model._name, "%d " % n_chains if n_chains else "",
                   _OF_OPERATIONS.sub("", str(error))))


def _find(model, observed, constraints, dtype, n_chains, names):
    found, values = {}, {}

    def is_wanted(name):
        return names is None or name in names

    def value(name, dist):
        if name not in values and dist.is_continuous and is_wanted(name):
            found[name], values[name] = _latent(name, dist, constraints, n_chains)
        return values.get(name)

    bn = observe_with(value, dtype, model, observed)
    for name in bn.stochastic_names:
        if is_wanted(name) and not bn[name].is_observed():
            _refuse_discrete(name, bn[name].dist)
    check_latent_names("latents", names or [], bn.stochastic_names)
    return {name: found[name] for name in bn.stochastic_names if name in found}


def _latent(name, dist, constraints, n_chains):
    shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
    if not shape.is_fully_defined():
        raise ValueError(
            "The latent %r has the shape %s, which is unknown when the model is built. "
            "Pass its initial value: latent={...}."
            % (name, shape))
    shape = shape.as_list()
    if shape[:1] == [n_chains]:
        shape = shape[1:]
    x = _tf.make_placeholder(dist.dtype, [n_chains] + shape)
    constraint = _constraint_of(name, dist, constraints)
    bijector = bijector_to(name, constraint, may_cross=True)
    free = x if bijector is None else bijector.inverse(x)
    return FoundLatent(tuple(shape), tuple(free.shape.as_list()[1:]),
                       np.dtype(dist.dtype.as_numpy_dtype),
                       _fixed(constraint)), x


def _fixed(constraint):
    """A word, or an interval whose ends are numbers or None; None for all else."""
    if not isinstance(constraint, (tuple, list)):
        return constraint if isinstance(constraint, str) else None
    given = [x for x in constraint if x is not None]
    known = [tf.get_static_value(tf.convert_to_tensor(x)) for x in given]
    if any(end is None or np.ndim(end) for end in known):
        return None
    return tuple(None if x is None else float(known.pop(0)) for x in constraint)


def _constraint_of(name, dist, constraints):
    if constraints is None:
        return None
    given = {} if constraints == "auto" else constraints
    return given[name] if name in given else support_of(name, dist)


def bijector_of(name, dist, constraints):
    """The bijector from unconstrained space to a latent that follows `dist`; or None.

    :param constraints: As `resolve` takes.
    """
    return bijector_to(name, _constraint_of(name, dist, constraints), may_cross=True)


def observe_with(value, dtype, model, observed):
    """The BayesianNet of a model whose other nodes have the values of a function.

    :param value: A function of a name and a distribution that returns the value.
    :param dtype: The `tf.DType` of nodes whose parameters are Python numbers.
    """
    with DefaultObservations(value, dtype), support_checks(False), unchecked_bounds():
        return bayesian_net_in(model.observe(**observed))


def _refuse_discrete(name, dist):
    raise TypeError(
        "The latent %r follows %s, which is discrete, but this method requires "
        "continuous latents. If it has finitely many categories, sum it out by "
        "zs.marginalize(model, [%r])." % (name, type(dist).__name__, name))
