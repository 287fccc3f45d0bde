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

A program that is not to be touched runs by::

    python -m zhusuan.tf1 SCRIPT [ARGS...]
    python -m zhusuan.tf1 -m MODULE [ARGS...]

as it does by `python SCRIPT` or `python -m MODULE` on 1.15. In that process
`tensorflow` itself means the TensorFlow-1 API, with parts of `tf.contrib`. It also
supplies names that other packages have removed, unless `--no-shims` is given.
The page "Scripts of the TensorFlow-1 era" of the documentation lists all of them.
"""
from typing import TYPE_CHECKING, Any

from zhusuan._compat import (
    V1_API,
    disable_v2,
    missing_legacy_keras,
    use_legacy_keras,
    v2_is_on,
    what_was_made,
)
from zhusuan.tf1._alias import stand_in

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


def _become(module):
    """Make `import zhusuan.tf1` give `module`.

    The submodules of this package, `__main__` among them, stay importable.
    """
    if not set(__path__) <= set(module.__path__):
        module.__path__ = list(module.__path__) + __path__
    stand_in(__name__, module)


_open()
_become(V1_API)
