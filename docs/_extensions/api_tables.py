"""Begin each page of the API with a table of the names that it documents."""
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

TYPES = {"class", "data", "exception", "function"}


def add_table(app, doctree):
    """Insert the table after the title and the introduction of the page."""
    if Path(doctree["source"]).parent.name != "api":
        return
    described = [node for node in doctree.findall(addnodes.desc)
                 if node["objtype"] in TYPES and is_outermost(node)]
    rows = [row(node) for node in described if node.children[0].get("ids")]
    if rows:
        section = next(doctree.findall(nodes.section))
        section.insert(1, table(rows))


def is_outermost(node):
    while node.parent is not None:
        node = node.parent
        if isinstance(node, addnodes.desc):
            return False
    return True


def row(described):
    """The name of an object, as a link, and the first paragraph of its docstring."""
    signature = described.children[0]
    name = nodes.literal("", signature["fullname"].split(".")[-1])
    link = nodes.reference("", "", name, refid=signature["ids"][0], internal=True)
    content = described.next_node(addnodes.desc_content)
    text = [child.deepcopy() for paragraph in content.children[:1]
            if isinstance(paragraph, nodes.paragraph) for child in paragraph]
    return [nodes.paragraph("", "", link), nodes.paragraph("", "", *text)]


def table(rows):
    body = nodes.tbody("", *[
        nodes.row("", *[nodes.entry("", cell) for cell in cells]) for cells in rows])
    head = nodes.thead("", nodes.row("", *[
        nodes.entry("", nodes.paragraph(text=text)) for text in ("name", "summary")]))
    columns = [nodes.colspec(colwidth=width) for width in (30, 70)]
    return nodes.table("", nodes.tgroup("", *columns, head, body, cols=2),
                       classes=["summary"])


def setup(app):
    app.connect("doctree-read", add_table)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
