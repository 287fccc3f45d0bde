"""The tutorial of ZhuSuan 0.4 runs as printed."""
import os
import re
import subprocess
import sys

import pytest
from tutorial_program import fill_in, indented

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.environ.get("ZHUSUAN_SPEC_DIR")


@pytest.mark.skipif(not SPEC, reason="ZHUSUAN_SPEC_DIR does not name a folder")
def test_every_block_runs_in_order():
    program = os.path.join(HERE, "tutorial_program.py")
    done = subprocess.run(
        [sys.executable, program, os.path.join(SPEC, "tutorial_vae.txt")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    bounds = re.findall(r"^Epoch \d \(\d+\.\ds\): Lower bound = (\S+)$",
                        done.stdout, re.M)
    first, second = [float(b) for b in bounds]
    assert second > first > -1000.0
    assert re.findall(r"^Images .*", done.stdout, re.M) == [
        "Images of shape (100, 28, 28, 1) in "
        + os.path.join("results", "vae.epoch.2.png")]


def test_indented():
    stripped = "@d\ndef f():\na\nreturn a\nm = f()\nfor t in m:\nif t:\nb\nc\n"
    assert indented(stripped, last_of_loop=("b",)) == (
        "@d\ndef f():\n    a\n    return a\nm = f()\n"
        "for t in m:\n    if t:\n        b\n    c\n")


def test_fill_in():
    full = "def f():\n  a\n  b\n  c\n  return a\n"
    assert fill_in("@d\ndef f():\n  ...\n  return a\nm = f()", full) \
        == "@d\ndef f():\n  a\n  b\n  c\n  return a\nm = f()"
    assert fill_in("def f():\n  a\n  ...\n  c\n  extra\n  ...", full) \
        == "def f():\n  a\n  b\n  c\n  extra\n  return a"
