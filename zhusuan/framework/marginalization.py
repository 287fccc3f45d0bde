"""Models whose finite discrete latents are summed out."""
import contextlib
from collections.abc import Mapping
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple, Union

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf.random_numbers import seeded
from zhusuan.distributions._conversion import is_tensor_like
from zhusuan.framework._enumeration import Enumeration, check_is_finite, find_groups
from zhusuan.framework._model_graph_builder import build_model_graph
from zhusuan.framework.bn import BayesianNet
from zhusuan.framework.meta_bn import MetaBayesianNet, bayesian_net_in
from zhusuan.framework.partial_observation import PartialObservation
from zhusuan.utils import nearest_name_hint
from zhusuan.utils._types import TensorLike

__all__ = ["MarginalizedBayesianNet", "MarginalizedModel", "marginalize"]

# AutoGraph would convert every function that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert

# Observations after which the check of locality is given up, where it cannot run.
_N_CHECKS = 3


def marginalize(meta_bn: MetaBayesianNet, names: Union[str, Sequence[str]]
                ) -> "MarginalizedModel":
    r"""Sum finite discrete latents out of a model, by exact enumeration.

    .. math::

        p(x, \theta) = p(\theta) \prod_i \sum_k p(z_i = k | \theta)\,
        p(x_i | z_i = k, \theta)

    The nodes must follow a Bernoulli, Categorical or OnehotCategorical distribution,
    and be local: the children of a node have its axes of data, which `group_ndims`
    sums, and entry i of a child depends on entry i of the node only. A node without
    axes of data, on which all data depend, is local, too. Nodes that share a child are
    summed jointly.

    The model runs once for each category (or combination of categories), with the node
    observed there, and once more to determine shapes. Variables that it creates must be
    shared (`reuse_variables=True`).

    :param meta_bn: A :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`. Its
        `log_joint` must not be set.
    :param names: A list of strings, the names of the nodes to sum out.
    :return: A :class:`MarginalizedModel`, for samplers, variational objectives and
        predictions. Raises `ValueError` if a node is unknown, not finite or not local.
        A model that cannot run without observations is checked when it is observed.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def mixture():
    ...     bn = zs.BayesianNet()
    ...     z = bn.bernoulli("z", [0., 0.], group_ndims=1)
    ...     bn.normal("x", 4. * tf.cast(z, tf.float32), std=1., group_ndims=1)
    ...     return bn
    >>> model = zs.marginalize(mixture(), ["z"])
    >>> print("%.4f" % model.observe(x=[0., 2.]).log_joint())
    -4.5307
    >>> probabilities = tf.exp(model.class_log_probs({"x": [0., 2.]}))
    >>> print(["%.4f" % p for p in probabilities[:, 1]])
    ['0.0003', '0.5000']
    """
    if not isinstance(meta_bn, MetaBayesianNet):
        raise TypeError("marginalize: the model must be a MetaBayesianNet, but it is "
                        "%r. Decorate the function that builds it with "
                        "@zs.meta_bayesian_net()." % (meta_bn,))
    if meta_bn.log_joint is not None:
        raise ValueError(
            "marginalize: the model has a log_joint function, so its terms by node are "
            "unknown. Add its terms by bn.factor instead.")
    names = [names] if isinstance(names, str) else list(names)
    if not names or len(set(names)) < len(names):
        raise ValueError(
            "marginalize: `names` must be a list of one or more different names of "
            "nodes, but it is %r." % (names,))
    return MarginalizedModel(meta_bn, names)


class MarginalizedModel(MetaBayesianNet):
    """A model without some of its discrete latents, see :func:`marginalize`.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def mixture():
    ...     bn = zs.BayesianNet()
    ...     z = bn.bernoulli("z", 0.)
    ...     bn.normal("x", 4. * tf.cast(z, tf.float32), std=1.)
    ...     return bn
    >>> model = zs.marginalize(mixture(), ["z"])
    >>> print("%.2f" % tf.exp(model.class_log_probs({"x": 2.}))[1])
    0.50
    """

    def __init__(self, meta_bn: MetaBayesianNet, names: Sequence[str]) -> None:
        super().__init__(meta_bn._function, meta_bn._args, meta_bn._kwargs)
        self._model, self._store = meta_bn, meta_bn._store
        self._names = tuple(names)
        self._groups = None
        self._n_checks_left = _N_CHECKS
        if self._store is None or self._store.has_run:
            with contextlib.suppress(_CannotRunError):
                self._groups = self._find_groups({})

    def observe(self, **kwargs: TensorLike) -> Any:
        """Build a BayesianNet of this model with observations.

        :param kwargs: Observed values by the names of stochastic nodes.
        :return: The result of the model function, with a
            :class:`MarginalizedBayesianNet` in place of its first BayesianNet. Raises
            `ValueError` if a node that is summed out is observed.
        """
        self._refuse(self._names, kwargs)
        returned = self._model.observe(**kwargs)
        bn = bayesian_net_in(returned)
        if self._groups is None:
            self._groups = self._find_groups(kwargs)
        self._refuse(self._names, [name for name in bn.stochastic_names
                                   if bn[name].is_observed()])
        if self._n_checks_left:
            self._check_is_local(kwargs)
        return _replace(returned, bn, MarginalizedBayesianNet(
            self, bn, self._enumerate(bn, kwargs)))

    def class_log_probs(self, values: Dict[str, TensorLike],
                        name: Optional[str] = None) -> tf.Tensor:
        """Log probabilities of the categories of a node given all other nodes.

        :param values: A dict of values by name: observations, and draws of latents.
        :param name: The name of the node; optional if only one is summed out.
        :return: A Tensor: sample or chain axes of `values`, the axes of data of the
            node, and a last axis for its categories.
        """
        return bayesian_net_in(self.observe(**values)).class_log_probs(name)

    @staticmethod
    def _refuse(names: Sequence[str], observed_names: Iterable[str]) -> None:
        for name in names:
            if name in observed_names:
                raise ValueError(
                    "marginalize: the node %r is summed out, but it is also observed. "
                    "Remove it from the observations, or from the names to sum out."
                    % name)

    def _enumerate(self, bn: BayesianNet,
                   observations: Dict[str, Any]) -> List[Enumeration]:
        return [Enumeration(self._model, bn, observations, group, self._names)
                for group in self._groups or ()]

    @_do_not_convert
    def _find_groups(self, observations: Dict[str, Any]) -> List[Any]:
        """Find the nodes that are summed jointly; raise if some cannot be summed."""
        @_do_not_convert
        def inspect(bn: BayesianNet) -> Any:
            return build_model_graph(bn), {
                name: bn[name].dist for name in self._names
                if name in bn.stochastic_names}

        try:
            graph, dists = self._model._inspect(inspect, observations)
        except Exception as error:  # of any kind that the model function raises
            raise _CannotRunError(
                "marginalize: the graph of the model %r cannot be built. %s" % (
                    self._name, error)) from error
        for name in self._names:
            if name not in dists:
                raise ValueError(
                    "marginalize: the model %r has no stochastic node named %r.%s" % (
                        self._name, name, nearest_name_hint(name, [
                            vertex.name for vertex in graph.vertices
                            if vertex.distribution is not None])))
            check_is_finite(name, dists[name])
        groups = find_groups(graph, self._names)
        self._refuse_nested_sums(groups)
        return groups

    def _refuse_nested_sums(self, groups: Sequence[Any]) -> None:
        if not isinstance(self._model, MarginalizedModel):
            return
        inner = {child for group in self._model._groups or ()
                 for child in group.children}
        for group in groups:
            for child in inner.intersection(group.children):
                raise ValueError(
                    "marginalize: the node %r depends on nodes of two calls of "
                    "zs.marginalize. Pass all names in one call." % child)

    @_do_not_convert
    def _check_is_local(self, observations: Dict[str, Any]) -> None:
        """Check eagerly whether entries depend on their own categories only.

        Values that are unknown while a graph is built are replaced by samples. If the
        model does not run so, the check is tried again with later observations.
        """
        if self._store is not None and _tf.session_graph() is not None:
            return  # its variables have values in a session only
        self._n_checks_left -= 1
        known = _find_known_values(observations)
        enumerations = []
        try:
            with _tf.eagerly(), seeded(0):
                bn = bayesian_net_in(self._model.observe(**known))
                enumerations = self._enumerate(bn, known)
                for enumeration in enumerations:
                    enumeration.check_is_local()
            self._n_checks_left = 0
        except Exception as error:  # of any kind that the model function raises
            for fault in [e.fault for e in enumerations if e.fault]:
                raise ValueError(fault) from error


class _CannotRunError(RuntimeError):
    """A model that does not run with some observations."""


class MarginalizedBayesianNet(BayesianNet):
    """A BayesianNet without the nodes that are summed out.

    The log densities of their children, by `cond_log_prob` and `log_joint`,
    are sums over all categories. The log density of several children is that of each
    given those before it. The value of an unobserved child is a sample of the joint
    distribution.

    >>> import tensorflow as tf
    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net()
    ... def mixture():
    ...     bn = zs.BayesianNet()
    ...     z = bn.bernoulli("z", 0.)
    ...     bn.normal("x", 4. * tf.cast(z, tf.float32), std=1.)
    ...     return bn
    >>> bn = zs.marginalize(mixture(), ["z"]).observe(x=2.)
    >>> print("%.4f" % bn.cond_log_prob("x"))  # log N(2|0, 1)
    -2.9189
    """

    def __init__(self, model: MarginalizedModel, bn: BayesianNet,
                 enumerations: Sequence[Enumeration]) -> None:
        super().__init__(bn._observed)
        self._meta_bn, self._bn = model, bn
        self._own_observed_names = bn._own_observed_names
        self._nodes = {name: node for name, node in bn.nodes.items()
                       if name not in model._names}
        self._factor_names = list(bn.factor_names)
        self._enumerations = list(enumerations)

    @property
    def summed_names(self) -> Tuple[str, ...]:
        """The names of the nodes that are summed out."""
        return tuple(name for e in self._enumerations for name in e.group.names)

    @property
    def child_names(self) -> Tuple[str, ...]:
        """The names of the nodes whose log density is a sum over categories."""
        inner = self._bn.child_names if isinstance(
            self._bn, MarginalizedBayesianNet) else ()
        return inner + tuple(
            name for e in self._enumerations for name in e.group.children)

    def _derived_quantities(self) -> Dict[str, tf.Tensor]:
        """As for other nets, without nodes that depend on those that are summed out."""
        hidden = {name for e in self._enumerations for name in e.group.dependents}
        return {name: x for name, x in self._bn._derived_quantities().items()
                if name not in hidden}

    def class_log_probs(self, name: Optional[str] = None) -> tf.Tensor:
        """Log probabilities of the categories of a node given all other nodes.

        See :meth:`MarginalizedModel.class_log_probs`.
        """
        if name is None and len(self.summed_names) == 1:
            name, = self.summed_names
        for enumeration in self._enumerations:
            if name in enumeration.group.names:
                return enumeration.class_log_probs(name)
        raise ValueError(
            "class_log_probs: `name` must be that of a node that is summed out, but it "
            "is %r.%s" % (name, nearest_name_hint(name, self.summed_names)))

    def _log_prob_of(self, name: str) -> tf.Tensor:
        for enumeration in self._enumerations:
            if name in enumeration.group.children:
                return enumeration.log_prob_of(name)
        return self._bn._log_prob_of(name)

    def _log_prob_terms(self) -> Dict[str, tf.Tensor]:
        names = [name for name in (*self.stochastic_names, *self.factor_names)
                 if not any(name in e.group.children for e in self._enumerations)]
        terms = {name: self._log_prob_of(name) for name in names}
        terms.update({", ".join(e.group.children): e.log_prob()
                      for e in self._enumerations if e.group.children})
        return terms


def _find_known_values(observations: Dict[str, Any]) -> Dict[str, Any]:
    """The observations that are known while a graph is built, a dict."""
    known = {}
    for name, x in observations.items():
        value = x.values if isinstance(x, PartialObservation) else x
        if not is_tensor_like(value):
            known[name] = x
        elif value is x and tf.get_static_value(tf.convert_to_tensor(x)) is not None:
            known[name] = tf.get_static_value(tf.convert_to_tensor(x))
    return known


def _replace(returned: Any, bn: BayesianNet, marginal: BayesianNet) -> Any:
    """`returned`, a nest of the model's results, with another BayesianNet."""
    if returned is bn:
        return marginal
    if isinstance(returned, Mapping):
        return {name: _replace(x, bn, marginal) for name, x in returned.items()}
    if isinstance(returned, (tuple, list)):
        parts = [_replace(x, bn, marginal) for x in returned]
        return type(returned)(*parts) if hasattr(returned, "_fields") else (
            type(returned)(parts))
    return returned
