"""Run a model function without effects, and build the graph of its nodes."""
import contextlib
import copy

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan._tf.op_graph import find_nearest_sources, tensor_key
from zhusuan.framework.model_graph import ModelGraph, Vertex

__all__ = ["build_model_graph", "graph_of_bayesian_net", "has_eager_nodes",
           "run_in_scratch_graph"]


# AutoGraph would convert every function that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


@_do_not_convert
def run_in_scratch_graph(fn, *args, model_name="?"):
    """Return ``fn(*args)``, run in the body of a function that is never called.

    Nothing is computed, no random number is drawn, and the current graph gets no ops.
    Variables that `fn` creates persist, except in a v1 graph, where creating one
    raises a RuntimeError that names the model.

    :param fn: A function that returns no Tensors.
    """
    with random_numbers.draw_from(None):
        if _tf.session_graph() is None:
            return _run_in_traced_function(fn, *args)
        with _tf.scratch_graph(), _creation_of_variables_forbidden(model_name):
            return fn(*args)


def _run_in_traced_function(fn, *args):
    """Run `fn` in a `tf.function`, which supports the creation of variables."""
    results = []

    def trace():
        if not results:  # TensorFlow traces a function that creates variables twice
            results.append(fn(*args))

    tf.function(trace, autograph=False).get_concrete_function()
    return results[0]


@contextlib.contextmanager
def _creation_of_variables_forbidden(model_name):
    def refuse(next_creator, **kwargs):
        raise RuntimeError(
            "The model %r creates variables each time it runs (%s), so graph() and "
            "summary() of the model would add another set of them to the graph. "
            "Inspect a BayesianNet instead, as in bn = model.observe(...); bn.graph(); "
            'bn.summary(). Or share the variables: @zs.meta_bayesian_net(scope="name", '
            "reuse_variables=True)." % (
                model_name, kwargs.get("name") or "unnamed"))

    with tf.variable_creator_scope(refuse):
        yield


@_do_not_convert
def has_eager_nodes(bn):
    """Whether some node was created eagerly, so that its parents are not recorded."""
    return any(node._place.is_eager if name in bn.stochastic_names
               else tensor_key(node) is None for name, node in bn.nodes.items())


def graph_of_bayesian_net(bn):
    """The :class:`ModelGraph` of the nodes of a BayesianNet."""
    if len(bn.nodes) < 2 or not has_eager_nodes(bn):
        return run_in_scratch_graph(build_model_graph, bn)
    return graph_of_model_function(bn)


def graph_of_model_function(bn):
    """The graph of a BayesianNet with eager nodes, from the function that made it."""
    if bn._meta_bn is not None:
        graph = bn._meta_bn.graph(**{
            name: bn._observed[name] for name in bn.stochastic_names
            if name in bn._observed})
        if graph.nodes == tuple(bn.nodes):
            return graph
    raise RuntimeError(
        "The nodes of this BayesianNet were created eagerly, so their Tensors do not "
        "record their inputs. Decorate the function that builds it with "
        "@zs.meta_bayesian_net(), and call build(...).graph(), or build it and call "
        "graph() in a tf.function.")


def build_model_graph(bn):
    """The :class:`ModelGraph` of a BayesianNet.

    Run it by :func:`run_in_scratch_graph`. A node can depend only on nodes added
    before it, which matters if a Tensor is an observation and is also used directly.
    """
    vertices, edges, names_by_key = [], [], {}
    for name, node in bn.nodes.items():
        is_stochastic = name in bn.stochastic_names
        found = find_nearest_sources(
            _compute_from_parameters(node.dist) if is_stochastic else node,
            set(names_by_key))
        edges += [(parent, name) for key, names in names_by_key.items()
                  if key in found for parent in names]
        vertices.append(Vertex(name, node._distribution_name, node.is_observed())
                        if is_stochastic else
                        Vertex(name, None, False, name in bn.factor_names))
        _record_value(names_by_key, name,
                      node._existing_value() if is_stochastic else node, is_stochastic)
    return ModelGraph(vertices, edges)


def _record_value(names_by_key, name, value, is_stochastic):
    """Record the nodes that have a Tensor as value: several may share an observation.

    A deterministic node that only renames another node is not recorded, so that its
    children depend on that other node.
    """
    key = None if value is None else tensor_key(value)
    if key is not None and (is_stochastic or key not in names_by_key):
        names_by_key.setdefault(key, []).append(name)


def _compute_from_parameters(dist):
    """A Tensor that depends on all parameters of the distribution."""
    try:
        return copy.copy(dist).sample()  # of a copy, as some cache their samples
    except (NotImplementedError, ValueError):  # it cannot be sampled
        shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
        return dist.log_prob(_tf.make_placeholder(dist.dtype, shape))
