"""Settings and fixtures of all tests: quiet TensorFlow, fixed seeds, modes, data."""
import gc
import os
import sys

import pytest
from hypothesis import settings

# Before anything imports TensorFlow. pytest-xdist starts a process per core already.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
if sys.version_info < (3, 8):  # TensorFlow 1.15: as later versions have it by default
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

# The examples are run from their folder and are in no installed package.
sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A fixed set of examples and no clock: a failure here is a failure everywhere.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


# TensorFlow's graphs are many small objects. The collector would take 7 % of the time.
gc.set_threshold(20000, 20, 20)

# `pytest` runs one mode of each test, the first that it has of these. The others are
# slow tests, which CI runs as well; but the mode "function" traces the same Python code
# as "xla" does, or as "graph" on TensorFlow 1.15. Only `--all-modes` runs it there.
QUICK_MODES = ["eager", "graph", "session"]
if sys.version_info < (3, 8):  # TensorFlow 1.15
    QUICK_MODES = ["graph", "session", "eager"]
MODES = QUICK_MODES + ["graph-ref", "function", "xla"]
TWIN_OF_FUNCTION = "graph" if sys.version_info < (3, 8) else "xla"


def pytest_addoption(parser):
    parser.addoption("--all-modes", action="store_true",
                     help="run the mode function where another traces the same code")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Mark the modes that are slow; skip those not tried on TensorFlow 1.15."""
    modes = {}
    for item in items:
        modes.setdefault(_function(item), set()).add(_mode(item))
    if not config.getoption("--all-modes"):
        items[:] = [item for item in items if not (
            _mode(item) == "function" and TWIN_OF_FUNCTION in modes[_function(item)])]
    for item in items:
        mode = _mode(item)
        quick = next((m for m in QUICK_MODES if m in modes[_function(item)]), None)
        if mode is not None and mode != quick:
            item.add_marker(pytest.mark.slow)
        if mode == "xla" and sys.version_info < (3, 8) and getattr(
                _params(item).get("case"), "is_derived", False):
            item.add_marker(pytest.mark.skip(
                reason="XLA of TensorFlow 1.15 was not tried with derived rows"))


def _mode(item):
    """The mode of TensorFlow, by any name that tests give it; None without one."""
    found = [_params(item).get(name) for name in ("mode", "place", "program")]
    return next((mode for mode in found if mode in MODES), None)


def _params(item):
    return item.callspec.params if hasattr(item, "callspec") else {}


def _function(item):
    return item.fspath, getattr(item, "originalname", None)


@pytest.fixture(params=["graph", "eager", "function", "xla"])
def mode(request):
    """Each of the ways to run TensorFlow code; see `modes.run`."""
    return request.param


@pytest.fixture
def replace_draws(monkeypatch):
    """A function that replaces the random numbers which the library draws.

    ``replace_draws(normal=tf.zeros)`` takes functions of a shape and a dtype, by the
    name of the law: `normal` or `uniform`.
    """
    def replace(**functions):
        for name, function in functions.items():
            monkeypatch.setattr("zhusuan._tf.random_numbers." + name, function)

    return replace


@pytest.fixture
def n_programs(monkeypatch):
    """A list with an item for each program that is made."""
    from zhusuan._tf import programs
    made, make = [], programs.build_program

    def program(*args):
        made.append(1)
        return make(*args)

    monkeypatch.setattr(programs, "build_program", program)
    return made


@pytest.fixture
def quick_collections():
    """Let `gc.collect` leave out the many objects that earlier tests have left."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def fresh_graph():
    """Leave nothing in the default graph for the next test."""
    yield
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].compat.v1.reset_default_graph()


@pytest.fixture(scope="session")
def data_dir():
    """The folder with the real data sets (MNIST, UCI); skip without it."""
    folder = os.environ.get("ZHUSUAN_TEST_DATA")
    if not folder:
        pytest.skip("ZHUSUAN_TEST_DATA does not name a folder with data sets")
    return folder
