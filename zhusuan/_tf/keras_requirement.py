"""The requirement of Keras 3 on TensorFlow, of the packages for Keras networks."""
from importlib import import_module

import tensorflow.compat.v2 as tf

__all__ = ["require_keras_3"]


def require_keras_3(package):
    """Raise ImportError unless Keras 3 runs on TensorFlow 2.

    :param package: The name of the package that requires it, a string.
    """
    fault = _describe_fault()
    if fault is not None:
        raise ImportError(
            "{} requires Keras 3 on TensorFlow 2.16 or later, but {}".format(
                package, fault))


def _describe_fault():
    """A description of the fault and its remedy; None without one."""
    version = tuple(int(part) for part in tf.__version__.split(".")[:2])
    if version < (2, 16):
        return 'found TensorFlow {}. Install "tensorflow>=2.16".'.format(tf.__version__)
    keras = import_module("keras")
    if keras.__version__.startswith("2."):
        return 'found Keras {}. Install "keras>=3".'.format(keras.__version__)
    if keras.backend.backend() != "tensorflow":
        return ("the backend of Keras is {!r}. Set the environment variable "
                "KERAS_BACKEND=tensorflow before Keras is imported.".format(
                    keras.backend.backend()))
    return None
