"""The tutorial runs as printed and matches the published one."""
import os
import re
import subprocess
import sys

import pytest
from markdown_code import code_blocks
from tutorial_program import TUTORIAL, fill_in

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = os.environ.get("ZHUSUAN_SPEC_DIR")


def test_every_block_runs_in_order():
    program = os.path.join(HERE, "tutorial_program.py")
    done = subprocess.run([sys.executable, program], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    bounds = re.findall(r"^Epoch \d \(\d+\.\ds\): Lower bound = (\S+)$",
                        done.stdout, re.M)
    first, second = [float(b) for b in bounds]
    assert second > first > -1000.0
    assert re.findall(r"^Images .*", done.stdout, re.M) == [
        "Images of shape (100, 28, 28, 1) in "
        + os.path.join("results", "vae.epoch.2.png")]


@pytest.mark.skipif(not SPEC, reason="ZHUSUAN_SPEC_DIR does not name a folder")
def test_blocks_match_the_original_document():
    def normalized(path):
        with open(path, encoding="utf-8") as file:
            return [[line.strip() for line in block.splitlines()]
                    for block in code_blocks(file.read())]

    original = normalized(os.path.join(SPEC, "tutorial_vae.txt"))
    assert len(original) == 20
    assert normalized(TUTORIAL) == original


def test_every_formula_is_closed():
    with open(TUTORIAL, encoding="utf-8") as file:
        prose = re.sub(r"^```.*?^```$", "", file.read(), flags=re.M | re.S)
    assert prose.count("$$") % 2 == 0
    inline = prose.replace("$$", "")
    assert inline.count("$") % 2 == 0


def test_fill_in():
    full = "def f():\n  a\n  b\n  c\n  return a\n"
    assert fill_in("@d\ndef f():\n  ...\n  return a\nm = f()", full) \
        == "@d\ndef f():\n  a\n  b\n  c\n  return a\nm = f()"
    assert fill_in("def f():\n  a\n  ...\n  c\n  extra\n  ...", full) \
        == "def f():\n  a\n  b\n  c\n  extra\n  return a"
