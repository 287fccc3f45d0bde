"""Scripts in the style of 2018 run unchanged and give the figures of TensorFlow 1.15.

Weights and samples are fixed. Figures whose names end with "ok" compare the moments
of draws with exact ones, at a tolerance of five standard errors and fixed seeds.
"""
import importlib
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import tensorflow.compat.v2 as tf
from old_scripts.record import FOLDER, PROGRAMS, figures, figures_file

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
    # oneDNN corrupted the memory of contrib_layers.py in about every second process of
    # TensorFlow 2.21; without its kernels none failed. 1.15 has none.
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT)] + list(path)),
               TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
    env.pop("TF_USE_LEGACY_KERAS", None)
    runner = [] if ON_TF1 else ["-m", "zhusuan.tf1"]
    return subprocess.run([sys.executable] + runner + PROGRAMS[program], env=env,
                          cwd=FOLDER, capture_output=True, text=True)


def named(lines):
    pairs = [line.rsplit(" ", 1) for line in lines]
    return [(name, float(value)) for name, value in pairs]


def check_figures(program, done):
    assert done.returncode == 0, done.stderr
    given = named(figures(done.stdout))
    wanted = named(Path(figures_file(program)).read_text(encoding="utf-8").splitlines())
    assert [name for name, _ in given] == [name for name, _ in wanted]
    wrong = [(name, value, want) for (name, value), (_, want) in zip(given, wanted)
             if value != pytest.approx(want, rel=1e-5, abs=2e-6)]
    assert not wrong


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
