"""Bayesian networks: named nodes that can be observed."""
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    NoReturn,
    Optional,
    Tuple,
    Type,
    Union,
)

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._conversion import default_float_dtype
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.framework import partial_observation
from zhusuan.framework._default_observations import with_defaults
from zhusuan.framework._deprecated_bayesian_net import DeprecatedBayesianNet
from zhusuan.framework._factors import convert_factor
from zhusuan.framework._float_dtype import infer_float_dtype
from zhusuan.framework._model_graph_builder import graph_of_bayesian_net
from zhusuan.framework._model_summary import format_nodes
from zhusuan.framework._node_names import check_is_new, check_is_string
from zhusuan.framework.meta_bn import ObservationContext, ObservationOfDistribution
from zhusuan.framework.model_graph import ModelGraph
from zhusuan.framework.node_methods import NodeMethods
from zhusuan.framework.stochastic_tensor import StochasticTensor
from zhusuan.framework.utils import Context
from zhusuan.utils import merge_dicts, nearest_name_hint, sum_named_terms
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

    def __init__(self, observed: Optional[Mapping[str, TensorLike]] = None) -> None:
        self._own_observed_names = tuple(observed or {})
        observing = ObservationContext.innermost()
        self._meta_bn = None if observing is None else observing.meta_bn
        self._observed = with_defaults(merge_dicts(
            observed or {}, {} if observing is None else observing.observations))
        self._nodes: Dict[str, Union[StochasticTensor, tf.Tensor]] = {}
        self._factor_names: List[str] = []
        self._cached_log_joint = _tf.CachedPerGraph()

    # -- Adding nodes --

    def stochastic(self, name: str, dist: Any, **kwargs: Any) -> StochasticTensor:
        """Add a stochastic node that follows any distribution.

        :param name: A string, unique in this BayesianNet.
        :param dist: A :class:`~zhusuan.distributions.base.Distribution`, or one of
            TensorFlow Probability. `tfd.Independent` corresponds to `group_ndims`.
        :param n_samples: None, an int or a 0-D integer Tensor. If given, the
            value has an additional first axis of that length.
        :param mask: None, or a bool Tensor or array that broadcasts to the batch
            shape: entries that are False do not contribute to the log density.
        :return: A :class:`StochasticTensor`. Raises `TypeError` if `dist` is not a
            distribution, and `ValueError` if the name is taken.
        """
        node = StochasticTensor.__new__(StochasticTensor)
        self._initialize_node(node, name, dist, **kwargs)
        return node

    def _initialize_node(self, node: StochasticTensor, name: str, dist: Any,
                         mask: Optional[TensorLike] = None, **kwargs: Any) -> None:
        """Initialize and add a StochasticTensor, which may be of a subclass."""
        check_is_new(name, self._nodes)
        dist = adapt_distribution(dist)
        if not isinstance(dist, Distribution):
            raise TypeError("The node %r requires a "
                            "zhusuan.distributions.Distribution, but `dist` is "
                            "%r." % (name, dist))
        if mask is not None:
            dist = partial_observation.mask_distribution(name, dist, mask)
        observation = self._observed.get(name)
        if isinstance(observation, ObservationOfDistribution):
            observation = observation.function(dist)
        partial = partial_observation.as_partial_observation(observation)
        if partial is not None:
            split = partial_observation.split_observation(name, partial, dist)
            dist, observation = split.observed, split.values
            kwargs["is_given"] = split.is_observed
            if split.missing is not None:
                kwargs["missing_node"] = self.stochastic(
                    name + "_missing", split.missing, n_samples=kwargs.get("n_samples"))
        StochasticTensor.__init__(
            node, self, name, dist, observation=observation, **kwargs)
        self._add(name, node)

    def _make_distribution(self, name: str, distribution: Type[Distribution],
                           arguments: Dict[str, Any],
                           has_own_dtype: bool) -> Distribution:
        """Make the distribution of a new node from its class and a dict of arguments.

        If all parameters are Python numbers, their dtype is inferred from the
        observations and the existing nodes; the default is float32.

        :param has_own_dtype: A bool. Whether samples have a dtype argument of their
            own, as those of discrete distributions.
        """
        own = None if has_own_dtype else self._observed.get(name)
        with self._default_float_dtype(own):
            return distribution(**arguments)

    def _default_float_dtype(self, own: Optional[TensorLike]) -> Any:
        """The context of a node with observation `own`, or None."""
        existing = [self._nodes[name].dist for name in self.stochastic_names]
        return default_float_dtype(*infer_float_dtype(
            own, self._observed.values(), existing))

    def deterministic(self, name: str, input_tensor: TensorLike) -> tf.Tensor:
        """Add a named Tensor, to be looked up as ``bn[name]``.

        :param name: A string, unique in this BayesianNet.
        :param input_tensor: A Tensor-like value.
        :return: A Tensor. Raises `ValueError` if the name is taken or observed.
        """
        check_is_new(name, self._nodes)
        self._check_not_observed(name, "deterministic")
        self._add(name, tf.convert_to_tensor(input_tensor))
        return self._nodes[name]

    def factor(self, name: str, log_density: TensorLike) -> tf.Tensor:
        """Add a term to the log joint density.

        The term is a named node without a distribution: :meth:`summary` and
        :meth:`graph` show it, and ``cond_log_prob(name)`` returns it. It cannot be
        observed. It can make the joint density improper; this is not checked.

        :param name: A string, unique in this BayesianNet.
        :param log_density: A float Tensor or numbers. Its shape is that of the log
            densities of the other nodes: sample or chain axes, and no axes of data.
        :return: `log_density`, a Tensor. Raises `ValueError` if the name is taken or
            observed, and `TypeError` if `log_density` is not of a float dtype.

        >>> import tensorflow as tf
        >>> import zhusuan as zs
        >>> bn = zs.BayesianNet(observed={"x": [3., 4.]})
        >>> x = bn.normal("x", [0., 0.], std=1., group_ndims=1)
        >>> penalty = bn.factor("penalty", -tf.norm(x))
        >>> print("%.4f" % (bn.log_joint() - bn.cond_log_prob("x")))
        -5.0000
        """
        check_is_new(name, self._nodes)
        self._check_not_observed(name, "a factor")
        with self._default_float_dtype(None):
            tensor = convert_factor(name, log_density)
        self._factor_names.append(name)
        self._add(name, tensor)
        return tensor

    def _check_not_observed(self, name: str, kind: str) -> None:
        if name in self._observed:
            raise ValueError("The node %r is %s, but `observed` has a value for it. "
                             "Only stochastic nodes can be observed." % (name, kind))

    def _add(self, name: str, node: Union[StochasticTensor, tf.Tensor]) -> None:
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

    @property
    def factor_names(self) -> Tuple[str, ...]:
        """The names of all factors, in the order in which they were added."""
        return tuple(self._factor_names)

    def get(self, name_or_names: Union[str, List[str], Tuple[str, ...]]) -> Any:
        """Return a node by its name, or a list of nodes by a list of names.

        Stochastic nodes are :class:`StochasticTensor`, deterministic nodes and factors
        Tensors. Raises `ValueError` if there is no node of that name.
        """
        return self._map_names(self._get_one, name_or_names)

    def __getitem__(self, name: str) -> Any:
        return self._get_one(name)

    def __setitem__(self, name: str, node: Any) -> NoReturn:
        raise TypeError(
            "A node cannot be set by bn[%r] = value. To observe the node, pass "
            "BayesianNet(observed={%r: value}) or meta_bn.observe(%s=value)."
            % (name, name, name))

    def _get_one(self, name: str) -> Any:
        check_is_string(name)
        if name not in self._nodes:
            raise ValueError("This BayesianNet has no node named %r.%s" % (
                name, nearest_name_hint(name, self._nodes)))
        return self._nodes[name]

    def _get_stochastic(self, name: str) -> StochasticTensor:
        node = self._get_one(name)
        if not isinstance(node, StochasticTensor):
            raise ValueError(
                "The node %r is deterministic and has no distribution.%s" % (
                    name, nearest_name_hint(name, self.stochastic_names)))
        return node

    @staticmethod
    def _map_names(function: Callable[[str], Any],
                   name_or_names: Union[str, List[str], Tuple[str, ...]]) -> Any:
        if isinstance(name_or_names, (tuple, list)):
            return [function(name) for name in name_or_names]
        return function(name_or_names)

    # -- Densities --

    def cond_log_prob(self, name_or_names: Union[str, List[str], Tuple[str, ...]]
                      ) -> Union[tf.Tensor, List[tf.Tensor]]:
        """The log density of the value of a node given the values of its parents.

        For a factor, it is the term that the factor adds to the log joint density.

        :param name_or_names: A string, or a list of strings.
        :return: A Tensor, or a list of Tensors. ValueError for an unknown name.
        """
        return self._map_names(self._log_prob_of, name_or_names)

    def _log_prob_of(self, name: str) -> tf.Tensor:
        if name in self._factor_names:
            return self._nodes[name]
        return self._get_stochastic(name).cond_log_p

    def log_joint(self) -> tf.Tensor:
        """The log joint density of all stochastic nodes at their values.

        It is the sum of their conditional log densities and of the factors, unless the
        function
        :attr:`MetaBayesianNet.log_joint
        <zhusuan.framework.meta_bn.MetaBayesianNet.log_joint>` is set.

        :return: A Tensor of the broadcast shape of all terms. Raises `ValueError` if
            there are no terms, if their static shapes do not broadcast, or if an
            observed name is not that of a stochastic node.
        """
        return self._cached_log_joint.get(self._compute_log_joint)

    def _compute_log_joint(self) -> tf.Tensor:
        self._check_observed_names()
        if self._meta_bn is not None and self._meta_bn.log_joint is not None:
            return self._meta_bn.log_joint(self)
        terms = self._log_prob_terms()
        if not terms:
            raise ValueError("This BayesianNet has no stochastic node and therefore no "
                             'joint density. Add a node, such as bn.normal("x", 0., '
                             "std=1.).")
        return sum_named_terms(terms)

    def _log_prob_terms(self) -> Dict[str, tf.Tensor]:
        """The terms of the log joint density by the names of nodes, a dict."""
        names = self.stochastic_names + self.factor_names
        return {name: self._log_prob_of(name) for name in self._nodes if name in names}

    def _derived_quantities(self) -> Dict[str, tf.Tensor]:
        """The values of deterministic nodes by name, a dict."""
        others = self.stochastic_names + self.factor_names
        return {name: x for name, x in self._nodes.items() if name not in others}

    def _check_observed_names(self) -> None:
        # The names given to MetaBayesianNet.observe may belong to another
        # BayesianNet that the model function makes; observe() checks them.
        for name in self._own_observed_names:
            if name not in self._nodes:
                raise ValueError(
                    "The observation %r matches no stochastic node of this "
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

        :return: A `ModelGraph`. RuntimeError for eager nodes without such a function.
        """
        return graph_of_bayesian_net(self)

    def __repr__(self) -> str:
        return "<zhusuan.BayesianNet with nodes %s>" % ", ".join(self._nodes)
