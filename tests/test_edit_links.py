"""Pages of the site link to their sources if the environment names a repository."""
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINKS = runpy.run_path(str(ROOT / "docs" / "_extensions" / "edit_links.py"))


def test_there_are_no_links_without_a_repository():
    assert LINKS["theme_options"]({}) == {}


def test_links_lead_to_the_branch():
    options = LINKS["theme_options"]({"ZHUSUAN_SITE_REPOSITORY": "https://b.org/a"})
    assert options == {"source_repository": "https://b.org/a",
                       "source_directory": "docs/", "source_branch": "main"}


@pytest.mark.parametrize("name, is_shown", [
    ("index", True), ("distributions/index", True), ("distributions/Normal", False),
    ("examples", True), ("examples/toy_examples/eight_schools", False)])
def test_pages_without_a_source_have_no_link(name, is_shown):
    context = {"page_source_suffix": ".md"}
    LINKS["hide_link"](None, name, "page.html", context, None)
    assert context == {"page_source_suffix": ".md" if is_shown else None}
