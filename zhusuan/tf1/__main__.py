"""Run a program written for TensorFlow 1, unchanged: `python -m zhusuan.tf1 SCRIPT`."""
import sys
from types import ModuleType

from zhusuan._tf import IS_TF1, V1_API
from zhusuan.tf1._alias import stand_in
from zhusuan.tf1._op_traces import leave_out
from zhusuan.tf1._script import FILES_ABOVE, run_module, run_script
from zhusuan.tf1._shims import install as install_shims

_USAGE = """\
usage: python -m zhusuan.tf1 [--no-shims] SCRIPT [ARGS...]
       python -m zhusuan.tf1 [--no-shims] -m MODULE [ARGS...]
"""
_HELP = _USAGE + """
Run a program written for TensorFlow 1, unchanged, on the installed TensorFlow.

  SCRIPT      a file, run as by `python SCRIPT`
  -m MODULE   a module or package, run as by `python -m MODULE`
  ARGS        what the program finds in sys.argv[1:]
  --no-shims  do not supply names that newer releases of Python, NumPy, SciPy,
              pandas and other packages have removed
  -h, --help  print this text

Names that were supplied are listed on the standard error stream at the end.
"""


class _TensorFlow1(ModuleType):
    """The module `tensorflow` of a script that is run unchanged."""

    def __init__(self):
        super().__init__("tensorflow", V1_API.__doc__)
        real = sys.modules["tensorflow"]
        vars(self).update(vars(V1_API))
        vars(self).update({name: vars(real)[name] for name in (
            "__name__", "__spec__", "__path__", "__file__", "compat")})

    def __getattr__(self, name):  # what TensorFlow loads when it is first needed
        return getattr(V1_API, name)


def _main(arguments):
    run, name, rest, shims = _parse(arguments)
    if not IS_TF1:
        _be_tensorflow_1()
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
            if option != "-m":  # joined, which Python takes too
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


def _be_tensorflow_1():
    # Written against the TensorFlow-1 API, which is on only now.
    from zhusuan.tf1._contrib import install
    from zhusuan.tf1._moved import MISSING, MOVED
    from zhusuan.tf1._supply import Supply

    tensorflow = _TensorFlow1()
    tensorflow.contrib = install()
    stand_in("tensorflow", tensorflow)
    Supply(MOVED, MISSING).install()
    leave_out(FILES_ABOVE + (__file__,))


if __name__ == "__main__":
    _main(sys.argv[1:])
