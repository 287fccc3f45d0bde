"""Looking at a model: its nodes in a table, and what depends on what."""
import contextlib
import copy

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan._tf import random_numbers
from zhusuan._tf.op_graph import find_nearest_sources, tensor_key
from zhusuan.framework._model_graph import ModelGraph, Vertex
from zhusuan.utils import argument_names

__all__ = ["from_scratch", "has_eager_nodes", "model_graph", "summary_lines",
           "variables_line"]


# AutoGraph would read the source of all that these call, at the first trace.
_do_not_convert = tf.autograph.experimental.do_not_convert


@_do_not_convert
def from_scratch(fn, *args, model_name="?"):
    """``fn(*args)``, run in the body of a function that is never called.

    So nothing is computed, no number is drawn, and the graph that we are in gets no
    ops. Variables that it makes are made; but not in a v1 graph, where they would
    stay: that is an error, which names the model.

    :param fn: A function that returns no Tensors.
    """
    with random_numbers.draw_from(None):
        if _tf.session_graph() is None:
            return _traced(fn, *args)
        with _tf.scratch_graph(), _no_variables_made(model_name):
            return fn(*args)


def _traced(fn, *args):
    """In a `tf.function`, as these know how to make variables."""
    made = []

    def trace():
        if not made:  # TensorFlow traces again a function that made variables
            made.append(fn(*args))

    tf.function(trace, autograph=False).get_concrete_function()
    return made[0]


@contextlib.contextmanager
def _no_variables_made(model_name):
    def refuse(next_creator, **kwargs):
        raise RuntimeError(
            "The model %r makes variables each time that it is run (%s), and looking "
            "at it would put one more set of them into the graph. Look at a "
            "BayesianNet that was made, as in bn = model.observe(...); bn.graph(); "
            "bn.summary(). Or share the variables: @zs.meta_bayesian_net(scope="
            "\"name\", reuse_variables=True)." % (
                model_name, kwargs.get("name") or "without a name"))

    with tf.variable_creator_scope(refuse):
        yield


# -- Dependence between nodes -------------------------------------------------

@_do_not_convert
def has_eager_nodes(bn):
    """Whether some node was made eagerly, so that its origin is not known."""
    return any(node.place.is_eager if name in bn.stochastic_names
               else tensor_key(node) is None for name, node in bn.nodes.items())


def model_graph(bn):
    """The :class:`ModelGraph` of a BayesianNet; to be run :func:`from_scratch`.

    A node can depend only on nodes that were added before it; that matters where a
    Tensor is both an observation and used by itself.
    """
    vertices, edges, names_by_key = [], [], {}
    for name, node in bn.nodes.items():
        is_stochastic = name in bn.stochastic_names
        found = find_nearest_sources(
            _computed_from_parameters(node.dist) if is_stochastic else node,
            set(names_by_key))
        edges += [(parent, name) for key, names in names_by_key.items()
                  if key in found for parent in names]
        vertices.append(_vertex(name, node) if is_stochastic
                        else Vertex(name, None, False))
        _note_value(names_by_key, name, node.peek() if is_stochastic else node,
                    is_stochastic)
    return ModelGraph(vertices, edges)


def _vertex(name, node):
    return Vertex(name, _distribution_name(node.dist), node.is_observed())


def _note_value(names_by_key, name, value, is_stochastic):
    """Note whose value a Tensor is: several nodes' if they share an observation.

    A deterministic node that only renames another one hands on that one's.
    """
    key = None if value is None else tensor_key(value)
    if key is not None and (is_stochastic or key not in names_by_key):
        names_by_key.setdefault(key, []).append(name)


def _computed_from_parameters(dist):
    """A Tensor that all that the distribution depends on went into."""
    try:
        return copy.copy(dist).sample()  # of a copy, as some remember what they drew
    except (NotImplementedError, ValueError):  # it cannot be sampled
        shape = dist.get_batch_shape().concatenate(dist.get_value_shape())
        return dist.log_prob(_tf.make_placeholder(dist.dtype, shape))


# -- The table ----------------------------------------------------------------

_HEAD = ("node", "distribution", "batch", "value", "samples", "observed", "log density",
         "parameters")

# Arguments of distributions that say how they compute rather than what they are.
_SWITCHES = {"dtype", "group_ndims", "is_reparameterized", "use_path_derivative",
             "check_numerics", "normalize_logits"}


@_do_not_convert
def summary_lines(bn):
    """The lines of a table of the nodes; no op is made for it."""
    rows = [_row(name, node) if name in bn.stochastic_names else
            (name, "deterministic", "", _words(node.shape), "", "", "", "")
            for name, node in bn.nodes.items()]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in (_HEAD, *rows)]
    return [lines[0], "-" * max(map(len, lines))] + lines[1:]


def _row(name, node):
    dist = node.dist
    return (name, _distribution_name(dist), _words(dist.get_batch_shape()),
            _words(dist.get_value_shape()), _n_samples_words(node.n_samples),
            _words(node.peek().shape) if node.is_observed() else "no",
            _words(_log_density_shape(node)), ", ".join(_parameters(dist)))


def variables_line(variables):
    """One line that counts variables and the numbers in them."""
    sizes = [v.shape.num_elements() for v in variables]
    numbers = "?" if None in sizes else "{:,}".format(int(sum(sizes)))
    return "Shared variables: %d, with %s numbers" % (len(sizes), numbers)


def _words(shape):
    return "unknown" if shape.rank is None else str(shape.as_list())


def _n_samples_words(n_samples):
    static = _static(n_samples)
    return "" if n_samples is None else "?" if static is None else str(static)


def _static(number):
    """An int, or None where it is known to the running program only."""
    if number is None or isinstance(number, (int, np.integer)):
        return number
    static = tf.get_static_value(number)
    return None if static is None else int(static)


def _log_density_shape(node):
    """``(... +) B[:-g]``, see :class:`~zhusuan.distributions.base.Distribution`."""
    dist = node.dist
    group_ndims, value_ndims = _static(dist.group_ndims), dist.get_value_shape().rank
    if group_ndims is None or value_ndims is None:
        return tf.TensorShape(None)
    shape = tf.broadcast_static_shape(
        dist.get_batch_shape(), _without_last(_value_shape(node), value_ndims))
    return _without_last(shape, group_ndims)


def _value_shape(node):
    if node.is_observed():
        return node.peek().shape
    shape = node.dist.get_batch_shape().concatenate(node.dist.get_value_shape())
    if node.n_samples is None:
        return shape
    return tf.TensorShape([_static(node.n_samples)]).concatenate(shape)


def _without_last(shape, n_axes):
    return shape if shape.rank is None else shape[:shape.rank - n_axes]


def _distribution_name(dist):
    return type(getattr(dist, "wrapped", dist)).__name__


def _parameters(dist):
    """Words for each parameter that was given, such as ``"mean [3, 2]"``."""
    if hasattr(dist, "wrapped"):
        given = dist.wrapped.parameters
    else:
        # Not from the properties: those may compute.
        given = {name: vars(dist).get("_" + name) for name in argument_names(
            type(dist)) if name not in _SWITCHES}
        given.update((name, x) for name, (x, _) in dist._parameters.items())
    words = [(name, _parameter_words(x)) for name, x in given.items()]
    return ["%s %s" % pair for pair in words if pair[1]]


def _parameter_words(x):
    if x is None or isinstance(x, (bool, str, tf.DType)):
        return None
    if isinstance(x, (int, float, np.number)):
        return str(x)
    if hasattr(x, "shape"):
        return _words(tf.TensorShape(x.shape))
    return type(x).__name__
