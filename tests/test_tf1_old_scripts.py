"""Scripts in the style of 2018 run unchanged and give the figures of TensorFlow 1.15.

Weights and samples are fixed. Figures whose names end with "ok" compare the moments
of draws with exact ones, at a tolerance of five standard errors and fixed seeds.
"""
import importlib
import os
import warnings
from pathlib import Path

import pytest
import tensorflow.compat.v2 as tf
from compare_old_scripts import compare
from compare_old_scripts import run as run_program

ON_TF1 = tf.__version__.startswith("1.")
ROOT = Path(__file__).resolve().parent.parent
# Optional packages. `removed_names` uses them; the other programs run without them.
EXTRAS = ["tf_keras", "tensorflow_probability", "scipy", "pandas", "yaml", "matplotlib"]
# Some of the names in topics_removed_names.py.
REMOVED = ["numpy.object", "numpy.int", "numpy.Inf", "numpy.product", "time.clock",
           "collections.Mapping", "inspect.getargspec"]


def hide(folder, packages):
    """A folder which, on the path of Python, makes packages look uninstalled."""
    (folder / "sitecustomize.py").write_text(
        "import sys\nsys.modules.update(dict.fromkeys({!r}))\n".format(packages))
    return str(folder)


def run(program, path=()):
    return run_program(program, () if ON_TF1 else ("-m", "zhusuan.tf1"),
                       PYTHONPATH=os.pathsep.join([str(ROOT)] + list(path)))


def check_figures(program, done):
    assert done.returncode == 0, done.stderr
    n_figures, different = compare(program, done.stdout)
    assert n_figures > 0
    assert different == []


@pytest.mark.slow
@pytest.mark.parametrize("program", ["scripts", "package"])
def test_scripts_give_the_figures_of_tensorflow_1_without_extras(program, tmp_path):
    done = run(program, [] if ON_TF1 else [hide(tmp_path, EXTRAS)])
    check_figures(program, done)
    if program == "scripts":  # rows of dropped one-hot columns, in cvae_layers.py
        assert "node 'y' has 1 of 4 values outside the support" in done.stderr


def is_missing(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that will be removed
        return not hasattr(importlib.import_module(module), name)


@pytest.mark.slow
def test_names_that_other_packages_removed_are_provided_and_listed():
    done = run("removed_names")
    check_figures("removed_names", done)
    missing = [name for name in REMOVED if is_missing(*name.split("."))]
    listed = [line for line in done.stderr.splitlines() if "time.clock" in line]
    if missing:
        assert len(listed) == 1, done.stderr
        assert set(missing) <= set(listed[0].rpartition(": ")[2].split(", "))
