"""The terms of a log joint density: those of users, and the sum of all."""
import tensorflow.compat.v2 as tf

from zhusuan.distributions._conversion import convert_parameters
from zhusuan.utils import sum_terms

__all__ = ["convert_factor", "format_term_shapes", "sum_named_terms"]


def convert_factor(name, log_density):
    """Convert the log density of the factor `name` to a float Tensor."""
    try:
        tensor, = convert_parameters(log_density=log_density)
    except (TypeError, ValueError) as error:
        raise _not_numeric(name, log_density) from error
    if tensor is None:
        raise _not_numeric(name, log_density)
    return tensor


def _not_numeric(name, log_density):
    return TypeError(
        "The log density of the factor %r must be a float Tensor or numbers, but it is "
        "%r. Compute it from other nodes with TensorFlow, and convert integers and "
        "bools by tf.cast(x, tf.float32)." % (name, log_density))


def sum_named_terms(terms):
    """The sum of a dict of Tensors by name, in the widest of their dtypes.

    Raises ValueError if their static shapes do not broadcast.
    """
    shape = tf.TensorShape([])
    for name, term in terms.items():
        try:
            shape = tf.broadcast_static_shape(shape, term.shape)
        except ValueError:
            raise ValueError(
                "The terms of the log joint density have shapes that do not broadcast: "
                "%s. Each must have the shape of the samples or chains; sum the axes "
                "of data by group_ndims of a node, or tf.reduce_sum in a factor (see "
                "%r)." % (format_term_shapes(terms), name)) from None
    widest = max((term.dtype for term in terms.values()), key=lambda dtype: dtype.size)
    return sum_terms([tf.cast(term, widest) for term in terms.values()])


def format_term_shapes(terms):
    """Format the shapes of a dict of Tensors, such as ``"'z': (3,), 'x': (3, 2)"``."""
    return ", ".join("%r: %s" % (name, term.shape) for name, term in terms.items())
