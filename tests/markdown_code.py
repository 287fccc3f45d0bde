"""Code blocks of a Markdown (or plain text) document."""
import re

__all__ = ["code_blocks", "programs", "prose"]

_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Within a page, blocks after this line belong to another program.
_BREAK = "<!-- a new program -->"
# The block after this line belongs to the named program of the page only.
_NAMED_BLOCK = re.compile(r"^<!-- program: (\S+) -->\s*^```python\n(.*?)^```$|"
                          r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code_blocks(text, language=None):
    """The texts between ``` fences, in order; of one language if it is given."""
    return [code for name, code in _BLOCK.findall(text)
            if language in (None, name.strip())]


def programs(page):
    """The Python programs of a page, as lists of blocks.

    Where blocks are named, each name is a program, and blocks without a name belong to
    all of them.
    """
    found = []
    for part in page.split(_BREAK):
        blocks = [(name, named or shared)
                  for name, named, shared in _NAMED_BLOCK.findall(part)]
        names = sorted({name for name, _ in blocks} - {""}) or [""]
        found += [[code for owner, code in blocks if owner in ("", name)]
                  for name in names]
    return [blocks for blocks in found if blocks]


def prose(text):
    """The text without code blocks and inline code."""
    return re.sub(r"`+[^`]*`+", " ", _BLOCK.sub(" ", text))
