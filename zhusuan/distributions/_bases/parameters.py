"""Parameters of univariate distributions: properties and checks."""
import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import checked
from zhusuan.distributions._conversion import convert_parameters

__all__ = ["convert_and_check", "parameter"]


def parameter(name, meaning):
    """The property of a :class:`Univariate` that gives one parameter."""
    return property(lambda self: self._tensors[name], doc=meaning)


def convert_and_check(values, positive, check_numerics):
    """Parameters as Tensors of one dtype, by name, in the order given.

    :param values: A dict of what users gave.
    :param positive: Names of the parameters whose logs must be finite, too.
    :param check_numerics: A bool, whether to check at all.
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
    return _tf.ensured(
        [checked("log(%s)" % name, tf.math.log(tensor), True)], tensor)
