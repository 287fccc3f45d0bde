"""Parameters of univariate distributions."""
from typing import Any, Dict, Mapping, Sequence

import tensorflow.compat.v2 as tf

from zhusuan import _tf
from zhusuan.distributions._checks import checked
from zhusuan.distributions._conversion import convert_parameters
from zhusuan.utils import TensorLike

__all__ = ["convert_and_check", "parameter"]


def parameter(name: str, meaning: str) -> Any:
    """A property that returns the parameter `name` of a univariate distribution."""
    return property(lambda self: self._tensors[name], doc=meaning)


def convert_and_check(values: Mapping[str, TensorLike], positive: Sequence[str],
                      check_numerics: bool) -> Dict[str, tf.Tensor]:
    """Convert parameters to Tensors of one dtype, and optionally check them.

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


def _checked_parameter(name: str, tensor: tf.Tensor, has_log: bool) -> tf.Tensor:
    tensor = checked(name, tensor, True)
    if not has_log:
        return tensor
    return _tf.identity_after(
        [checked("log(%s)" % name, tf.math.log(tensor), True)], tensor)
