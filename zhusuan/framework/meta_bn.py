"""Models that can be observed again and again."""
import functools
from collections.abc import Mapping

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.framework import _inspection
from zhusuan.framework._variable_store import VariableStore
from zhusuan.framework.utils import Context
from zhusuan.utils import nearest_name_hint

__all__ = ["MetaBayesianNet", "Observing", "bayesian_net_in", "meta_bayesian_net"]

# AutoGraph would read the source of all that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


class Observing(Context):
    """While active, new BayesianNets get the observations of `meta_bn`."""

    def __init__(self, meta_bn, observations):
        self.meta_bn = meta_bn
        self.observations = observations


@_do_not_convert
def bayesian_net_in(returned):
    """The first BayesianNet in what a model function returned, or None.

    :param returned: A BayesianNet, or tuples, lists and dicts that contain one.
    """
    return next(_bayesian_nets_in(returned), None)


@_do_not_convert
def _check_observed_names(model_name, returned, observations):
    nets = list(_bayesian_nets_in(returned))
    if not nets:
        raise TypeError(
            "The model function %r must return a BayesianNet, alone or in a tuple, "
            "list or dict, but it returned %r. End it with `return bn`, or `return "
            "bn, extra`." % (model_name, returned))
    known = [name for bn in nets for name in bn.stochastic_names]
    for name in observations:
        if name not in known:
            raise ValueError(
                "The model %r has no stochastic node named %r to observe.%s" % (
                    model_name, name, nearest_name_hint(name, known)))


def _bayesian_nets_in(returned):
    if hasattr(returned, "stochastic_names"):
        yield returned
    elif isinstance(returned, (tuple, list, Mapping)):
        parts = returned.values() if isinstance(returned, Mapping) else returned
        for part in parts:
            yield from _bayesian_nets_in(part)


class MetaBayesianNet:
    """A model function, of which :meth:`observe` makes BayesianNets.

    Usually made by a function decorated with :func:`meta_bayesian_net`.

    :param f: A function that returns a
        :class:`~zhusuan.framework.bn.BayesianNet`, alone or in tuples, lists and
        dicts with other values. Inference uses the first one found.
    :param args: The positional arguments for `f`.
    :param kwargs: A dict, the keyword arguments for `f`.
    :param scope: A string, the scope of the variables that `f` makes.
    :param reuse_variables: A bool. Whether all BayesianNets made by this object
        share their variables; needs a `scope`.
    """

    def __init__(self, f, args=None, kwargs=None, scope=None,
                 reuse_variables=False):
        if reuse_variables and scope is None:
            raise ValueError(
                "Cannot reuse variables without a scope. Write "
                "meta_bayesian_net(scope=\"name\", reuse_variables=True).")
        self._function = f
        self._args, self._kwargs = tuple(args or ()), dict(kwargs or {})
        self._scope = scope
        self._store = VariableStore(scope, f) if reuse_variables else None
        self._log_joint = None

    @property
    def log_joint(self):
        """None, or a function of a BayesianNet that gives its log joint density.

        Set it to replace the default, the sum of the log probabilities of all
        stochastic nodes::

            model.log_joint = lambda bn: tf.add_n(bn.cond_log_prob(["z", "x"]))
        """
        return self._log_joint

    @log_joint.setter
    def log_joint(self, value):
        if value is not None and not callable(value):
            raise TypeError(
                "MetaBayesianNet.log_joint must be a function of a BayesianNet "
                "(or None), but it was set to %r." % (value,))
        self._log_joint = value

    @property
    def variables(self):
        """The variables that the model has made so far, in order.

        Known for models with ``reuse_variables=True``; others have new
        variables in every BayesianNet.
        """
        return () if self._store is None else self._store.variables

    @property
    def trainable_variables(self):
        """Those of :attr:`variables` that are trainable."""
        return tuple(v for v in self.variables if v.trainable)

    def observe(self, **kwargs):
        """Make a BayesianNet of this model with observations.

        :param kwargs: Observed values by the names of stochastic nodes.
        :return: What the model function returns: a
            :class:`~zhusuan.framework.bn.BayesianNet`, alone or with other values.
            TypeError if it contains none.
        """
        with Observing(self, kwargs):
            returned = self._run()
        _check_observed_names(self._name, returned, kwargs)
        return returned

    # -- Looking at it --

    def summary(self, print_fn=None, **kwargs):
        """Print a table of the nodes, and a line on variables that are shared.

        The function is run once more, as in :meth:`graph`. See
        :meth:`BayesianNet.summary <zhusuan.framework.bn.BayesianNet.summary>`.

        :param print_fn: A function that is called with each line; `print` by default.
        :param kwargs: Observed values by the names of stochastic nodes.
        """
        lines = self._look(_inspection.summary_lines, kwargs)
        if self._store is not None:
            lines.append(_inspection.variables_line(self.variables))
        for line in lines:
            (print_fn or print)(line)

    def graph(self, **kwargs):
        """The directed graph of the nodes.

        The function is run once more, in a function that is traced and thrown away:
        nothing is computed or drawn, and a v1 graph gets no ops. Variables that are
        there already are used. Shared ones that are not are made, as by
        :meth:`observe`. In a v1 graph a model that makes others is refused by a
        RuntimeError; look at its BayesianNets instead.

        :param kwargs: Observed values by the names of stochastic nodes.
        :return: A `ModelGraph`.

        >>> import zhusuan as zs
        >>> @zs.meta_bayesian_net()
        ... def build():
        ...     bn = zs.BayesianNet()
        ...     z = bn.normal("z", 0., std=1.)
        ...     bn.normal("x", 2. * z, std=1.)
        ...     return bn
        >>> print(build().graph(x=1.))
        flowchart TD
            n0(["z ~ Normal"])
            n1(["x ~ Normal"]):::observed
            n0 --> n1
            classDef observed fill:#ccc,color:#000
        """
        return self._look(_inspection.model_graph, kwargs)

    @_do_not_convert
    def _look(self, look, observations):
        if self._store is not None and _tf.session_graph() is not None and (
                not self._store.has_run):
            self.observe(**observations)  # makes variables, in the graph
        return _inspection.from_scratch(
            lambda: look(bayesian_net_in(
                self.observe(**_as_own_tensors(observations)))),
            model_name=self._name)

    @property
    def _name(self):
        return getattr(self._function, "__name__", repr(self._function))

    def _run(self):
        if self._store is not None:
            return self._store(*self._args, **self._kwargs)
        if self._scope is not None:
            with tf.name_scope(self._scope):
                return self._function(*self._args, **self._kwargs)
        return self._function(*self._args, **self._kwargs)


def _as_own_tensors(observations):
    """The same values, no Tensor of which is used elsewhere."""
    return {name: tf.identity(value) if tf.is_tensor(value) else value
            for name, value in observations.items()}


def meta_bayesian_net(scope=None, reuse_variables=False):
    """A decorator: the model function returns a :class:`MetaBayesianNet`.

    :param scope: A string, the scope of the variables that the function makes.
    :param reuse_variables: A bool. Whether the BayesianNets made by one
        MetaBayesianNet share variables; another call of the function makes new
        ones. Needs a `scope`, else ValueError.

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
    def decorate(function):
        @functools.wraps(function)
        def make(*args, **kwargs):
            return MetaBayesianNet(function, args=args, kwargs=kwargs,
                                   scope=scope, reuse_variables=reuse_variables)
        return make
    return decorate
