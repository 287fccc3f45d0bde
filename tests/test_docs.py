"""The code of the documentation runs, and its pages are complete."""
import importlib
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import markdown_code
import modes
import pytest
from optional_tfp import require_tfp
from test_architecture import PUBLIC

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PROGRAM = Path(__file__).with_name("page_program.py")
# A test of its own compares what its blocks print.
APART = {"looking-at-models.md"}
# Pictures that the build of the site makes.
GENERATED = {DOCS / "images" / name for name in runpy.run_path(
    str(DOCS / "_extensions" / "generated.py"))["PICTURES"]}


def programs():
    """`(page, number, code)` of all programs of all pages."""
    for path in sorted(DOCS.rglob("*.md")):
        page = path.relative_to(DOCS).as_posix()
        if page not in APART:
            text = path.read_text(encoding="utf-8")
            for i, blocks in enumerate(markdown_code.programs(text)):
                yield page, i, "\n".join(blocks)


@pytest.mark.slow
@pytest.mark.parametrize("code", [
    pytest.param(code, id="%s-%d" % (page, i)) for page, i, code in programs()])
def test_blocks_run_in_order(code, tmp_path):
    if modes.IS_TF1 and "import zhusuan.tf1 as tf" not in code:
        pytest.skip("the page is in TensorFlow-2 style")
    if "import tensorflow_probability" in code:
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
        "tutorials/concepts.md", "tutorials/from-tf1-to-tf2.md", "tutorials/mcmc.md",
        "tutorials/vae.md", "guides/contribute-a-distribution.md",
        "guides/debugging.md", "guides/faq.md", "guides/performance.md",
        "guides/shapes.md"}


def test_a_named_block_belongs_to_one_program():
    page = "```python\na\n```\n<!-- program: %s -->\n```python\nb\n```\n" \
        "<!-- program: %s -->\n\n```python\nc\n```\n"
    assert markdown_code.programs(page % ("x", "x")) == [["a\n", "b\n", "c\n"]]
    assert markdown_code.programs(page % ("x", "y")) == [["a\n", "b\n"], ["a\n", "c\n"]]
    assert markdown_code.programs("```python\na\n```\n<!-- a new program -->\n"
                                  "```python\nb\n```\n") == [["a\n"], ["b\n"]]


def test_local_links_resolve():
    broken = []
    for path in DOCS.rglob("*.md"):
        prose = markdown_code.prose(path.read_text(encoding="utf-8"))
        broken += [(path.name, link) for link in re.findall(r"\]\(([^)#:]+)\)", prose)
                   if not (path.parent / link).exists()
                   and (path.parent / link).resolve() not in GENERATED]
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


@pytest.mark.parametrize("page", [
    pytest.param(path, id=path.relative_to(DOCS).as_posix())
    for path in sorted(DOCS.rglob("*.md")) if path.name != "changelog.md"])
def test_headings_are_in_order_and_images_have_texts(page):
    prose = markdown_code.prose(page.read_text(encoding="utf-8"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose, re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in zip(levels, levels[1:]))
    assert all(text.strip() for text in re.findall(r"!\[(.*?)\]\(", prose, re.S))


def test_every_formula_is_closed():
    open_formulas = []
    for path in DOCS.rglob("*.md"):
        prose = markdown_code.prose(path.read_text(encoding="utf-8"))
        displays = prose.count("$$")
        if displays % 2 or (prose.count("$") - 2 * displays) % 2:
            open_formulas.append(path.name)
    assert not open_formulas


def test_blocks_of_the_two_styles_are_tabs_of_the_site():
    tabs = runpy.run_path(str(DOCS / "_extensions" / "style_tabs.py"))
    page = (DOCS / "tutorials" / "vae.md").read_text(encoding="utf-8")
    text = tabs["with_tabs"](page)
    assert text.count(":::{tab-item} TensorFlow 1\n") == page.count("tensorflow-1 -->")
    assert text.count(":::{tab-item} TensorFlow 2\n") == page.count("tensorflow-2 -->")
    assert markdown_code.code_blocks(text) == markdown_code.code_blocks(page)
