"""Terms of the log joint density that users add."""
from zhusuan.distributions._conversion import convert_parameters

__all__ = ["convert_factor"]


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
