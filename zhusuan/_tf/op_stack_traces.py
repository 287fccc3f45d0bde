"""The stack that TensorFlow 2 records for an op and prints with the op's errors."""
import importlib

__all__ = ["exclude_files"]


def exclude_files(files):
    """Record no frames of these files in this thread, from now on.

    A TensorFlow without the private module that filters frames records them all.
    """
    try:
        tf_stack = importlib.import_module("tensorflow.python.util.tf_stack")
        base = tf_stack.StackTraceFilter
    except (ImportError, AttributeError):
        return

    class _Filter(base):
        def get_filtered_filenames(self):
            return frozenset(files)

    _Filter().__enter__()  # never left: the process runs only this program
