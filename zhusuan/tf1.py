"""The TensorFlow-1 API on whichever TensorFlow is installed.

Scripts of the TensorFlow-1 era run on 2.x when their first import becomes::

    import zhusuan.tf1 as tf

    x = tf.placeholder(tf.float32, [None, 784])
    h = tf.layers.dense(x, 500, activation=tf.nn.relu)
    with tf.Session() as sess:
        ...

The name then stands for TensorFlow's own module: `tensorflow` on 1.15 (with
`tf.contrib`), `tensorflow.compat.v1` on 2.x. Nothing has to be set in the
environment. On 2.x the import acts on the whole program:

- v2 behaviour goes off, as by `tf.disable_v2_behavior()`: no eager execution,
  ref variables, TensorFlow-1 shapes, tensor equality and control flow;
- `tf.layers`, `tf.nn.rnn_cell` and `tf.keras` come from the package tf_keras,
  since Keras 3 dropped them, and TF_USE_LEGACY_KERAS=1 says so to others;
- tf_keras no longer warns, at each call, that `tf.layers` is deprecated.

It therefore belongs at the top of a script. After v2 tensors, variables or
graphs were made it raises a RuntimeError; without tf_keras an ImportError. In
both cases nothing has been changed. `import zhusuan` alone does none of this.
"""
import os
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import tensorflow
import tensorflow.compat.v1 as v1
from tensorflow.python import tf2 as _tf2
from tensorflow.python.eager import context as _context
from tensorflow.python.framework import ops as _ops
from tensorflow.python.util import deprecation as _tf_deprecation

from ._compat import IS_TF1

# -- For _compat.py -----------------------------------------------------------

V1_API = tensorflow if IS_TF1 else v1  # 1.15's own module has tf.contrib too


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


def missing_legacy_keras():
    """What to install for Keras 2 (a pip requirement), or None."""
    if IS_TF1 or find_spec("tf_keras") is not None:
        return None
    return "tf_keras~={}.{}.0".format(*v1.__version__.split(".")[:2])


def use_legacy_keras():
    """Take what TensorFlow 1 had of Keras from tf_keras.

    TensorFlow's lazy loaders choose a Keras when they are first touched, and
    keep it; so set what they stand for instead of asking them to choose again.
    """
    if IS_TF1:
        return
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    keras = "tf_keras.api._v1.keras"
    v1.keras = import_module(keras)
    v1.layers = import_module(keras + ".__internal__.legacy.layers")
    v1.nn.rnn_cell = import_module(keras + ".__internal__.legacy.rnn_cell")
    # At each call: "`tf.layers.dense` is deprecated ... Please use ...". Who
    # asked for TensorFlow 1 knows; all other warnings of tf_keras stay.
    warnings.filterwarnings(
        "ignore", r"`tf\.(layers|nn\.rnn_cell)\.\w+` is deprecated", UserWarning)


# -- End of what goes to _compat.py -------------------------------------------


if TYPE_CHECKING:
    def __getattr__(name: str) -> Any:
        """TensorFlow's API carries no types."""


def _open():
    """Switch to TensorFlow 1, or raise before anything is changed."""
    must_switch = v2_is_on()  # else leave what the user has set, piece by piece
    if must_switch:
        _check_nothing_was_made()
    _check_legacy_keras()
    if must_switch:
        disable_v2()
    use_legacy_keras()


def _check_nothing_was_made():
    made = what_was_made()
    if made is not None:
        raise RuntimeError(
            "`import zhusuan.tf1` comes too late: it turns TensorFlow 2 behaviour "
            f"off for the whole program, but {made}. Put `import zhusuan.tf1 as tf` "
            "at the top of the script, before any other code makes something with "
            "TensorFlow (in a notebook: restart the kernel first). A program in "
            "TensorFlow 2 style does not need this module: the rest of zhusuan "
            "works eagerly and in tf.function.")


def _check_legacy_keras():
    missing = missing_legacy_keras()
    if missing is not None:
        raise ImportError(
            "`import zhusuan.tf1` did not find the package tf_keras, which keeps "
            "TensorFlow 1's `tf.layers` for TensorFlow 2. Install it by: "
            f'pip install "{missing}"', name="tf_keras")


def _stand_in(name, module):
    """Make `import name`, and of its submodules, give `module` and its own.

    Without the entries for submodules `import zhusuan.tf1.nn` would load a
    second copy of that file and put it in the place of the real `tf.nn`.
    """
    sys.modules[name] = module
    for attribute, value in list(vars(module).items()):
        if isinstance(value, ModuleType) and not attribute.startswith("_"):
            sys.modules[name + "." + attribute] = value


_open()
if __name__ != "__main__":
    _stand_in(__name__, V1_API)
