"""`import zhusuan` changes no state of a program that has imported TensorFlow."""
import os
import subprocess
import sys
from importlib.util import find_spec

# Packages that cost time or memory, or change settings, when they are imported.
HEAVY = ["keras", "tf_keras", "matplotlib", "scipy", "arviz", "tqdm", "PIL", "pandas",
         "IPython", "pytest", "sklearn", "tensorflow_probability",
         "tensorflow_core.contrib", "tensorflow.contrib"]

PROGRAM = """
import locale, logging, os, random, signal, sys, threading, warnings
import numpy
import tensorflow
import tensorflow.compat.v1 as v1

def names(module):
    return {name: id(value) for name, value in vars(module).items()}

def state():
    return {
        "environment": dict(os.environ),
        "warning filters": warnings.filters[:],
        "v2 behaviour": [v1.executing_eagerly(), v1.resource_variables_enabled(),
                         v1.control_flow_v2_enabled()],
        "operations": 0 if v1.executing_eagerly() else
            len(v1.get_default_graph().get_operations()),
        "verbosity": v1.logging.get_verbosity(),
        "log handlers": logging.getLogger().handlers[:],
        "numpy": [numpy.geterr(), repr(numpy.get_printoptions()), names(numpy)],
        "random": [random.getstate(), repr(numpy.random.get_state())],
        "signals": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
        "threads": threading.active_count(),
        "path": sys.path[:],
        "recursion": sys.getrecursionlimit(),
    }

before, modules = state(), set(sys.modules)
import zhusuan
after = state()
changed = [key for key in before if before[key] != after[key]]
assert not changed, "import zhusuan changed: " + str(changed)
for name in sorted(set(sys.modules) - modules):
    print(name)
"""


def newly_imported():
    root = os.path.dirname(os.path.dirname(find_spec("zhusuan").origin))
    env = dict(os.environ, PYTHONPATH=root, TF_CPP_MIN_LOG_LEVEL="3")
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_import_changes_no_state_and_brings_nothing_heavy():
    new = newly_imported()
    assert "zhusuan" in new
    assert "zhusuan.tf1" not in new
    heavy = [name for name in new
             if any(name == h or name.startswith(h + ".") for h in HEAVY)]
    assert not heavy
