"""Run a program written for TensorFlow 1, unchanged: `python -m zhusuan.tf1 SCRIPT`."""
import sys

from zhusuan.tf1._run_program import RUNNER_FILES, run_module, run_script
from zhusuan.tf1._shims import install as install_shims

_USAGE = """\
usage: python -m zhusuan.tf1 [--no-shims] SCRIPT [ARGS...]
       python -m zhusuan.tf1 [--no-shims] -m MODULE [ARGS...]
"""
_HELP = _USAGE + """
Run a program written for TensorFlow 1, unchanged, on the installed TensorFlow.

  SCRIPT      a file, run as by `python SCRIPT`
  -m MODULE   a module or package, run as by `python -m MODULE`
  ARGS        arguments of the program, its sys.argv[1:]
  --no-shims  do not supply names that newer releases of Python, NumPy, SciPy,
              pandas and other packages have removed
  -h, --help  print this text

Names that were supplied are listed on the standard error stream at the end.
"""


def _main(arguments):
    run, name, rest, shims = _parse(arguments)
    _provide_version_1()
    if shims:
        install_shims()
    run(name, rest)


def _parse(arguments):
    """The function that runs the program, its name, its arguments; whether to shim."""
    arguments, shims = list(arguments), True
    while arguments and arguments[0].startswith("-"):
        option = arguments.pop(0)
        if option in ("-h", "--help"):
            sys.stdout.write(_HELP)
            sys.exit(0)
        if option == "--no-shims":
            shims = False
        elif option.startswith("-m"):
            if option != "-m":  # joined, as in `python -mMODULE`
                arguments.insert(0, option[2:])
            if not arguments:
                _fail("argument expected for the -m option")
            return run_module, arguments[0], arguments[1:], shims
        else:
            _fail("unknown option {}; options of the program stand after its "
                  "name".format(option))
    if not arguments:
        _fail("expected the name of a script, or -m and that of a module")
    return run_script, arguments[0], arguments[1:], shims


def _fail(message):
    sys.stderr.write("{}python -m zhusuan.tf1: error: {}\n".format(_USAGE, message))
    sys.exit(2)


def _provide_version_1():
    """Make `import tensorflow` give the TensorFlow-1 API on TensorFlow 2."""
    from zhusuan._tf import op_stack_traces, version_1_switch

    if version_1_switch.is_version_1_installed():
        return
    # These use the TensorFlow-1 API, which `import zhusuan.tf1` has turned on.
    from zhusuan.tf1._contrib import install as install_contrib
    from zhusuan.tf1._moved_names import MISSING_MODULES, MOVED_NAMES
    from zhusuan.tf1._name_supply import NameSupply

    version_1_switch.alias_tensorflow(install_contrib())
    NameSupply(MOVED_NAMES, MISSING_MODULES).install()
    op_stack_traces.exclude_files(RUNNER_FILES + (__file__,))


if __name__ == "__main__":
    _main(sys.argv[1:])
