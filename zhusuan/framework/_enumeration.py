"""Sums over all categories of finite discrete nodes of a model."""
import itertools
from typing import NamedTuple, Tuple

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions import Bernoulli, Categorical, OnehotCategorical
from zhusuan.distributions._numerics.elementary import log_weighted_sum
from zhusuan.framework.meta_bn import bayesian_net_in
from zhusuan.framework.support_warnings import support_checks
from zhusuan.utils import merge_dicts, sum_terms

__all__ = ["Enumeration", "NodeGroup", "check_is_finite", "find_groups"]

_FINITE = (Bernoulli, Categorical, OnehotCategorical)
# Rounding of log densities that are equal; another category changes them by more.
_TOLERANCE = 1e-3


class NodeGroup(NamedTuple):
    """Nodes that are summed out jointly, since they share children."""

    names: Tuple[str, ...]
    """The names of the nodes."""
    children: Tuple[str, ...]
    """The names of other nodes and factors that depend on them directly."""
    dependents: Tuple[str, ...]
    """The names of deterministic nodes whose values depend on them."""


def check_is_finite(name, dist):
    """Raise ValueError unless the distribution has a known number of categories."""
    if not isinstance(dist, _FINITE) or not isinstance(
            getattr(dist, "n_categories", 2), int):
        raise ValueError(
            "marginalize: the node %r follows %r, which has no finite number of "
            "categories that is known when the model is built. Nodes of these "
            "distributions can be summed out: %s." % (
                name, dist, ", ".join(c.__name__ for c in _FINITE)))


def find_groups(graph, names):
    """Find the groups of nodes whose sums do not factorize.

    :param graph: The :class:`~zhusuan.framework.model_graph.ModelGraph`.
    :param names: The names of all nodes to sum out.
    :return: A list of :class:`NodeGroup`.
    """
    deterministic = {vertex.name for vertex in graph.vertices
                     if vertex.distribution is None and not vertex.is_factor}
    found = {name: _find_descendants(graph, name, deterministic) for name in names}
    groups = []
    for name in names:
        terms = {name} | (found[name] - deterministic)
        groups.append(terms.union(*[g for g in groups if g & terms]))
        groups = [g for g in groups[:-1] if not g & terms] + groups[-1:]
    return [_make_group(graph, group, found, deterministic) for group in groups]


def _make_group(graph, terms, found, deterministic):
    """The :class:`NodeGroup` of some nodes of `found` and their children, a set."""
    dependents = set().union(*[found[name] for name in terms if name in found])

    def in_order(names):
        return tuple(name for name in graph.nodes if name in names)
    return NodeGroup(in_order(terms & set(found)), in_order(terms - set(found)),
                     in_order(dependents & deterministic))


def _find_descendants(graph, name, deterministic):
    """The nodes and factors that depend on a node, through deterministic nodes only."""
    found, stack = set(), [name]
    while stack:
        parent = stack.pop()
        new = {child for p, child in graph.edges if p == parent} - found
        found |= new
        stack.extend(new & deterministic)
    return found


class Enumeration:
    """The terms of one :class:`NodeGroup` for all categories of its nodes.

    :param model: The MetaBayesianNet with the nodes.
    :param bn: A BayesianNet of it, in which the nodes are free.
    :param observations: A dict of the values that `bn` was observed with.
    :param group: A :class:`NodeGroup`.
    :param free_names: The names of all nodes that are summed out.
    """

    def __init__(self, model, bn, observations, group, free_names):
        self._model, self._bn, self._group = model, bn, group
        self._observations, self._free_names = observations, free_names
        self._tables = [_make_table(bn[name].dist) for name in group.names]
        self._cached_terms = _tf.CachedPerGraph()
        self._group_ndims = self._find_group_ndims()
        self._fault = None

    def _find_group_ndims(self):
        found = {name: tf.get_static_value(self._bn[name].dist.group_ndims)
                 for name in self._group.names}
        if None in found.values() or len(set(found.values())) > 1:
            raise ValueError(
                "marginalize: the nodes %s share a child, so they must have the same "
                "static group_ndims, but these are %s." % (
                    ", ".join(map(repr, found)), ", ".join(map(str, found.values()))))
        return int(found[self._group.names[0]])

    @property
    def group(self):
        """The :class:`NodeGroup`."""
        return self._group

    @property
    def fault(self):
        """The message of the error about a node that is not local, if any."""
        return self._fault

    # -- Sums --

    def log_prob(self, n_children=None):
        """The log density of the first children given all else, a Tensor.

        :param n_children: An int; all children by default.
        """
        log_sum = log_weighted_sum(*self._weights_and_log_probs(n_children))
        return _sum_last(log_sum, self._group_ndims)

    def log_prob_of(self, child):
        """The log density of one child given the children before it."""
        number = self._group.children.index(child)
        log_prob = self.log_prob(number + 1)
        return log_prob - self.log_prob(number) if number else log_prob

    def class_log_probs(self, name):
        """Log probabilities of the categories of a node given all other nodes."""
        weights, log_probs = self._weights_and_log_probs(None)
        log_joint = weights + log_probs
        log_probs = log_joint - log_weighted_sum(weights, log_probs)[..., tf.newaxis]
        lengths = [len(table) for table in self._tables]
        own = self._group.names.index(name)
        shape = tf.concat([tf.shape(log_probs)[:-1], lengths], axis=0)
        others = [i - len(lengths) for i in range(len(lengths)) if i != own]
        if not others:
            return log_probs
        return tf.reduce_logsumexp(tf.reshape(log_probs, shape), axis=others)

    def _weights_and_log_probs(self, n_children):
        terms = self._cached_terms.get(self._stack_terms)
        widest = max((x.dtype for x in terms.values()), key=lambda dtype: dtype.size)
        terms = {name: tf.cast(x, widest) for name, x in terms.items()}
        children = self._group.children[:n_children]
        return (sum_terms([terms[name] for name in self._group.names]),
                sum_terms([terms[name] for name in children] or [
                    tf.zeros([], widest)]))

    def _stack_terms(self):
        """The terms by name, with a last axis for all combinations of categories."""
        found = [self._evaluate([np.asarray(i) for i in combination])
                 for combination in self._combinations()]
        return {name: tf.stack([terms[name] for terms in found], axis=-1)
                for name in found[0]}

    def _combinations(self):
        return list(itertools.product(*[range(len(t)) for t in self._tables]))

    # -- Evaluations of the model --

    def _evaluate(self, indices):
        """The terms by name, not summed over the axes of data.

        :param indices: Arrays of numbers of categories, one for each node.
        """
        bn = self._bn
        values = {name: bn[name].tensor for name in bn.stochastic_names
                  if name not in self._free_names and not bn[name].is_observed()}
        for name, table, index in zip(self._group.names, self._tables, indices):
            value = tf.constant(table[index], bn[name].dtype)
            values[name] = tf.broadcast_to(value, _sample_shape(bn[name]))
        with support_checks(False), _creation_of_variables_forbidden(self._model):
            bn = bayesian_net_in(self._model.observe(
                **merge_dicts(self._observations, values)))
            terms = {name: self._term(name, bn) for name in (
                *self._group.names, *self._group.children)}
        self._check_lengths(terms)
        return terms

    def _term(self, name, bn):
        if name in bn.factor_names:
            if self._group_ndims:
                raise self._not_local(
                    name, "it is a factor, which sums over data axes")
            return bn[name]
        own = tf.get_static_value(bn[name].dist.group_ndims)
        term = bn[name]._ungrouped_log_prob()
        if own is None or own < self._group_ndims or term.shape.rank < own:
            raise self._not_local(name, "its group_ndims is %s, less than %d" % (
                own, self._group_ndims))
        return _sum_last(term, int(own) - self._group_ndims)

    def _check_lengths(self, terms):
        of_node = self._group.names[0]
        for name, term in terms.items():
            shapes = [_last_axes(x.shape, self._group_ndims)
                      for x in (terms[of_node], term)]
            if not shapes[0].is_compatible_with(shapes[1]):
                raise self._not_local(
                    name, "its data axes are %s, those of %r %s" % (
                        shapes[1], of_node, shapes[0]))

    def _not_local(self, name, reason):
        self._fault = (
            "marginalize: the node %r depends on %s, but not element by element: %s. A "
            "node can be summed out only if its elements correspond to those of all of "
            "its children." % (
                name, " and ".join(map(repr, self._group.names)), reason))
        return ValueError(self._fault)

    # -- Check --

    def check_is_local(self):
        """Raise ValueError if entries depend on the categories of other entries.

        It compares eager evaluations where all entries have the same category with two
        where categories are mixed.
        """
        combinations = np.array(self._combinations())
        of_node = self._group.names[0]
        constant = {name: x.numpy() for name, x in self._stack_terms().items()}
        shape = constant[of_node].shape[:-1]
        shape = shape[len(shape) - self._group_ndims:] if self._group_ndims else shape
        size = int(np.prod(shape, dtype=int))
        if size < 2:
            return
        for order in (np.arange(size), np.random.RandomState(0).randint(
                len(combinations), size=size)):
            which = (order % len(combinations)).reshape(shape)
            mixed = self._evaluate(list(np.moveaxis(combinations[which], -1, 0)))
            for name, found in mixed.items():
                wanted = _choose(constant[name], which)
                with np.errstate(invalid="ignore"):
                    error = np.abs(found.numpy() - wanted)
                if np.any(error > _TOLERANCE * (1. + np.abs(wanted))):
                    raise self._not_local(
                        name, "its log density at one element depends on the category "
                              "of another")


def _make_table(dist):
    """An array of the values of a distribution, along the first axis."""
    n_categories = getattr(dist, "n_categories", 2)
    if isinstance(dist, OnehotCategorical):
        return np.eye(n_categories, dtype=int)
    return np.arange(n_categories)


def _sample_shape(node):
    """The shape of samples of a node: ints, or a Tensor."""
    if node.n_samples is None:
        return node.dist._sample_shape(1)[1:]
    return node.dist._sample_shape(node.n_samples)


def _sum_last(x, n_axes):
    return tf.reduce_sum(x, axis=list(range(-n_axes, 0))) if n_axes else x


def _last_axes(shape, n_axes):
    return shape[shape.rank - n_axes:] if n_axes else tf.TensorShape([])


def _choose(x, which):
    """``x[..., which[...]]``; `which` has the last axes of `x` before its last one."""
    shape = np.broadcast(x[..., 0], which).shape
    x = np.broadcast_to(x, shape + x.shape[-1:])
    which = np.broadcast_to(which, shape)[..., np.newaxis]
    return np.take_along_axis(x, which, axis=-1)[..., 0]


def _creation_of_variables_forbidden(model):
    def create(next_creator, **kwargs):
        if model._store is not None:
            return next_creator(**kwargs)
        raise ValueError(
            "marginalize: the model %r creates variables each time it runs (%s), but "
            "it runs once for each category. Share them: "
            '@zs.meta_bayesian_net(scope="name", reuse_variables=True).' % (
                model._name, kwargs.get("name") or "unnamed"))
    return tf.variable_creator_scope(create)
