"""Run a Python script as `python SCRIPT` does, from within a running program."""
import builtins
import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

from zhusuan._paths import as_path

__all__ = ["run_script"]


def run_script(path, arguments):
    """Run the file `path` as the program, and leave its errors to Python.

    `__main__`, `sys.argv` and `sys.path[0]` become the script's. An exception goes
    on to the caller, for whom it is the last one: its traceback will be printed
    without what stands above the script.
    """
    given = path = as_path(path, "run_script: `path`")
    if sys.version_info >= (3, 9):
        path = os.path.abspath(path)
    loader = SourceFileLoader("__main__", path)
    try:
        source = loader.get_data(path)
    except OSError as error:
        sys.stderr.write("{}: can't open file {!r}: [Errno {}] {}\n".format(
            sys.executable, path, error.errno, error.strerror))
        sys.exit(2)
    sys.argv = [given] + list(arguments)
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = ModuleType("__main__")
    vars(main).update(__file__=path, __loader__=loader, __builtins__=builtins,
                      __cached__=None, __annotations__={})
    sys.modules["__main__"] = main
    try:
        exec(compile(source, path, "exec", dont_inherit=True), vars(main))
    except BaseException:
        _hide_what_stands_above(path)
        raise


def _hide_what_stands_above(path):
    """Print the error that ends the program from the script's first line on."""
    error = sys.exc_info()[1]
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next  # None in the end if the script cannot be compiled
    show = sys.excepthook  # the script's own, where it has set one

    def show_the_rest(kind, value, traceback):
        if value is error:
            traceback = trace
            value.__traceback__ = trace
        show(kind, value, traceback)

    sys.excepthook = show_the_rest
