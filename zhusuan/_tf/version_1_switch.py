"""Turning TensorFlow 2 behaviour off, for zhusuan.tf1."""
import os
import sys
from importlib import import_module
from importlib.util import find_spec

import tensorflow.compat.v1 as v1
from tensorflow.python import tf2 as _tf2
from tensorflow.python.eager import context as _context
from tensorflow.python.framework import ops as _ops
from tensorflow.python.util import deprecation as _tf_deprecation

from zhusuan._tf.versions import IS_TF1

__all__ = ["disable_v2", "missing_legacy_keras", "use_keras", "use_layers",
           "v2_is_on", "what_was_made"]


def v2_is_on():
    """Whether the program runs eagerly by default or with v2 behaviour."""
    eager = _context.default_execution_mode == _context.EAGER_MODE
    return eager or _tf2.enabled()


def what_was_made():
    """Words for what TensorFlow has made so far in this program, or None.

    Meant for a program with v2 behaviour on. Looking starts nothing.
    """
    eager = _context.context_safe()
    if eager is not None and eager._context_handle is not None:
        return ("its eager runtime runs already (that starts with the first "
                "eager tensor, variable, dataset or call of a tf.function)")
    if _ops.has_default_graph():
        return "the import stands inside a `with tf.Graph().as_default():`"
    count = len(v1.get_default_graph().get_operations())
    return f"the default graph holds {count} operation(s)" if count else None


def disable_v2():
    """Turn v2 behaviour off, without the notice about ref variables."""
    with _tf_deprecation.silence():
        v1.disable_v2_behavior()


def use_layers(layers, rnn_cell):
    """Make these modules `tf.layers` and `tf.nn.rnn_cell` of the TensorFlow-1 API."""
    v1.layers, v1.nn.rnn_cell = layers, rnn_cell


def missing_legacy_keras():
    """The pip requirement of Keras 2, or None if it is installed."""
    if IS_TF1 or find_spec("tf_keras") is not None:
        return None
    return "tf_keras~={}.{}.0".format(*v1.__version__.split(".")[:2])


def use_keras(module=None):
    """Make this module, or by default tf_keras, `tf.keras` of the TensorFlow-1 API.

    TensorFlow's lazy loaders keep the Keras that they chose when they were first
    touched; so set the attributes that they load.
    """
    if module is None:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        module = import_module("tf_keras.api._v1.keras")
        sys.modules.setdefault(  # where TensorFlow Probability looks for it
            "tensorflow.compat.v2.keras", import_module("tf_keras.api._v2.keras"))
    v1.keras = module
