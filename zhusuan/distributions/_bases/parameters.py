"""Parameters of univariate distributions."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import checked
from zhusuan.distributions._conversion import convert_parameters

__all__ = ["convert_and_check", "parameter"]


def parameter(name, meaning):
    """A property that returns the parameter `name` of a univariate distribution."""
    return property(lambda self: self._tensors[name], doc=meaning)


def convert_and_check(values, positive, check_numerics):
    """Convert parameters to Tensors of one dtype that are finite if checked.

    :param values: A dict of parameters by name, as passed by users.
    :param positive: Names of the parameters with a finite log.
    :param check_numerics: A bool. Whether to check that numbers are finite.
    :return: A dict of Tensors in the order of `values`.
    """
    tensors = dict(zip(values, convert_parameters(**values)))
    if not check_numerics:
        return tensors
    return {name: _checked_parameter(name, x, name in positive)
            for name, x in tensors.items()}


def _checked_parameter(name, tensor, has_log):
    tensor = checked(name, tensor, True)
    if not has_log:
        return tensor
    return _tf.identity_after(
        [checked("log(%s)" % name, tf.math.log(tensor), True)], tensor)
