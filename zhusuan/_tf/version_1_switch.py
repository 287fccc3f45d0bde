"""Turn the program, and the name `tensorflow`, into TensorFlow 1: for `zhusuan.tf1`."""
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import tensorflow.compat.v1 as v1
from tensorflow.python import tf2 as _tf2
from tensorflow.python.eager import context as _context
from tensorflow.python.framework import ops as _ops
from tensorflow.python.util import deprecation as _deprecation

from zhusuan._tf.versions import IS_TF1, VERSION_1_API

__all__ = ["alias_tensorflow", "alias_version_1_api", "describe_existing_objects",
           "disable_version_2", "is_version_1_installed", "is_version_2_enabled",
           "missing_keras_requirement", "set_keras", "set_layers"]


def is_version_1_installed():
    """Whether the installed TensorFlow is 1.15, which has `tf.layers` and contrib."""
    return IS_TF1


def is_version_2_enabled():
    """Whether the program runs eagerly by default or with v2 behaviour."""
    eager = _context.default_execution_mode == _context.EAGER_MODE
    return eager or _tf2.enabled()


def disable_version_2():
    """Turn v2 behaviour off, without the notice about ref variables."""
    with _deprecation.silence():
        v1.disable_v2_behavior()


def describe_existing_objects():
    """Words for the objects that TensorFlow has made in this program, or None.

    For a program with v2 behaviour on. The check itself starts nothing.
    """
    eager = _context.context_safe()
    if eager is not None and eager._context_handle is not None:
        return ("the eager runtime has started (by the first eager tensor, variable, "
                "dataset or call of a tf.function)")
    if _ops.has_default_graph():
        return "the import is inside a `with tf.Graph().as_default():`"
    count = len(v1.get_default_graph().get_operations())
    return f"the default graph holds {count} operation(s)" if count else None


# -- Parts of the API that Keras 3 dropped ----------------------------------------

def set_layers(layers, rnn_cell):
    """Make these modules `tf.layers` and `tf.nn.rnn_cell` of the TensorFlow-1 API."""
    v1.layers, v1.nn.rnn_cell = layers, rnn_cell


def missing_keras_requirement():
    """The pip requirement of Keras 2, or None if it is installed."""
    if IS_TF1 or find_spec("tf_keras") is not None:
        return None
    return "tf_keras~={}.{}.0".format(*v1.__version__.split(".")[:2])


def set_keras(module=None):
    """Make this module, or by default tf_keras, `tf.keras` of the TensorFlow-1 API.

    TensorFlow's lazy loaders cache the Keras that they chose at their first use, so
    the attributes that they load are set.
    """
    if module is None:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        module = import_module("tf_keras.api._v1.keras")
        sys.modules.setdefault(  # TensorFlow Probability imports it by this name
            "tensorflow.compat.v2.keras", import_module("tf_keras.api._v2.keras"))
    v1.keras = module


# -- Names of the API -------------------------------------------------------------

def alias_version_1_api(name, folders):
    """Make `import name` give the TensorFlow-1 API.

    :param folders: A list, the `__path__` of the package `name`, whose submodules
        stay importable.
    """
    module = VERSION_1_API
    if not set(folders) <= set(module.__path__):
        module.__path__ = list(module.__path__) + folders
    _alias_module(name, module)


def alias_tensorflow(contrib):
    """Make `import tensorflow` give the TensorFlow-1 API with `tf.contrib`."""
    tensorflow = _TensorFlow1()
    tensorflow.contrib = contrib
    _alias_module("tensorflow", tensorflow)


class _TensorFlow1(ModuleType):
    """The module `tensorflow` of an unchanged program for TensorFlow 1."""

    def __init__(self):
        super().__init__("tensorflow", VERSION_1_API.__doc__)
        real = sys.modules["tensorflow"]
        vars(self).update(vars(VERSION_1_API))
        vars(self).update({name: vars(real)[name] for name in (
            "__name__", "__spec__", "__path__", "__file__", "compat")})

    def __getattr__(self, name):  # modules that TensorFlow loads at their first use
        return getattr(VERSION_1_API, name)


def _alias_module(name, module):
    """Make imports of `name` and its submodules give `module` and its submodules.

    Without the entries for submodules `import zhusuan.tf1.nn` would load a
    second copy of that file, which replaces the real `tf.nn`.
    """
    sys.modules[name] = module
    for attribute, value in list(vars(module).items()):
        if isinstance(value, ModuleType) and not attribute.startswith("_"):
            sys.modules[name + "." + attribute] = value
