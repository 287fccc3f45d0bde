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

A script that is not to be touched runs by::

    python -m zhusuan.tf1 SCRIPT [ARGS...]

as it does by `python SCRIPT [ARGS...]` on 1.15: there `tensorflow` itself means
the TensorFlow-1 API, and has those parts of `tf.contrib` that scripts for ZhuSuan
used.
"""
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from zhusuan._compat import (
    IS_TF1,
    V1_API,
    disable_v2,
    missing_legacy_keras,
    use_legacy_keras,
    v2_is_on,
    what_was_made,
)
from zhusuan._run_script import run_script

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


class _TensorFlow1(ModuleType):
    """What the name `tensorflow` means to a script that is run unchanged."""

    def __init__(self):
        super().__init__("tensorflow", V1_API.__doc__)
        real = sys.modules["tensorflow"]
        vars(self).update(vars(V1_API))
        vars(self).update({name: vars(real)[name] for name in (
            "__name__", "__spec__", "__path__", "__file__", "compat")})

    def __getattr__(self, name):  # what TensorFlow loads when it is first needed
        return getattr(V1_API, name)


def _main(arguments):
    if not arguments or arguments[0].startswith("-"):
        sys.exit("usage: python -m zhusuan.tf1 SCRIPT [ARGS...]\n"
                 "Run a script written for TensorFlow 1, unchanged.")
    if not IS_TF1:
        from zhusuan import _contrib  # made of what it finds switched already

        tensorflow = _TensorFlow1()
        tensorflow.contrib = _contrib.install()
        _stand_in("tensorflow", tensorflow)
    run_script(arguments[0], arguments[1:])


_open()
if __name__ == "__main__":
    _main(sys.argv[1:])
else:
    _stand_in(__name__, V1_API)
