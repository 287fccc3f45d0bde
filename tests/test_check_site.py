"""tools/check_site.py finds the faults of a built page."""
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOL = runpy.run_path(str(ROOT / "tools" / "check_site.py"))
GOOD = ('<link rel="stylesheet" href="_static/a.css?v=1"><a href="https://b.org">b</a>'
        '<a href="#b">b</a><a href="page.html#b">b</a>'
        '<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2><img src="_static/a.png" alt="a">')


@pytest.fixture()
def site(tmp_path):
    """A folder with a style, a font and a picture."""
    static = tmp_path.resolve() / "_static"
    static.mkdir()
    (static / "a.css").write_text("p { src: url('a.woff') } q { src: url(data:,) }")
    for name in "a.woff", "a.png":
        (static / name).write_bytes(b"0")
    return static.parent


def faults(site, text):
    (site / "page.html").write_text(text, encoding="utf-8")
    return TOOL["faults"](site / "page.html", site)


def test_a_complete_page_has_no_faults(site):
    assert faults(site, GOOD) == []


@pytest.mark.parametrize("address", [
    "https://b.org/a.js", "//b.org/a.js", "../a.js", "file:///a.js"])
def test_resources_outside_the_site_are_faults(site, address):
    found, = faults(site, GOOD + '<script src="%s"></script>' % address)
    assert found == "external resource: " + address


def test_a_style_is_followed(site):
    style = site / "_static" / "a.css"
    style.write_text('@import "https://b.org/b.css"; p { src: url(b.woff) }')
    assert sorted(faults(site, GOOD)) == [
        "external resource: https://b.org/b.css", "missing resource: b.woff"]


@pytest.mark.parametrize("text, fault", [
    ('<a href="b.html#c">c</a>', "broken link: b.html#c"),
    ('<img src="_static/a.png" alt="">', "picture without a text: _static/a.png"),
    ("<h4>e</h4>", "headings are out of order: [1, 2, 3, 2, 4]"),
    ("<math><merror></merror></math>", "formula with an error")])
def test_other_faults_are_found(site, text, fault):
    assert faults(site, GOOD + text) == [fault]


def test_the_weight_includes_what_a_page_loads(site):
    (site / "_static" / "a.woff").write_bytes(b"0" * 1000 * 1000)
    found, = faults(site, GOOD)
    assert found.endswith(" bytes in 4 files")
