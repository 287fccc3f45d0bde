"""tools/check_site.py finds the faults of a built page."""
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOL = runpy.run_path(str(ROOT / "tools" / "check_site.py"))
GOOD = ('<html lang="en"><title>a</title><meta name="viewport" content="a">'
        '<link rel="stylesheet" href="_static/a.css?v=1"><a href="https://b.org">b</a>'
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


def test_pages_without_a_head_are_faults(site):
    assert faults(site, "<h1>a</h1>") == [
        "missing language", "missing title", "missing viewport"]


def test_contrast_is_that_of_wcag():
    assert TOOL["contrast"]("#000", "#ffffff") == pytest.approx(21.)
    assert TOOL["contrast"]("#777777", "#fff") == pytest.approx(4.48, abs=0.005)


def test_colors_of_code_need_contrast_in_each_mode():
    css = (".highlight pre { line-height: 125%; }\n"
           ".highlight { background: #ffffff; color: #000 }\n"
           ".highlight .w { color: #bbbbbb }\n.highlight .c { color: #777777 }\n"
           "dark .highlight { background: #000; color: #fff }\n"
           "dark .highlight .c { color: #777777 }\ndark .highlight .k { color: #444 }")
    assert TOOL["contrast_faults"](css) == [
        "contrast 4.5 of #777777 on #ffffff:.highlight .c",
        "contrast 2.2 of #444 on #000:dark .highlight .k"]


def test_the_weight_includes_what_a_page_loads(site):
    (site / "_static" / "a.woff").write_bytes(b"0" * 1000 * 1000)
    found, = faults(site, GOOD)
    assert found.endswith(" bytes in 4 files")
