"""Bayesian networks: named nodes that can be observed."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions.base import Distribution
from zhusuan.distributions.tfp import adapt_distribution
from zhusuan.distributions.utils import default_float_dtype
from zhusuan.framework import _inspection
from zhusuan.framework._default_dtype import default_dtype_of_node, in_one_dtype
from zhusuan.framework._names_of_0_3 import DeprecatedBayesianNet
from zhusuan.framework._node_methods import NodeMethods
from zhusuan.framework._stochastic_tensor import StochasticTensor
from zhusuan.framework.meta_bn import Observing
from zhusuan.framework.utils import Context
from zhusuan.utils import merge_dicts, nearest_name_hint, sum_terms

__all__ = ["BayesianNet", "StochasticTensor"]


class BayesianNet(NodeMethods, DeprecatedBayesianNet, Context):
    """A directed graphical model, built node by node.

    Stochastic nodes are added by the methods named after distributions
    (:meth:`normal`, :meth:`bernoulli`, ...) or by :meth:`stochastic`; quantities
    to look up later by :meth:`deterministic`. A stochastic node whose name is
    observed has the observation as its value, others a sample.

    In the function of a :class:`~zhusuan.framework.meta_bn.MetaBayesianNet`, the
    values given to :meth:`observe
    <zhusuan.framework.meta_bn.MetaBayesianNet.observe>` are added to `observed`.

    :param observed: A dict of values by the names of stochastic nodes.

    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet(observed={"x": 1.})
    >>> z = bn.normal("z", 0., std=1.)
    >>> x = bn.normal("x", z, std=2.)
    >>> float(bn["x"] + 1.)
    2.0
    """

    def __init__(self, observed=None):
        self._observed = dict(observed or {})
        self._own_observed_names = tuple(self._observed)
        self._meta_bn = None
        observing = Observing.innermost()
        if observing is not None:
            self._meta_bn = observing.meta_bn
            self._observed = merge_dicts(
                self._observed, observing.observations)
        self._nodes = {}
        self._cached_log_joint = _tf.PerGraph()

    # -- Adding nodes --

    def stochastic(self, name, dist, **kwargs):
        """Add a stochastic node that follows any distribution.

        :param name: A string, unique in this BayesianNet.
        :param dist: A :class:`~zhusuan.distributions.base.Distribution`, or one of
            TensorFlow Probability. Of the latter, `tfd.Independent` does what
            `group_ndims` does.
        :param n_samples: None, an int or a 0-D integer Tensor. Where given, the
            value has an axis of that length in front.
        :return: A :class:`StochasticTensor`.
        """
        node = StochasticTensor.__new__(StochasticTensor)
        self.admit(node, name, dist, **kwargs)
        return node

    def admit(self, node, name, dist, **kwargs):
        """Initialize a new StochasticTensor, of any subclass, as a node.

        See :meth:`stochastic` for the arguments.
        """
        self._check_new_name(name)
        dist = adapt_distribution(dist)
        if not isinstance(dist, Distribution):
            raise TypeError(
                "The node %r needs a zhusuan.distributions.Distribution, but it "
                "was given %r." % (name, dist))
        StochasticTensor.__init__(
            node, self, name, dist, observation=self._observed.get(name), **kwargs)
        self._add(name, node)

    def make_distribution(self, name, distribution, arguments, is_discrete):
        """The distribution of a new node, by its class and a dict of arguments.

        Parameters that are Python numbers alone take their dtype from what is
        observed and from the nodes so far; float32 if those have none.

        :param is_discrete: A bool. Whether samples have a dtype of their own.
        """
        nodes = [self._nodes[other] for other in self.stochastic_names]
        with default_float_dtype(*default_dtype_of_node(
                name, self._observed, nodes, is_discrete)):
            return distribution(**arguments)

    def deterministic(self, name, input_tensor):
        """Add a named Tensor, to be looked up as ``bn[name]``.

        :param name: A string, unique in this BayesianNet.
        :param input_tensor: A Tensor-like value.
        :return: A Tensor.
        """
        self._check_new_name(name)
        if name in self._observed:
            raise ValueError(
                "The node %r is deterministic, but it was observed. Only "
                "stochastic nodes can be observed." % name)
        tensor = tf.convert_to_tensor(input_tensor)
        self._add(name, tensor)
        return tensor

    def _check_new_name(self, name):
        _check_is_string(name)
        if name in self._nodes:
            raise ValueError(
                "This BayesianNet has a node named %r already. Names should be "
                "unique." % name)

    def _add(self, name, node):
        self._nodes[name] = node
        self._cached_log_joint.forget()

    # -- Looking up --

    @property
    def nodes(self):
        """A dict of all nodes by name, in the order in which they were added."""
        return dict(self._nodes)

    @property
    def stochastic_names(self):
        """A tuple of the names of all stochastic nodes, in order."""
        return tuple(name for name, node in self._nodes.items()
                     if isinstance(node, StochasticTensor))

    def get(self, name_or_names):
        """A node by its name, or a list of nodes by a list of names.

        Stochastic nodes are :class:`StochasticTensor`, deterministic ones
        Tensors. ValueError if there is no such node.
        """
        return self._map_names(self._get_one, name_or_names)

    def __getitem__(self, name):
        return self._get_one(name)

    def __setitem__(self, name, node):
        raise TypeError(
            "A node cannot be set by bn[%r] = value. To observe it, pass "
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
                "The node %r is deterministic: it has no distribution.%s" % (
                    name, nearest_name_hint(name, self.stochastic_names)))
        return node

    @staticmethod
    def _map_names(function, name_or_names):
        if isinstance(name_or_names, (tuple, list)):
            return [function(name) for name in name_or_names]
        return function(name_or_names)

    # -- Densities --

    def cond_log_prob(self, name_or_names):
        """The log probability of a node given its parents, at their values.

        :param name_or_names: A string, or a list of strings.
        :return: A Tensor, or a list of Tensors.
        """
        return self._map_names(
            lambda name: self._get_stochastic(name).cond_log_p, name_or_names)

    def log_joint(self):
        """The log joint density of all stochastic nodes at their values.

        The sum of their conditional log probabilities, unless the function
        :attr:`MetaBayesianNet.log_joint
        <zhusuan.framework.meta_bn.MetaBayesianNet.log_joint>` was set.

        :return: A Tensor, of the shape of the broadcast of all terms.
        """
        return self._cached_log_joint.get(self._compute_log_joint)

    def _compute_log_joint(self):
        self._check_observed_names()
        if self._meta_bn is not None and self._meta_bn.log_joint is not None:
            return self._meta_bn.log_joint(self)
        if not self.stochastic_names:
            raise ValueError("This BayesianNet has no stochastic node, so that "
                             "there is no joint density.")
        return sum_terms(in_one_dtype(
            self.cond_log_prob(list(self.stochastic_names))))

    def _check_observed_names(self):
        # The names given to MetaBayesianNet.observe may belong to another
        # BayesianNet that the model function makes; observe() checks them.
        for name in self._own_observed_names:
            if name not in self._nodes:
                raise ValueError(
                    "The observation %r belongs to no stochastic node of this "
                    "BayesianNet.%s" % (
                        name, nearest_name_hint(name, self.stochastic_names)))

    # -- Looking at it --

    def summary(self, print_fn=None):
        """Print a table of the nodes.

        Of each stochastic node: the distribution; its batch shape and value shape;
        `n_samples`; the shape of the observation, or "no"; the shape of the log
        density; the shapes of the parameters. Nothing is computed or drawn.

        :param print_fn: A function that is called with each line; `print` by default.

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
        for line in _inspection.summary_lines(self):
            (print_fn or print)(line)

    def graph(self):
        """The directed graph of the nodes, read off the Tensors.

        Tensors made eagerly do not tell what they were computed from; then the function
        of the MetaBayesianNet that made this object is run once more, as by
        :meth:`MetaBayesianNet.graph
        <zhusuan.framework.meta_bn.MetaBayesianNet.graph>`.

        :return: A :class:`~zhusuan.framework._model_graph.ModelGraph`. RuntimeError
            if there are eager nodes and no function.
        """
        if len(self._nodes) < 2 or not _inspection.has_eager_nodes(self):
            return _inspection.from_scratch(_inspection.model_graph, self)
        return self._graph_of_function()

    def _graph_of_function(self):
        if self._meta_bn is not None:
            graph = self._meta_bn.graph(**{
                name: self._observed[name] for name in self.stochastic_names
                if name in self._observed})
            if graph.nodes == tuple(self._nodes):
                return graph
        raise RuntimeError(
            "The nodes of this BayesianNet were made eagerly, so that their Tensors do "
            "not know what they were computed from. Decorate the function that builds "
            "it with @zs.meta_bayesian_net(), and write build(...).graph(). Or build "
            "it, and call graph(), in a tf.function.")

    def __repr__(self):
        return "<zhusuan.BayesianNet with nodes %s>" % ", ".join(self._nodes)


def _check_is_string(name):
    if not isinstance(name, str):
        raise TypeError(
            "The name of a node must be a string, but it was given %r of type "
            "%s." % (name, type(name).__name__))
