"""What the documentation shows runs, and it leaves nothing out."""
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import modes
import pytest
from markdown_code import code_blocks
from optional_tfp import require_tfp
from test_architecture import PUBLIC

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PROGRAM = Path(__file__).with_name("page_program.py")
# Within a page, what follows is a program of its own.
BREAK = "<!-- a new program -->"
# These have tests of their own, which fill in what the blocks take for granted, or
# compare what they print.
APART = {"looking-at-models.md", "tutorials/vae.md"}


def programs():
    """`(page, number, code)` of all programs of all pages."""
    for path in sorted(DOCS.rglob("*.md")):
        page = path.relative_to(DOCS).as_posix()
        if page not in APART:
            for i, part in enumerate(path.read_text(encoding="utf-8").split(BREAK)):
                blocks = code_blocks(part, "python")
                if blocks:
                    yield page, i, "\n".join(blocks)


@pytest.mark.slow
@pytest.mark.parametrize("code", [
    pytest.param(code, id="%s-%d" % (page, i)) for page, i, code in programs()])
def test_blocks_run_in_order(code, tmp_path):
    if modes.IS_TF1 and "import zhusuan.tf1 as tf" not in code:
        pytest.skip("the page is in TensorFlow-2 style")
    if "tensorflow_probability" in code:
        require_tfp()
    (tmp_path / "page.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "page.py"], cwd=str(tmp_path), text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


def test_there_are_programs():
    assert {page for page, _, _ in programs()} >= {
        "quick-start.md", "tutorials/bnn.md", "tutorials/choosing-an-estimator.md",
        "tutorials/concepts.md", "tutorials/from-tf1-to-tf2.md", "tutorials/mcmc.md"}


def test_local_links_resolve():
    broken = []
    for path in DOCS.rglob("*.md"):
        prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"),
                       flags=re.M | re.S)
        broken += [(path.name, link) for link in re.findall(r"\]\(([^)#:]+)\)", prose)
                   if not (path.parent / link).exists()]
    assert not broken


def test_every_public_module_is_on_a_page():
    api = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("api/*.md"))
    named = set(re.findall(r"automodule:: (\S+)", api))
    public = {"zhusuan" if name == "__init__" else "zhusuan." + name
              for name in PUBLIC} | {"zhusuan.tf1"}
    facades = {"zhusuan." + name for name in (
        "distributions.kl", "distributions.multivariate", "distributions.univariate",
        "legacy.distributions", "legacy.framework")}
    missing = {name for name in public - facades - named
               if not is_on_the_page_of_its_package(name, named)}
    assert not missing


def is_on_the_page_of_its_package(name, named):
    """Whether a module on a page of the API, of the same package, has all its names."""
    package = name.rpartition(".")[0]
    names = set(importlib.import_module(name).__all__)
    return any(names <= set(getattr(importlib.import_module(other), "__all__", ()))
               for other in named
               if other == package or other.rpartition(".")[0] == package)
