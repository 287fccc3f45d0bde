"""Show blocks for TensorFlow 1 and for TensorFlow 2 as tabs.

The pages are plain Markdown. A block with a title in italics and the name of its
program becomes a tab, and consecutive ones share a set of tabs::

    *TensorFlow 1*

    <!-- program: tensorflow-1 -->

    ```python
    ```

The choice of a tab applies to all sets of tabs.
"""
import re

FORM = r"^\*%s\*\n\n<!-- program: %s -->\n\n%s\n?"
BLOCK = r"```python\n.*?^```\n"
TAB = re.compile(FORM % (r"([^*\n]+)", r"(\S+)", "(%s)" % BLOCK), re.M | re.S)
TABS = re.compile("(?:%s)+" % FORM % (r"[^*\n]+", r"\S+", BLOCK), re.M | re.S)


def with_tabs(page):
    """The text of a page, with directives for the tabs."""
    return TABS.sub(lambda found: "::::{tab-set}\n%s::::\n\n" % "".join(
        map(tab, TAB.finditer(found.group()))), page)


def tab(found):
    title, program, block = found.groups()
    return ":::{tab-item} %s\n:sync: %s\n\n%s:::\n" % (title, program, block)


def edit_source(app, name, source):
    source[0] = with_tabs(source[0])


def setup(app):
    app.connect("source-read", edit_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
