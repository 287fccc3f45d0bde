"""What long computations show of their progress: by tqdm, or in lines of text."""
import re
import sys

import chains
import numpy as np
import pytest
from test_run import PRECISION, START, hmc, run, tuned

import zhusuan as zs
from zhusuan.utils._progress_bar import progress_bar

MODEL = chains.gaussian(PRECISION)


@pytest.fixture(params=["tqdm", "lines"])
def display(request, monkeypatch):
    if request.param == "tqdm":
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    return request.param


def last_line(capfd):
    """The last state of the bar, or the last line."""
    return re.split("[\r\n]+", capfd.readouterr().err.strip())[-1]


def test_a_run_shows_statistics_and_the_time_left(display, capfd):
    run("eager", zs.NUTS(), MODEL, START, 10, 5, progress_bar=True)
    shown = last_line(capfd)
    for pattern in ("phase=sampling", "chains=3", "divergent=0", r"acceptance=\d\.\d\d",
                    r"step=\d", r"leapfrogs=\d+\.\d"):
        assert re.search(pattern, shown), shown
    assert ("15/15" if display == "tqdm" else "transition 15 of 15") in shown
    assert re.search(r"<\d\d:\d\d" if display == "tqdm" else ", 0:00 left,", shown)


def test_samplers_with_fixed_leapfrogs_show_what_they_have(display, capfd):
    run("eager", tuned(), MODEL, START, 10, 5, progress_bar=True)
    shown = last_line(capfd)
    assert "step=" in shown and "divergent=0" in shown and "leapfrogs" not in shown
    run("eager", zs.SGLD(1e-3), MODEL, START, 10, progress_bar=True)
    assert last_line(capfd).count("=") == 2  # the phase and the chains


def test_divergences_of_draws_only_are_counted(display, capfd):
    run("eager", hmc(step_size=100.), MODEL, START, 10, 5, progress_bar=True)
    assert "divergent=30" in last_line(capfd)  # all of 3 chains


def test_a_resumed_run_begins_where_the_other_ended(display, capfd):
    before = run("eager", hmc(), MODEL, START, 60)
    whole = run("eager", hmc(), MODEL, START, 80, progress_bar=True, resume=before)
    assert whole.n_samples == 80
    shown = capfd.readouterr().err
    assert "80/80" in shown if display == "tqdm" else "80 of 80" in shown
    assert not re.search(r"\b[1-5]?\d(/| of )80", shown)


def test_lines_are_few_and_estimate_the_time(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    now = [100.]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with progress_bar(1000, "step", n_done=500) as show:
        for n_done in range(501, 1001):
            now[0] += 2.
            show(n_done, loss="%d" % n_done)
    lines = capfd.readouterr().err.splitlines()
    assert lines == ["step %d of 1000, %s left, loss=%d" % (n, left, n) for n, left in [
        (600, "13:20"), (700, "10:00"), (800, "6:40"), (900, "3:20"), (1000, "0:00")]]


def test_nothing_is_shown_unless_wanted(display, capfd):
    run("eager", hmc(), MODEL, START, 10)
    with progress_bar(0, "step") as show:
        show(0)
    with progress_bar(3, "step", is_wanted=False) as show:
        show(3, loss=np.float64(1.))
    assert "step 3" not in capfd.readouterr().err
