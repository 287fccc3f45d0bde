"""How the tests of `python -m zhusuan.tf1` run programs."""
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import tensorflow.compat.v2 as tf

FOLDER = Path(__file__).resolve().parent
PACKAGE = FOLDER.parent / "zhusuan"
ON_TF1 = tf.__version__.startswith("1.")

# Imports parts of zhusuan.tf1 without TensorFlow, whose import takes seconds.
WITHOUT_TENSORFLOW = """
import os, sys, types
for name, folder in [("zhusuan", {0!r}), ("zhusuan.tf1", os.path.join({0!r}, "tf1"))]:
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [folder]
""".format(str(PACKAGE))


def python(*arguments, **options):
    """Run `python ARGUMENTS` and capture its output."""
    env = dict(os.environ, PYTHONPATH=str(FOLDER.parent), TF_CPP_MIN_LOG_LEVEL="3")
    env.pop("TF_USE_LEGACY_KERAS", None)
    return subprocess.run([sys.executable] + [str(a) for a in arguments], env=env,
                          capture_output=True, text=True, timeout=300, **options)


def run_by_tf1(folder, body, *arguments):
    """Run a script with this text by `python -m zhusuan.tf1`."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(body))
    return python("-W", "error::UserWarning", "-m", "zhusuan.tf1", script, *arguments)


def run_with_shims(folder, body):
    """As above, with the shims alone: without TensorFlow."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(body))
    return python("-c", WITHOUT_TENSORFLOW + textwrap.dedent("""
        from zhusuan.tf1._run_program import run_script
        from zhusuan.tf1._shims import install
        install()
        run_script(sys.argv[1], sys.argv[2:])
        """), script)
