"""How a run is compiled: with XLA or without it, and through which files."""
import inspect
import re
import sys
import warnings
from pathlib import Path

import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from test_run import PRECISION, START, hmc, run

import zhusuan as zs
from zhusuan._tf import programs

every_own_place = pytest.mark.parametrize("place", ["session", "eager"])


@every_own_place
def test_auto_warns_once_with_the_reason_of_xla(place):
    """XLA has no kernel for a Python function."""
    def uncompilable(values):
        x = tf.numpy_function(lambda x: x, [values["x"][:, 0]], tf.float64)
        return -values["x"][:, 0] ** 2 + 0. * tf.ensure_shape(x, [3])

    sampler, start = hmc(), {"x": np.zeros([3, 1])}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outs = [run(place, sampler, uncompilable, start, 5, jit_compile="auto")
                for _ in range(2)]
    np.testing.assert_array_equal(
        outs[0]["x"], run(place, hmc(), uncompilable, start, 5, jit_compile=False)["x"])
    np.testing.assert_array_equal(outs[0]["x"], outs[1]["x"])
    messages = [str(x.message) for x in caught if "XLA" in str(x.message)]
    if modes.IS_TF1:
        assert not messages  # XLA is not tried
        return
    assert len(messages) == 1
    assert "PyFunc" in messages[0] and "jit_compile=False" in messages[0]
    assert "\n" not in messages[0]


@every_own_place
@pytest.mark.parametrize("error", [ValueError, tf.errors.NotFoundError])
def test_auto_raises_errors_of_the_model(place, error):
    """Those of the trace for the compiled loop, which is not traced once more."""
    n_traces = []
    tracing = {"session": "_transitions", "eager": "traced"}[place]

    def faulty(values):
        if tracing in [frame.function for frame in inspect.stack()]:
            n_traces.append(1)
            raise error(*(("of the model",) if error is ValueError else (
                None, None, "of the model")))
        return -values["x"][:, 0] ** 2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match="of the model"):
            run(place, hmc(), faulty, {"x": np.zeros([3, 1])}, 5, jit_compile="auto")
    assert len(n_traces) == 1


def test_only_errors_of_xla_count_as_its_own():
    def error(kind, message):
        return kind(None, None, message)

    for xla in (error(tf.errors.InvalidArgumentError, "Detected unsupported operations "
                      "when trying to compile graph f on XLA_CPU_JIT: PyFunc"),
                error(tf.errors.UnimplementedError, "XLA has no such thing")):
        assert programs.compilation_failure(xla) == str(xla)
    for other in (ValueError("XLA"), KeyError("compile"),
                  error(tf.errors.ResourceExhaustedError, "XLA: out of memory"),
                  error(tf.errors.InvalidArgumentError, "Incompatible shapes")):
        assert programs.compilation_failure(other) is None


def test_a_run_passes_through_the_files_of_the_architecture():
    """The walk in docs/architecture.md, apart from the seam and small helpers."""
    package, page = Path(zs.__file__).parent, Path(__file__).parent.parent / "docs"
    entered = set()

    def record(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and package in path.parents:
            entered.add(path.relative_to(package).as_posix())

    previous = sys.getprofile()
    sys.setprofile(record)
    try:
        run("eager", hmc(), chains.gaussian(PRECISION), START, 3)
    finally:
        sys.setprofile(previous)
    shared = ("_tf/", "distributions/", "framework/", "utils/", "mcmc/_adaptation/")
    walk = (page / "architecture.md").read_text(encoding="utf-8").split(
        "## The calls of `HMC.run`")[1]
    listed = re.findall(r"^\d+\. `([^`]*)`:", walk, re.M)
    assert {path for path in entered if not path.startswith(shared)} == set(listed)
    assert len(listed) == 18
