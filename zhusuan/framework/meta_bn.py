"""Model functions that can be observed repeatedly."""
import functools
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import tensorflow.compat.v2 as tf

from zhusuan.framework import _name_errors as name_errors
from zhusuan.framework._function_model import evaluate_function
from zhusuan.framework._model_inspection import InspectableModel
from zhusuan.framework._variable_store import VariableStore
from zhusuan.framework.utils import Context
from zhusuan.utils import missing_arguments
from zhusuan.utils._types import TensorLike
from zhusuan.utils._warnings import warn_user

if TYPE_CHECKING:
    from zhusuan.framework.bn import BayesianNet

__all__ = ["Evaluation", "MetaBayesianNet", "ObservationContext",
           "ObservationOfDistribution", "bayesian_net_in", "is_model_function",
           "meta_bayesian_net", "observe_all"]

# AutoGraph would convert every function that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


@_do_not_convert
def bayesian_net_in(returned: Any) -> Optional["BayesianNet"]:
    """The first BayesianNet in the result of a model function, or None.

    :param returned: A BayesianNet, or tuples, lists and dicts that contain one.
    """
    return next(_bayesian_nets_in(returned), None)


@_do_not_convert
def _names_of_nodes(model_name: str, returned: Any) -> List[str]:
    """The names of all stochastic nodes; raise TypeError without a BayesianNet."""
    nets = list(_bayesian_nets_in(returned))
    if not nets:
        raise TypeError(
            "The model function %r must return a BayesianNet, alone or in a tuple, "
            "list or dict, but it returned %r. End it with `return bn`, or `return "
            "bn, extra`." % (model_name, returned))
    return [name for bn in nets for name in bn.stochastic_names]


def _bayesian_nets_in(returned: Any) -> Iterator["BayesianNet"]:
    if hasattr(returned, "stochastic_names"):
        yield returned
    elif isinstance(returned, (tuple, list, Mapping)):
        parts = returned.values() if isinstance(returned, Mapping) else returned
        for part in parts:
            yield from _bayesian_nets_in(part)


class ObservationContext(Context):
    """A context in which new BayesianNets receive the observations of `meta_bn`."""

    def __init__(self, meta_bn: "MetaBayesianNet",
                 observations: Dict[str, TensorLike]) -> None:
        self.meta_bn = meta_bn
        self.observations = observations


class ObservationOfDistribution:
    """An observation that is computed when the distribution of its node is known.

    :param function: A function of the distribution that returns the value.
    :param dtype: The `tf.DType` of the value.
    """

    def __init__(self, function: Callable[[Any], tf.Tensor], dtype: tf.DType) -> None:
        self.function, self.dtype = function, dtype


class MetaBayesianNet(InspectableModel):
    """A model function and its arguments; :meth:`observe` builds BayesianNets of it.

    Functions decorated with :func:`meta_bayesian_net` return one. Arguments of the
    function that are not given here are *inputs*: observed values that have their names
    are passed to the function, in :meth:`observe` and in every algorithm. An argument
    with a default value is no input if a stochastic node has its name: the observed
    value is that of the node. A required one must not have the name of a node.

    :param f: A function that returns a
        :class:`~zhusuan.framework.bn.BayesianNet`, alone or in tuples, lists and
        dicts with other values. Inference uses the first one.
    :param args: The positional arguments for `f`.
    :param kwargs: A dict, the keyword arguments for `f`.
    :param scope: A string, the scope of the variables that `f` creates.
    :param reuse_variables: A bool. Whether all BayesianNets of this object
        share their variables. Raises `ValueError` without a `scope`.
    """

    def __init__(self, f: Callable[..., Any], args: Optional[Sequence[Any]] = None,
                 kwargs: Optional[Dict[str, Any]] = None, scope: Optional[str] = None,
                 reuse_variables: bool = False) -> None:
        if reuse_variables and scope is None:
            raise ValueError(
                "Cannot reuse variables without a scope. Write "
                "meta_bayesian_net(scope=\"name\", reuse_variables=True).")
        self._function = f
        self._args, self._kwargs = tuple(args or ()), dict(kwargs or {})
        self._scope = scope
        # Whether inputs are required, by name; without the names of known nodes.
        self._inputs = missing_arguments(f, self._args, self._kwargs)
        self._store = VariableStore(scope, f) if reuse_variables else None
        self._log_joint: Optional[Callable[[BayesianNet], tf.Tensor]] = None

    @property
    def log_joint(self) -> Optional[Callable[["BayesianNet"], tf.Tensor]]:
        """None, or a function of a BayesianNet that returns its log joint density.

        Set it to replace the default, the sum of the log densities of all
        stochastic nodes::

            model.log_joint = lambda bn: tf.add_n(bn.cond_log_prob(["z", "x"]))
        """
        return self._log_joint

    @log_joint.setter
    def log_joint(self, value: Optional[Callable[["BayesianNet"], tf.Tensor]]) -> None:
        if value is not None and not callable(value):
            raise TypeError(
                "MetaBayesianNet.log_joint must be a function of a BayesianNet "
                "or None, but it was set to %r." % (value,))
        self._log_joint = value

    def observe(self, **kwargs: TensorLike) -> Any:
        """Build a BayesianNet of this model with observations.

        :param kwargs: Observed values by the names of stochastic nodes, and inputs of
            the model function by the names of its arguments.
        :return: The result of the model function: a
            :class:`~zhusuan.framework.bn.BayesianNet`, alone or with other values.
            Raises `TypeError` if it contains none or if an input is missing, and
            `ValueError` if it has no stochastic node of an observed name, or one with
            the name of a required input.

        >>> import zhusuan as zs
        >>> @zs.meta_bayesian_net()
        ... def regression(x):
        ...     bn = zs.BayesianNet()
        ...     slope = bn.normal("slope", 0., std=1.)
        ...     bn.normal("y", slope * x, std=1., group_ndims=1)
        ...     return bn
        >>> bn = regression().observe(x=[1., 2.], y=[1., 2.], slope=1.)
        >>> print("%.4f" % bn.log_joint())
        -3.2568
        """
        before = self._inputs
        try:
            return self._observe(kwargs)
        except Exception:
            optional = [name for name in kwargs if not before.get(name, True)]
            if not optional:
                raise
            self._exclude_inputs(optional)  # values of nodes may not fit the function
            try:
                return self._observe(kwargs)
            except Exception:
                self._inputs = before
            raise

    def _observed_net(self, values: Mapping[str, TensorLike], source: str = "",
                      latents: Iterable[str] = ()) -> "BayesianNet":
        """The BayesianNet of :meth:`observe`, without other returned values.

        For errors, `source` is the argument that has the values of `latents`.
        """
        try:
            return bayesian_net_in(self.observe(**values))
        except ValueError as error:
            name_errors.restate(error, source, latents, values)
            raise

    def _observe(self, kwargs: Dict[str, TensorLike]) -> Any:
        inputs, observations = self._split_inputs(kwargs)
        with ObservationContext(self, observations):
            returned = self._run(inputs)
        nodes = _names_of_nodes(self._name, returned)
        self._check_observed_names(observations, nodes)
        nodes_given_as_inputs = [name for name in inputs if name in nodes]
        if nodes_given_as_inputs:
            self._exclude_inputs(nodes_given_as_inputs)
            return self._observe(kwargs)
        return returned

    @_do_not_convert
    def _inputs_among(self, values: Mapping[str, TensorLike]) -> Tuple[str, ...]:
        """The names of observed values that are inputs, not values of nodes."""
        if any(not self._inputs.get(name, True) for name in values):
            self._inspect(lambda _: None, dict(values))  # excludes the names of nodes
        return tuple(name for name in values if name in self._inputs)

    @_do_not_convert
    def _check_observed_names(self, observations: Iterable[str],
                              nodes: List[str]) -> None:
        for name in observations:
            if name not in nodes:
                raise name_errors.unknown_node(
                    self._name, name, nodes,
                    [each for each in self._inputs if self._inputs[each]])

    @_do_not_convert
    def _exclude_inputs(self, nodes: List[str]) -> None:
        """Observe nodes that have the names of arguments; raise for required ones."""
        for name in nodes:
            if self._inputs[name]:
                raise ValueError(
                    "The model %r has an argument and a stochastic node named %r, so "
                    "the observed value is ambiguous. Rename the argument, or omit it: "
                    "nodes are observed by name." % (self._name, name))
        self._inputs = {name: is_required for name, is_required in self._inputs.items()
                        if name not in nodes}

    @_do_not_convert
    def _split_inputs(self, values: Dict[str, TensorLike]
                      ) -> Tuple[Dict[str, TensorLike], Dict[str, TensorLike]]:
        """Inputs of the model function, and observed values of its nodes."""
        missing = [name for name, is_required in self._inputs.items()
                   if is_required and name not in values]
        if missing:
            raise name_errors.missing_inputs(self._name, missing, values)
        return ({name: x for name, x in values.items() if name in self._inputs},
                {name: x for name, x in values.items() if name not in self._inputs})

    @property
    def _name(self) -> str:
        return getattr(self._function, "__name__", repr(self._function))

    def _run(self, inputs: Dict[str, Any]) -> Any:
        kwargs = dict(self._kwargs, **inputs)
        if self._store is not None:
            return self._store(*self._args, **kwargs)
        if self._scope is not None:
            with tf.name_scope(self._scope):
                return self._function(*self._args, **kwargs)
        return self._function(*self._args, **kwargs)


def meta_bayesian_net(scope: Optional[str] = None, reuse_variables: bool = False
                      ) -> Callable[[Callable[..., Any]],
                                    Callable[..., MetaBayesianNet]]:
    """Decorate a model function so that it returns a :class:`MetaBayesianNet`.

    :param scope: A string, the scope of the variables that the function creates.
    :param reuse_variables: A bool. Whether the BayesianNets of one
        MetaBayesianNet share variables; another call of the function creates new
        ones. A call raises `ValueError` without a `scope`.

    >>> import zhusuan as zs
    >>> @zs.meta_bayesian_net(scope="model", reuse_variables=True)
    ... def build(n):
    ...     bn = zs.BayesianNet()
    ...     z = bn.normal("z", [0.] * n, std=1., group_ndims=1)
    ...     bn.normal("x", z, std=1., group_ndims=1)
    ...     return bn
    >>> bn = build(2).observe(z=[0., 0.], x=[0., 0.])
    >>> print("%.4f" % bn.log_joint())
    -3.6758
    """
    def decorate(function: Callable[..., Any]) -> Callable[..., MetaBayesianNet]:
        @functools.wraps(function)
        def make(*args: Any, **kwargs: Any) -> MetaBayesianNet:
            return MetaBayesianNet(function, args=args, kwargs=kwargs,
                                   scope=scope, reuse_variables=reuse_variables)
        make._is_model_function = True  # type: ignore[attr-defined]
        return make
    return decorate


def is_model_function(x: Any) -> bool:
    """Whether `x` is a function that :func:`meta_bayesian_net` decorated.

    >>> import zhusuan as zs
    >>> zs.framework.meta_bn.is_model_function(zs.meta_bayesian_net()(lambda: None))
    True
    """
    return getattr(x, "_is_model_function", False) is True


class Evaluation(NamedTuple):
    """A model at values of all its nodes."""

    log_joint: tf.Tensor
    """The log joint density."""
    bn: Optional["BayesianNet"]
    """The BayesianNet; None if the model is a function."""
    derived: Dict[str, tf.Tensor]
    """Derived quantities by name: deterministic nodes, or what a function returned."""


def observe_all(
        model: Union[MetaBayesianNet, Callable[[Dict[str, tf.Tensor]], Any]],
        values: Dict[str, TensorLike], source: str = "",
        latents: Iterable[str] = ()) -> Evaluation:
    """Evaluate the log joint density of a model at values of all its nodes.

    :param model: A :class:`MetaBayesianNet`, or a function of a dict of
        values by name.
    :param values: A dict of Tensors by name: observations and latents.
    :param source: The argument that has the values of latents, for errors.
    :param latents: The names of these latents.
    """
    if isinstance(model, MetaBayesianNet):
        bn = model._observed_net(values, source, latents)
        _check_no_free_latents(model, bn, source, latents)
        return Evaluation(bn.log_joint(), bn, bn._derived_quantities())
    if hasattr(model, "stochastic_names"):
        raise TypeError(
            "The model must be a MetaBayesianNet, but it is a BayesianNet, "
            "whose nodes can be observed only once. Decorate the function that "
            "builds it with @zs.meta_bayesian_net().")
    if callable(model):
        log_joint, derived = evaluate_function(model, values)
        return Evaluation(log_joint, None, derived)
    raise TypeError(
        "The model must be a MetaBayesianNet or a function of a dict of values "
        "by name that returns the log joint density, but it is %r." % (model,))


def _check_no_free_latents(model: MetaBayesianNet, bn: "BayesianNet", source: str,
                           latents: Iterable[str]) -> None:
    """Raise if a latent node would be drawn from its prior without notice."""
    free = [name for name in bn.stochastic_names if not bn[name].is_observed()]
    if not free:
        return
    if model.log_joint is None:
        raise name_errors.missing_latents(model._name, free, source, latents)
    warn_user(
        "The stochastic nodes %s of the model %r are neither observed nor among the "
        "latents, so they are drawn from their priors. Check that the log_joint "
        "function of the model expects that." % (
            ", ".join(map(repr, free)), model._name))
