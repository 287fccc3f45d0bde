"""Add a page with the source of each example, to which the gallery links."""
from html import escape
from pathlib import Path


def pages(app):
    examples = Path(app.confdir).parent / "examples"
    for path in sorted(examples.glob("*/*.py")):
        name = path.relative_to(examples.parent).as_posix()
        code = app.builder.highlighter.highlight_block(
            path.read_text(encoding="utf-8"), "python")
        gallery = '<p><a href="../../examples.html">All examples</a></p>'
        body = "<h1>%s</h1>\n%s\n%s" % (escape(path.name), gallery, code)
        yield name[:-len(".py")], {"title": path.name, "body": body}, "page.html"


def setup(app):
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
