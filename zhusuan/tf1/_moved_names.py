"""Names that TensorFlow 2, or ZhuSuan, has at another path than TensorFlow 1.15.

For programs that import from `tensorflow.python` or `tensorflow.examples`. A name that
the installed TensorFlow has at the old path is taken from there.
"""
import tensorflow.compat.v2 as tf

from zhusuan._tf import moved_names

__all__ = ["MISSING_MODULES", "MOVED_NAMES", "matrix", "scalar", "vector"]


def scalar():
    """The shape of a scalar."""
    return tf.TensorShape([])


def vector(length):
    """The shape of a vector."""
    return tf.TensorShape([length])


def matrix(rows, cols):
    """The shape of a matrix."""
    return tf.TensorShape([rows, cols])


#: Triples (old module, name, new place).
MOVED_NAMES = sorted(
    moved_names.MOVED_NAMES
    + [("tensorflow.python.framework.tensor_shape", name, __name__ + ":" + name)
       for name in ["scalar", "vector", "matrix"]]
    + [("tensorflow.examples.tutorials.mnist.input_data", "read_data_sets",
        "zhusuan.tf1._contrib.mnist:read_data_sets")])


def _with_packages(module):
    """The names of a module and of the packages below tensorflow that hold it."""
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(2, len(parts) + 1)]


#: Modules of the table that TensorFlow 2 may lack, and the packages that hold them.
MISSING_MODULES = sorted({
    name for module, _, _ in MOVED_NAMES for name in _with_packages(module)})
