"""Run a script written for TensorFlow 1, unchanged: `python -m zhusuan.tf1 SCRIPT`."""
import sys
from types import ModuleType

from zhusuan._compat import IS_TF1, V1_API
from zhusuan.tf1._alias import stand_in
from zhusuan.tf1._script import run_script


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
        # Written against the TensorFlow-1 API, which is on only now.
        from zhusuan.tf1._contrib import install

        tensorflow = _TensorFlow1()
        tensorflow.contrib = install()
        stand_in("tensorflow", tensorflow)
    run_script(arguments[0], arguments[1:])


if __name__ == "__main__":
    _main(sys.argv[1:])
