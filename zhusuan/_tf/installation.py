"""Installed packages and execution modes, for the report of `python -m zhusuan`."""
from importlib import import_module

import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context as _context

from zhusuan._tf.programs import can_compile, compile_by_xla

__all__ = ["execution_modes", "package_version", "run_in_mode"]


def package_version(name):
    """The version of a package, "not installed", or why its import fails."""
    try:
        module = tf.keras if name == "tf.keras" else import_module(name)
        return str(getattr(module, "__version__", "unknown version"))
    except ModuleNotFoundError as error:
        if error.name == name:
            return "not installed"
        return _describe(error)
    except Exception as error:  # a broken package is part of the report
        return _describe(error)


def _describe(error):
    first_line = (str(error).splitlines() or [""])[0]
    return "import fails: {}: {}".format(type(error).__name__, first_line)


def execution_modes():
    """The names of the modes that :func:`run_in_mode` supports here."""
    return ["eager", "graph", "tf.function"] + (["XLA"] if can_compile() else [])


def run_in_mode(mode, function):
    """The value of a function without arguments, a Tensor or an array, as an array."""
    if mode == "graph":
        with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
            value = function()
            return session.run(value) if tf.is_tensor(value) else value
    with _context.eager_mode():
        if mode == "tf.function":
            function = tf.function(function, autograph=False)
        elif mode == "XLA":
            function = compile_by_xla(function)
        value = function()
        return value.numpy() if tf.is_tensor(value) else value
