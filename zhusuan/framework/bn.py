"""Bayesian networks: named nodes that can be observed."""
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import FLOAT_DTYPES
from zhusuan.distributions._conversion import (
    as_numpy,
    default_float_dtype,
    is_tensor_like,
    tensor_dtype,
)
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.framework._deprecated_bayesian_net import DeprecatedBayesianNet
from zhusuan.framework._model_graph_builder import (
    build_model_graph,
    has_eager_nodes,
    run_in_scratch_graph,
)
from zhusuan.framework._model_summary import format_nodes
from zhusuan.framework.meta_bn import ObservationContext, ObservationOfDistribution
from zhusuan.framework.model_graph import ModelGraph
from zhusuan.framework.node_methods import NodeMethods
from zhusuan.framework.stochastic_tensor import StochasticTensor
from zhusuan.framework.utils import Context
from zhusuan.utils import merge_dicts, nearest_name_hint, sum_terms
from zhusuan.utils._types import TensorLike

__all__ = ["BayesianNet", "StochasticTensor"]


class BayesianNet(NodeMethods, DeprecatedBayesianNet, Context):
    """A directed graphical model, built node by node.

    Stochastic nodes are added by the methods named after distributions
    (:meth:`normal`, :meth:`bernoulli`, ...) or by :meth:`stochastic`; Tensors
    to look up later are added by :meth:`deterministic`. The value of a stochastic node
    is its observation if its name is observed, and a sample otherwise.

    In the function of a :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, the
    arguments of :meth:`observe
    <zhusuan.framework.meta_bn.MetaBayesianNet.observe>` are added to `observed`.

    :param observed: A dict of values by the names of stochastic nodes.

    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet(observed={"x": 1.})
    >>> z = bn.normal("z", 0., std=1.)
    >>> x = bn.normal("x", z, std=2.)
    >>> float(bn["x"] + 1.)
    2.0
    """

    def __init__(self, observed: Optional[Dict[str, TensorLike]] = None) -> None:
        self._observed = dict(observed or {})
        self._own_observed_names = tuple(self._observed)
        self._meta_bn = None
        observing = ObservationContext.innermost()
        if observing is not None:
            self._meta_bn = observing.meta_bn
            self._observed = merge_dicts(
                self._observed, observing.observations)
        self._nodes: Dict[str, Union[StochasticTensor, tf.Tensor]] = {}
        self._cached_log_joint = _tf.CachedPerGraph()

    # -- Adding nodes --

    def stochastic(self, name: str, dist: Any, **kwargs: Any) -> StochasticTensor:
        """Add a stochastic node that follows any distribution.

        :param name: A string, unique in this BayesianNet.
        :param dist: A :class:`~zhusuan.distributions.base.Distribution`, or one of
            TensorFlow Probability. `tfd.Independent` corresponds to `group_ndims`.
        :param n_samples: None, an int or a 0-D integer Tensor. If given, the
            value has an additional first axis of that length.
        :return: A :class:`StochasticTensor`. Raises `TypeError` if `dist` is not a
            distribution, and `ValueError` if the name is taken.
        """
        node = StochasticTensor.__new__(StochasticTensor)
        self._initialize_node(node, name, dist, **kwargs)
        return node

    def _initialize_node(self, node, name, dist, **kwargs):
        """Initialize and add a StochasticTensor, which may be of a subclass."""
        self._check_new_name(name)
        dist = adapt_distribution(dist)
        if not isinstance(dist, Distribution):
            raise TypeError(
                "The node %r needs a zhusuan.distributions.Distribution, but "
                "`dist` is %r." % (name, dist))
        observation = self._observed.get(name)
        if isinstance(observation, ObservationOfDistribution):
            observation = observation.function(dist)
        StochasticTensor.__init__(
            node, self, name, dist, observation=observation, **kwargs)
        self._add(name, node)

    def _make_distribution(self, name, distribution, arguments, has_own_dtype):
        """Make the distribution of a new node from its class and a dict of arguments.

        If all parameters are Python numbers, their dtype is inferred from the
        observations and the existing nodes; the default is float32.

        :param has_own_dtype: A bool. Whether samples have a dtype argument of their
            own, as those of discrete distributions.
        """
        own = None if has_own_dtype else self._observed.get(name)
        with default_float_dtype(*self._infer_float_dtype(own)):
            return distribution(**arguments)

    def _infer_float_dtype(self, own):
        """The arguments of `default_float_dtype`.

        The dtype is the first float dtype among: the node's observation, if that is a
        Tensor (such as the position of a sampler); all observed Tensors; all
        stochastic nodes so far; the observation, if it is a float64 array. Arrays
        come last, since NumPy makes float64 arrays by default.

        :param own: The observation of the node, or None.
        """
        if own is not None and is_tensor_like(own) and (
                tensor_dtype(own) in FLOAT_DTYPES):
            return tensor_dtype(own), True
        nodes = [self._nodes[other] for other in self.stochastic_names]
        for dtypes in (
                [tensor_dtype(x) for x in self._observed.values() if is_tensor_like(x)],
                [node.dist.param_dtype for node in nodes]):
            floats = {dtype for dtype in dtypes if dtype in FLOAT_DTYPES}
            if floats:
                return (floats.pop() if len(floats) == 1 else None), False
        is_float64 = getattr(as_numpy(own), "dtype", None) == np.float64
        return (tf.float64 if is_float64 else None), False

    def deterministic(self, name: str, input_tensor: TensorLike) -> tf.Tensor:
        """Add a named Tensor, to be looked up as ``bn[name]``.

        :param name: A string, unique in this BayesianNet.
        :param input_tensor: A Tensor-like value.
        :return: A Tensor. Raises `ValueError` if the name is taken or observed.
        """
        self._check_new_name(name)
        if name in self._observed:
            raise ValueError(
                "The node %r is deterministic, but `observed` has a value for it. "
                "Only stochastic nodes can be observed." % name)
        tensor = tf.convert_to_tensor(input_tensor)
        self._add(name, tensor)
        return tensor

    def _check_new_name(self, name):
        _check_is_string(name)
        if name in self._nodes:
            raise ValueError(
                "This BayesianNet already has a node named %r. Names should be "
                "unique." % name)

    def _add(self, name, node):
        self._nodes[name] = node
        self._cached_log_joint.forget()

    # -- Looking up --

    @property
    def nodes(self) -> Dict[str, Union[StochasticTensor, tf.Tensor]]:
        """A dict of all nodes by name, in the order in which they were added."""
        return dict(self._nodes)

    @property
    def stochastic_names(self) -> Tuple[str, ...]:
        """The names of all stochastic nodes, in the order in which they were added."""
        return tuple(name for name, node in self._nodes.items()
                     if isinstance(node, StochasticTensor))

    def get(self, name_or_names: Union[str, Sequence[str]]) -> Any:
        """Return a node by its name, or a list of nodes by a list of names.

        Stochastic nodes are :class:`StochasticTensor`, deterministic nodes
        Tensors. Raises `ValueError` if there is no node of that name.
        """
        return self._map_names(self._get_one, name_or_names)

    def __getitem__(self, name: str) -> Any:
        return self._get_one(name)

    def __setitem__(self, name, node):
        raise TypeError(
            "A node cannot be set by bn[%r] = value. To observe the node, pass "
            "BayesianNet(observed={%r: value}) or meta_bn.observe(%s=value)."
            % (name, name, name))

    def _get_one(self, name):
        _check_is_string(name)
        if name not in self._nodes:
            raise ValueError("This BayesianNet has no node named %r.%s" % (
                name, nearest_name_hint(name, self._nodes)))
        return self._nodes[name]

    def _get_stochastic(self, name):
        node = self._get_one(name)
        if not isinstance(node, StochasticTensor):
            raise ValueError(
                "The node %r is deterministic and has no distribution.%s" % (
                    name, nearest_name_hint(name, self.stochastic_names)))
        return node

    @staticmethod
    def _map_names(function, name_or_names):
        if isinstance(name_or_names, (tuple, list)):
            return [function(name) for name in name_or_names]
        return function(name_or_names)

    # -- Densities --

    def cond_log_prob(self, name_or_names: Union[str, Sequence[str]]
                      ) -> Union[tf.Tensor, List[tf.Tensor]]:
        """The log density of the value of a node given the values of its parents.

        :param name_or_names: A string, or a list of strings.
        :return: A Tensor, or a list of Tensors. Raises `ValueError` if there is no
            stochastic node of that name.
        """
        return self._map_names(
            lambda name: self._get_stochastic(name).cond_log_p, name_or_names)

    def log_joint(self) -> tf.Tensor:
        """The log joint density of all stochastic nodes at their values.

        It is the sum of their conditional log densities, unless the function
        :attr:`MetaBayesianNet.log_joint
        <zhusuan.framework.meta_bn.MetaBayesianNet.log_joint>` is set.

        :return: A Tensor of the broadcast shape of all terms. Raises `ValueError` if
            there is no stochastic node, or if an observed name is not one.
        """
        return self._cached_log_joint.get(self._compute_log_joint)

    def _compute_log_joint(self):
        self._check_observed_names()
        if self._meta_bn is not None and self._meta_bn.log_joint is not None:
            return self._meta_bn.log_joint(self)
        if not self.stochastic_names:
            raise ValueError("This BayesianNet has no stochastic node, so it has no "
                             "joint density.")
        terms = self.cond_log_prob(list(self.stochastic_names))
        widest = max((term.dtype for term in terms), key=lambda dtype: dtype.size)
        return sum_terms([tf.cast(term, widest) for term in terms])

    def _check_observed_names(self):
        # The names given to MetaBayesianNet.observe may belong to another
        # BayesianNet that the model function makes; observe() checks them.
        for name in self._own_observed_names:
            if name not in self._nodes:
                raise ValueError(
                    "The observation %r belongs to no stochastic node of this "
                    "BayesianNet.%s" % (
                        name, nearest_name_hint(name, self.stochastic_names)))

    # -- Inspection --

    def summary(self, print_fn: Optional[Callable[[str], Any]] = None) -> None:
        """Print a table of the nodes.

        The columns of a stochastic node are its distribution, batch shape, value shape
        and `n_samples`; the shape of its observation, or "no"; the shape of its log
        density; and the shapes of its parameters. Nothing is computed or drawn.

        :param print_fn: A function to call with each line; `print` by default.

        >>> import zhusuan as zs
        >>> bn = zs.BayesianNet(observed={"x": 1.})
        >>> z = bn.normal("z", [0., 0.], std=1., n_samples=5)
        >>> x = bn.normal("x", z, std=2., group_ndims=1)
        >>> bn.summary()  # doctest: +ELLIPSIS
        node  distribution  batch   value  samples  observed  log density  parameters
        -----...
        z     Normal        [2]     []     5        no        [5, 2]       mean [2], ...
        x     Normal        [5, 2]  []              []        [5]          mean [5, ...
        """
        for line in format_nodes(self):
            (print_fn or print)(line)

    def graph(self) -> ModelGraph:
        """Return the directed graph of the nodes, read from their Tensors.

        Eager Tensors do not record their inputs. If there are any, the function of the
        MetaBayesianNet that created this object runs once more, as in
        :meth:`MetaBayesianNet.graph
        <zhusuan.framework.meta_bn.MetaBayesianNet.graph>`.

        :return: A :class:`~zhusuan.framework.model_graph.ModelGraph`. Raises
            `RuntimeError` if there are eager nodes and no such function.
        """
        if len(self._nodes) < 2 or not has_eager_nodes(self):
            return run_in_scratch_graph(build_model_graph, self)
        return self._graph_of_function()

    def _graph_of_function(self):
        if self._meta_bn is not None:
            graph = self._meta_bn.graph(**{
                name: self._observed[name] for name in self.stochastic_names
                if name in self._observed})
            if graph.nodes == tuple(self._nodes):
                return graph
        raise RuntimeError(
            "The nodes of this BayesianNet were made eagerly, so their Tensors do not "
            "record their inputs. Decorate the function that builds "
            "it with @zs.meta_bayesian_net(), and write build(...).graph(). Or build "
            "it, and call graph(), in a tf.function.")

    def __repr__(self) -> str:
        return "<zhusuan.BayesianNet with nodes %s>" % ", ".join(self._nodes)


def _check_is_string(name):
    if not isinstance(name, str):
        raise TypeError(
            "The name of a node must be a string, but it is %r of type "
            "%s." % (name, type(name).__name__))
