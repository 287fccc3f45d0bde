"""Distributions as configurations of Keras, which JSON can represent."""
import inspect

import numpy as np
import tensorflow.compat.v2 as tf

from zhusuan import distributions
from zhusuan.distributions import Distribution

__all__ = ["build_distribution", "describe_distribution"]

# Arguments that do not change the density of each element.
_OPTIONS = {"self", "kwargs", "_sentinel", "group_ndims", "is_reparameterized",
            "use_path_derivative", "check_numerics", "dtype"}


def describe_distribution(distribution):
    """The class and the parameters of a distribution, as a dict for JSON.

    Raises TypeError for a class outside of `zhusuan.distributions`, and for one with
    parameters that are not arrays of numbers or distributions.
    """
    name = type(distribution).__name__
    if getattr(distributions, name, None) is not type(distribution):
        raise TypeError(
            "%s is not a class of zhusuan.distributions, so its parameters are "
            "unknown." % name)
    parameters = {}
    for parameter in inspect.signature(type(distribution).__init__).parameters:
        if parameter not in _OPTIONS:
            value = _get_parameter(distribution, parameter)
            if value is not None:
                parameters[parameter] = _describe_value(value, parameter, name)
    return {"distribution": name, "parameters": parameters}


def build_distribution(config, dtype):
    """The distribution of a configuration, with parameters of a float `dtype`."""
    parameters = {name: _build_value(value, dtype)
                  for name, value in config["parameters"].items()}
    return getattr(distributions, config["distribution"])(**parameters)


def _get_parameter(distribution, name):
    """The argument of the constructor; None if another one was given in its place."""
    if name in distribution._parameters:
        return distribution._parameters[name][0]
    for attribute in ("_given_" + name, "_" + name, name):
        if hasattr(distribution, attribute):
            return getattr(distribution, attribute)
    raise TypeError("%s does not store its parameter %r." % (
        type(distribution).__name__, name))


def _describe_value(value, parameter, name):
    if isinstance(value, Distribution):
        return describe_distribution(value)
    if isinstance(value, (list, tuple)) and value and all(
            isinstance(each, Distribution) for each in value):
        return [describe_distribution(each) for each in value]
    if isinstance(value, (bool, int, str)):
        return value
    if tf.is_tensor(value) and not hasattr(value, "numpy"):
        raise TypeError(
            "the parameter %r of %s is a Tensor of a graph. Build the distribution "
            "outside of functions." % (parameter, name))
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError("the parameter %r of %s is %r." % (parameter, name, value))
    return {"values": array.tolist(), "is_float": array.dtype.kind == "f"}


def _build_value(value, dtype):
    if isinstance(value, list):
        return [build_distribution(each, dtype) for each in value]
    if not isinstance(value, dict):
        return value
    if "distribution" in value:
        return build_distribution(value, dtype)
    return tf.constant(value["values"], dtype if value["is_float"] else tf.int32)
