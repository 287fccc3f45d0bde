"""The table that ``summary()`` prints: one line per node of a model."""
import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan.distributions._selected_entries import underlying_distribution
from zhusuan.utils import argument_names

__all__ = ["format_nodes", "format_variables"]

_HEAD = ("node", "distribution", "batch", "value", "samples", "observed", "log density",
         "parameters")

# Arguments of distributions that select how to compute, not what is computed.
_OPTIONS = {"dtype", "group_ndims", "is_reparameterized", "use_path_derivative",
            "check_numerics", "normalize_logits"}


@tf.autograph.experimental.do_not_convert
def format_nodes(bn):
    """Format the lines of a table of the nodes, without creating ops."""
    rows = [_row(name, node) if name in bn.stochastic_names else
            _row_of_factor(name, node) if name in bn.factor_names else
            (name, "deterministic", "", _shape_text(node.shape), "", "", "", "")
            for name, node in bn.nodes.items()]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in (_HEAD, *rows)]
    return [lines[0], "-" * max(map(len, lines))] + lines[1:]


def format_variables(variables):
    """Format a line with the number of variables and of their elements."""
    sizes = [v.shape.num_elements() for v in variables]
    numbers = "?" if None in sizes else "{:,}".format(int(sum(sizes)))
    return "Shared variables: %d, with %s numbers" % (len(sizes), numbers)


def _row(name, node):
    dist = node.dist
    return (name, node._distribution_name, _shape_text(dist.get_batch_shape()),
            _shape_text(dist.get_value_shape()), _n_samples_text(node.n_samples),
            _shape_text(node._observation.shape) if node.is_observed() else "no",
            _shape_text(_log_density_shape(node)), ", ".join(_parameter_texts(dist)))


def _row_of_factor(name, tensor):
    return name, "factor", "", "", "", "", _shape_text(tensor.shape), ""


def _shape_text(shape):
    return "unknown" if shape.rank is None else str(shape.as_list())


def _n_samples_text(n_samples):
    static = _static_int(n_samples)
    return "" if n_samples is None else "?" if static is None else str(static)


def _static_int(number):
    """An int, or None if the value is known at run time only."""
    if number is None or isinstance(number, (int, np.integer)):
        return number
    static = tf.get_static_value(number)
    return None if static is None else int(static)


def _log_density_shape(node):
    """``(... +) B[:-g]``, see :class:`~zhusuan.distributions.base.Distribution`."""
    dist = node.dist
    group_ndims = _static_int(dist.group_ndims)
    value_ndims = dist.get_value_shape().rank
    if group_ndims is None or value_ndims is None:
        return tf.TensorShape(None)
    shape = tf.broadcast_static_shape(
        dist.get_batch_shape(), _without_last(_value_shape(node), value_ndims))
    return _without_last(shape, group_ndims)


def _value_shape(node):
    if node.is_observed():
        return node._observation.shape
    shape = node.dist.get_batch_shape().concatenate(node.dist.get_value_shape())
    if node.n_samples is None:
        return shape
    return tf.TensorShape([_static_int(node.n_samples)]).concatenate(shape)


def _without_last(shape, n_axes):
    return shape if shape.rank is None else shape[:shape.rank - n_axes]


def _parameter_texts(dist):
    """A text for each parameter that was passed, such as ``"mean [3, 2]"``."""
    dist = underlying_distribution(dist)
    if hasattr(dist, "wrapped"):
        given = dist.wrapped.parameters
    else:
        # Attributes, since a property may compute another parametrization.
        given = {name: vars(dist).get("_" + name) for name in argument_names(
            type(dist)) if name not in _OPTIONS}
        given.update((name, x) for name, (x, _) in dist._parameters.items())
    texts = [(name, _parameter_text(x)) for name, x in given.items()]
    return ["%s %s" % pair for pair in texts if pair[1]]


def _parameter_text(x):
    if x is None or isinstance(x, (bool, str, tf.DType)):
        return None
    if isinstance(x, (int, float, np.number)):
        return str(x)
    if hasattr(x, "shape"):
        return _shape_text(tf.TensorShape(x.shape))
    return type(x).__name__
