"""The documentation is written for this project and repeats no text of 0.4.

The tutorial of 0.4 is `tutorial_vae.txt` in the folder that `ZHUSUAN_SPEC_DIR` names.
Code may be quoted.
"""
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = os.environ.get("ZHUSUAN_SPEC_DIR")
RUN_LENGTH = 14
# Fences, or inline code, which the plain text of the tutorial has on lines of its own.
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`|\$\$.*?\$\$|\\\(.*?\\\)|\$[^$\n]*\$",
                  re.M | re.S)


def words(text):
    """The words of a text in lower case, without code, formulas and punctuation."""
    return re.findall(r"[a-z0-9]+(?:['’][a-z]+)?", CODE.sub(" ", text).lower())


def runs(text):
    """All runs of `RUN_LENGTH` consecutive words."""
    found = words(text)
    return {" ".join(found[i:i + RUN_LENGTH])
            for i in range(len(found) - RUN_LENGTH + 1)}


def test_repeated_words_are_found():
    original = "One two `three` three four five six seven eight nine 10 11\n12 $x$ "
    copy = "> one two three four five (six) seven\n> eight *nine* 10 11 12 "
    assert runs(original + "thirteen fourteen.") == runs(copy + "thirteen\n\nfourteen")
    assert not runs(original + "thirteen.")
    assert not runs("```\n" + original + "thirteen fourteen\n```\n")


@pytest.mark.skipif(not SPEC, reason="ZHUSUAN_SPEC_DIR does not name a folder")
def test_no_page_repeats_the_tutorial_of_0_4():
    tutorial = runs(Path(SPEC, "tutorial_vae.txt").read_text(encoding="utf-8"))
    assert len(tutorial) > 1000
    pages = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    pages += sorted((ROOT / "docs").rglob("*.md"))
    repeated = {page.name: tutorial & runs(page.read_text(encoding="utf-8"))
                for page in pages}
    assert not {name: sorted(shared) for name, shared in repeated.items() if shared}
