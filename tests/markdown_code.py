"""Code blocks of a Markdown (or plain text) document."""
import re

_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def code_blocks(text, language=None):
    """The texts between ``` fences, in order; of one language if it is given."""
    return [code for name, code in _BLOCK.findall(text)
            if language in (None, name.strip())]
