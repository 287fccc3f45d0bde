"""Run a program as `python SCRIPT` or `python -m MODULE` does, from within Python."""
import builtins
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

__all__ = ["RUNNER_FILES", "run_module", "run_script"]

#: Files of this module and of runpy, whose frames do not belong to the program.
RUNNER_FILES = (__file__, runpy.__file__, "<frozen runpy>")


def run_script(path, arguments):
    """Run the file `path` as the program; Python reports its errors.

    `__main__`, `sys.argv` and `sys.path[0]` become those of the script.
    """
    path_as_given = path
    if sys.version_info >= (3, 9):
        path = os.path.abspath(path)
    loader = SourceFileLoader("__main__", path)
    try:
        source = loader.get_data(path)
    except OSError as error:
        sys.stderr.write("{}: can't open file {!r}: [Errno {}] {}\n".format(
            sys.executable, path, error.errno, error.strerror))
        sys.exit(2)
    sys.argv = [path_as_given] + list(arguments)
    if not _is_path_safe():
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = _new_main(__file__=path, __loader__=loader, __cached__=None)
    _run(lambda: exec(compile(source, path, "exec", dont_inherit=True), vars(main)))


def run_module(name, arguments):
    """Run the module `name`, or `__main__` of that package, as the program.

    `__main__`, `sys.argv` and `__package__` become those of the module. `sys.path[0]`
    is right already, since `python -m` has started this process.
    """
    sys.argv = ["-m"] + list(arguments)
    _new_main(__loader__=None)
    _run(lambda: runpy._run_module_as_main(name))  # what `python -m` itself calls


def _is_path_safe():
    """Whether Python runs with `-P` or `-I`: no program folder in `sys.path`."""
    return getattr(sys.flags, "safe_path", sys.flags.isolated)


def _new_main(**attributes):
    main = ModuleType("__main__")
    vars(main).update(__builtins__=builtins, **attributes)
    if sys.version_info < (3, 14):
        vars(main).update(__annotations__={})
    sys.modules["__main__"] = main
    return main


def _run(program):
    try:
        program()
    except BaseException:
        _hide_runner_frames()
        raise


def _hide_runner_frames():
    """Print the error that ends the program without the frames of this module."""
    error = sys.exc_info()[1]
    trace = error.__traceback__
    while trace is not None and _is_runner_file(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next  # None at the end if the program cannot be compiled
    show = sys.excepthook  # the script may have set its own

    def show_the_rest(kind, value, traceback):
        if value is error:
            traceback = trace
            value.__traceback__ = trace
        show(kind, value, traceback)

    sys.excepthook = show_the_rest


def _is_runner_file(file):
    return file in RUNNER_FILES or file.startswith("<frozen importlib")
