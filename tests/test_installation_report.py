"""`python -m zhusuan` reports versions and devices, and checks the installation."""
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan import __main__ as report
from zhusuan._tf.installation import execution_modes, package_version, run_in_mode

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def test_the_program_passes_here():
    done = subprocess.run(
        [sys.executable, "-m", "zhusuan"], capture_output=True, text=True,
        env=dict(os.environ, PYTHONPATH=ROOT))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "zhusuan: " + zs.__version__ in lines
    assert "tensorflow: " + tf.__version__ in lines
    assert "numpy: " + np.__version__ in lines
    assert any(line.startswith("devices: ") and "CPU:0" in line for line in lines)
    for mode in execution_modes():
        assert "check of evidence, {}: passed".format(mode) in lines
    assert "check of HMC, graph: passed" in lines
    assert lines[-1] == "all checks passed"
    assert "Warning" not in done.stderr.replace("DeprecationWarning", "")


def check(function, tolerance=1e-6):
    return report.Check("one", function, 1., tolerance, ["eager"])


@pytest.mark.parametrize("mode", execution_modes())
def test_a_check_passes_within_its_tolerance(mode):
    assert report.describe_failure(check(lambda: tf.constant(1.01), 0.02), mode) is None
    failure = report.describe_failure(check(lambda: tf.constant(1.01), 1e-3), mode)
    assert failure == "the value is 1.01, expected 1"


def test_nan_is_a_failure():
    failure = report.describe_failure(check(lambda: tf.constant(np.nan)), "eager")
    assert failure == "the value is nan, expected 1"


def test_an_error_is_a_failure():
    def fail():
        raise RuntimeError("no kernel\nat this place")

    assert report.describe_failure(check(fail), "eager") == "RuntimeError: no kernel"


@pytest.mark.parametrize("value, status, last", [
    (1., 0, "all checks passed"), (2., 1, "failed checks: 1")])
def test_exit_status(value, status, last, monkeypatch, capsys):
    monkeypatch.setattr(report, "describe_installation", lambda: iter(["a: 1"]))
    monkeypatch.setattr(report, "_checks", lambda: [check(lambda: tf.constant(value))])
    assert report.main([]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a: 1" and lines[-1] == last
    assert lines[1].startswith("check of one, eager: ")


def test_unknown_options_exit_with_status_2():
    with pytest.raises(SystemExit) as found:
        report.main(["--no-such-option"])
    assert found.value.code == 2


def test_version_of_missing_and_broken_packages(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import no_such_package_at_all")
    (tmp_path / "failing_package.py").write_text("raise OSError('no library\\nat all')")
    (tmp_path / "plain_package.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert package_version("no_such_package_at_all") == "not installed"
    assert package_version("broken_package") == (
        "import fails: ModuleNotFoundError: No module named 'no_such_package_at_all'")
    assert package_version("failing_package") == "import fails: OSError: no library"
    assert package_version("plain_package") == "unknown version"
    assert package_version("numpy") == np.__version__


def test_modes_differ():
    """Each mode is what its name says."""
    def is_traced():
        return tf.constant(float(not tf.executing_eagerly()))

    values = {mode: float(run_in_mode(mode, is_traced)) for mode in execution_modes()}
    assert values.pop("eager") == 0.
    assert set(values.values()) == {1.}
