"""Make the methods of BayesianNet that add nodes, from the distribution classes."""
import inspect

import tensorflow.compat.v2 as tf

from zhusuan.distributions._conversion import tensor_dtype
from zhusuan.utils import argument_names, nearest_name_hint

__all__ = ["make_node_method", "make_node_signature", "split_arguments"]

_KIND = inspect.Parameter.POSITIONAL_OR_KEYWORD
_ORDER_OF_SHARED = {"group_ndims": 0, "dtype": 1}
_KEYWORD_ONLY = ("use_path_derivative", "group_event_ndims")


def make_node_signature(distribution, sampled=True, grouped_first=False):
    """Make the signature of the node method of a distribution class.

    It is (self, name), the distribution's own parameters, n_samples, and the
    parameters that distributions share, group_ndims and dtype first.

    :param sampled: A bool. Whether there is an argument n_samples.
    :param grouped_first: A bool. Whether group_ndims precedes n_samples.
    """
    own, shared, last = _split_parameters(distribution)
    shared.sort(key=lambda p: _ORDER_OF_SHARED.get(p.name, len(_ORDER_OF_SHARED)))
    n_samples = [inspect.Parameter("n_samples", _KIND, default=None)]
    shared[int(grouped_first):int(grouped_first)] = n_samples if sampled else []
    if "mask" not in {p.name for p in own}:
        shared.append(inspect.Parameter(
            "mask", inspect.Parameter.KEYWORD_ONLY, default=None))
    first = [inspect.Parameter(name, _KIND) for name in ("self", "name")]
    return inspect.Signature(first + own + shared + last)


def _split_parameters(distribution):
    """Own, shared and ``**kwargs`` parameters of a distribution class."""
    own, shared, last = [], [], []
    seen_shared = False
    for p in inspect.signature(distribution).parameters.values():
        seen_shared = seen_shared or p.name in ("dtype", "group_ndims")
        if p.kind is p.VAR_KEYWORD:
            last.append(p)
        elif p.name not in _KEYWORD_ONLY:
            (shared if seen_shared else own).append(p)
    return own, shared, last


def make_node_method(distribution, **options):
    """Make the method of BayesianNet that adds a node of a distribution class.

    `options` are those of :func:`make_node_signature`.
    """
    signature = make_node_signature(distribution, **options)

    @tf.autograph.experimental.do_not_convert  # has no control flow on Tensors
    def method(self, *args, **kwargs):
        name, dist_kwargs, node_kwargs = split_arguments(
            distribution, signature, (self,) + args, kwargs)
        try:
            dist = self._make_distribution(
                name, distribution, dist_kwargs, _is_discrete(signature))
        except (TypeError, ValueError) as error:
            _name_node(error, name, self._observed)
            raise
        return self.stochastic(name, dist, **node_kwargs)

    method.__signature__ = signature
    method.__doc__ = """Add a stochastic node that follows a {name} distribution.

        :param name: A string, unique in this BayesianNet.
        :param n_samples: None, an int or a 0-D integer Tensor. If given, the
            value has an additional first axis of that length.
        :param mask: None, or a bool Tensor or array that broadcasts to the batch
            shape: entries that are False do not contribute to the log density.

        The other parameters are those of
        :class:`zhusuan.distributions.{name}`.

        :return: A :class:`~zhusuan.framework.bn.StochasticTensor`.
        """.format(name=distribution.__name__)
    return method


def _name_node(error, name, observed):
    """Put the name of a node in front of the message of an error.

    :param observed: A dict of observed values by name.
    """
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    message = error.args[0]
    problem, narrower, wider = getattr(error, "mismatch", ("", None, None))
    wide = [key for key, x in observed.items() if tensor_dtype(x) == wider]
    if problem and wide and wider == tf.float64:  # not the default
        message = (
            "%s Parameters that are Python numbers take the dtype of observed Tensors. "
            "Write tf.cast(%s, tf.%s) for the observation of %r." % (
                problem, wide[0], narrower.name, wide[0]))
    error.args = ("Node %r: %s" % (name, message),)


def _is_discrete(signature):
    """Whether samples have a dtype of their own, which has a default then."""
    dtype = signature.parameters.get("dtype")
    return dtype is not None and dtype.default is not None


def split_arguments(distribution, signature, args, kwargs):
    """Split the arguments of a node method by their destination.

    :return: The node's name, the keyword arguments for the distribution, and
        those for the node.
    """
    try:
        arguments = dict(signature.bind(*args, **kwargs).arguments)
    except TypeError as error:
        raise TypeError("A node of distribution %s: %s. It takes %s." % (
            distribution.__name__, error,
            ", ".join(list(signature.parameters)[1:]))) from error
    arguments.update(arguments.pop("kwargs", {}))
    del arguments["self"]
    name = arguments.pop("name")
    node_kwargs = {}
    if "n_samples" in signature.parameters:
        node_kwargs["n_samples"] = arguments.pop("n_samples", None)
    if "mask" not in argument_names(distribution):
        node_kwargs["mask"] = arguments.pop("mask", None)
    known = argument_names(distribution) + list(node_kwargs)
    for argument in arguments:
        if argument not in known + list(_KEYWORD_ONLY + ("_sentinel",)):
            raise TypeError("The node %r (%s) has no argument %r.%s" % (
                name, distribution.__name__, argument,
                nearest_name_hint(argument, known)))
    return name, arguments, node_kwargs
