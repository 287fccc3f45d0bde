"""Code blocks of a Markdown (or plain text) document."""
import re

_BLOCK = re.compile(r"^```[^\n`]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code_blocks(text):
    """The texts between ``` fences, in order."""
    return _BLOCK.findall(text)
