"""The TensorFlow-1 API on whichever TensorFlow is installed.

Scripts for TensorFlow 1 run on 2.x when their first import becomes::

    import zhusuan.tf1 as tf

    x = tf.placeholder(tf.float32, [None, 784])
    h = tf.layers.dense(x, 500, activation=tf.nn.relu)
    with tf.Session() as sess:
        ...

`tf` is then TensorFlow's own module: `tensorflow` on 1.15 (with `tf.contrib`),
`tensorflow.compat.v1` on 2.x. No environment variable is required. On 2.x the import
changes the whole program:

- it turns v2 behaviour off, as `tf.disable_v2_behavior()` does: no eager execution,
  ref variables, TensorFlow-1 shapes, tensor equality and control flow;
- `tf.layers` and `tf.nn.rnn_cell`, which Keras 3 dropped, come from this
  package, with the variable names, initial values and numbers of 1.15;
- `tf.keras` comes from the package tf_keras if that is installed, with
  TF_USE_LEGACY_KERAS=1 in the environment. Otherwise the first use of
  `tf.keras` raises an ImportError.

The import therefore belongs at the top of a script. If v2 tensors, variables or
graphs exist already, it raises a RuntimeError and changes nothing. `import zhusuan`
alone changes nothing.

An unchanged program runs by::

    python -m zhusuan.tf1 SCRIPT [ARGS...]
    python -m zhusuan.tf1 -m MODULE [ARGS...]

as by `python SCRIPT` or `python -m MODULE` on 1.15. In that process `tensorflow` is the
TensorFlow-1 API with parts of `tf.contrib`. Names that other packages have removed are
supplied unless `--no-shims` is given. The page "Scripts for TensorFlow 1" of the
documentation lists all of them.
"""
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zhusuan._tf import version_1_switch
from zhusuan.tf1._unusable_module import UnusableModule

if TYPE_CHECKING:
    def __getattr__(name: str) -> Any:
        """TensorFlow's API carries no types."""


def _switch_to_version_1():
    """Switch to TensorFlow 1, or raise before anything is changed."""
    if version_1_switch.is_version_2_enabled():  # else keep the settings of the user
        _check_nothing_exists()
        version_1_switch.disable_version_2()
    if not version_1_switch.is_version_1_installed():
        _provide_layers_and_keras()


def _provide_layers_and_keras():
    missing = version_1_switch.missing_keras_requirement()
    version_1_switch.set_keras(None if missing is None else UnusableModule(
        "tensorflow.keras", "tf_keras",
        "`tf.keras` of TensorFlow 1 is provided on TensorFlow 2 by the package "
        "tf_keras, which is not installed. Install it by: "
        f'pip install "{missing}"; or use `tf.layers`.'))
    version_1_switch.set_layers(  # imported with v2 behaviour off, which they require
        import_module(__name__ + "._layers"),
        import_module(__name__ + "._layers.rnn_cell"))


def _check_nothing_exists():
    existing = version_1_switch.describe_existing_objects()
    if existing is not None:
        raise RuntimeError(
            "`import zhusuan.tf1` comes too late: it turns TensorFlow 2 behaviour "
            f"off for the whole program, but {existing}. Put `import zhusuan.tf1 as "
            "tf` at the top of the script, before any other code makes something with "
            "TensorFlow (in a notebook: restart the kernel first). A program in "
            "TensorFlow 2 style does not need this module: the rest of zhusuan "
            "works eagerly and in tf.function.")


_switch_to_version_1()
version_1_switch.alias_version_1_api(__name__, __path__)
