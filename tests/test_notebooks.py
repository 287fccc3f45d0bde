"""The site offers the tutorials as notebooks."""
import runpy
from pathlib import Path

import markdown_code
import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PAGE = """# Title

See [a page](other.md#part) and [a site](https://b.org).

![A picture](picture.svg)

*TensorFlow 1*

<!-- program: tensorflow-1 -->

```python
one
```

*TensorFlow 2*

<!-- program: tensorflow-2 -->

```python
two
```
"""


@pytest.fixture()
def notebooks():
    return runpy.run_path(str(ROOT / "docs" / "_extensions" / "notebooks.py"))


def test_a_notebook_has_one_of_two_programs(notebooks):
    text, = notebooks["parts"](PAGE)
    assert markdown_code.code_blocks(text, "python") == ["two\n"]
    assert "*TensorFlow 1*" not in text and "<!--" not in text
    assert text.startswith("# Title\n\n*This notebook contains the blocks of its page "
                           "for TensorFlow 2 only.*\n\nSee")


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_the_blocks_are_those_of_the_programs_that_the_tests_run(notebooks, path):
    page = path.read_text(encoding="utf-8")
    programs = markdown_code.programs(page)
    for text in notebooks["parts"](page):
        assert markdown_code.code_blocks(text, "python") in programs


def test_a_page_links_to_its_notebooks(notebooks):
    text = notebooks["with_links"]("tutorials/page", PAGE)
    assert text.startswith("# Title\n\n<p class=\"notebook\"><a href=\"page.ipynb\"")
    two = PAGE + notebooks["BREAK"] + "```python\nthree\n```\n"
    assert notebooks["file_names"]("page", two) == ["page.ipynb", "page-2.ipynb"]
    assert "<a href=\"page-2.ipynb\" download>Download part 2 as a notebook</a>" \
        in notebooks["with_links"]("page", two)


def test_a_page_without_programs_has_no_notebook(notebooks):
    assert notebooks["file_names"]("page", "# Title\n") == []


def test_a_notebook_has_its_pictures_and_no_links_to_pages(notebooks, tmp_path):
    pytest.importorskip("jupytext")
    (tmp_path / "picture.svg").write_text("<svg/>")
    text, = notebooks["parts"]("# T\n\n```bash\npip install\n```\n" + PAGE)
    markdown, code = notebooks["notebook"](text, tmp_path).cells
    assert code.source == "two"
    assert "```text\npip install" in markdown.source
    assert "See a page and [a site](https://b.org)." in markdown.source
    assert "![A picture](attachment:picture.svg)" in markdown.source
    assert markdown.attachments == {"picture.svg": {"image/svg+xml": "PHN2Zy8+"}}


@pytest.mark.slow
@pytest.mark.parametrize("code, reason", [
    ("1 / 0", "ZeroDivisionError"), ("import time\ntime.sleep(60)", "timed out"),
    ("import os\nos._exit(1)", "Kernel died")])
def test_failures_of_a_notebook_are_faults(code, reason, tmp_path, capsys):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    cells = [nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), str(tmp_path / "a.ipynb"))
    main = runpy.run_path(str(ROOT / "tools" / "run_notebooks.py"))["main"]
    main.__globals__["SECONDS_PER_CELL"] = 3
    assert main(str(tmp_path), []) == 1
    out = capsys.readouterr().out
    assert reason in out and out.endswith("1 notebooks, 1 faults\n")
