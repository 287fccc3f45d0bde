"""The page on looking at models runs, and prints what it shows."""
import contextlib
import io
import os
import re

from markdown_code import code_blocks
from tensorflow.python.eager import context

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")


def run(block, names):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(block, names)
    return out.getvalue()


def run_all(text):
    """The block after a block of code holds its output, if any."""
    kinds = re.findall(r"^```(\w+)$", text, re.MULTILINE)
    names, printed = {}, ""
    for kind, block in zip(kinds, code_blocks(text)):
        if kind == "python":
            assert not printed
            printed = run(block, names)
        else:
            assert printed == block
            printed = ""


def test_every_block():
    with open(os.path.join(DOCS, "looking-at-models.md"), encoding="utf-8") as file:
        text = file.read()
    assert text.count("```python") == 4
    run_all(text)  # in a v1 graph, where TensorFlow is 1.15
    with context.eager_mode():
        run_all(text)
