"""Offer the tutorials as notebooks, which tools/run_notebooks.py executes.

The pages are the source: jupytext makes cells of their blocks and paragraphs. Of the
blocks for TensorFlow 1 and 2, a notebook has those for 2. A page with several programs
has a notebook for each.
"""
import base64
import mimetypes
import re
from pathlib import Path

PAGES = re.compile(r"tutorials/|quick-start$")
BREAK = "<!-- a new program -->\n"
# A block of one of several programs, with the title of its tab.
NAMED = re.compile(r"(?:^\*[^*\n]+\*\n\n)?^<!-- program: (\S+) -->\n\n"
                   r"(```python\n.*?^```\n)", re.M | re.S)
NOTE = "\n\n*This notebook contains the blocks of its page for TensorFlow 2 only.*\n"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:)[^)\s]*\)")
PICTURE = re.compile(r"(!\[[^\]]*\]\()(?!https?:)([^)\s]*)\)")


def parts(page):
    """The text of each notebook of a page, in Markdown with blocks of Python."""
    found = []
    for part in page.split(BREAK):
        names = sorted({name for name, _ in NAMED.findall(part)})
        text = NAMED.sub(lambda block, last=names[-1:]:
                         block.group(2) * ([block.group(1)] == last), part)
        title, _, rest = text.partition("\n")
        found.append(text if len(names) < 2 else title + NOTE + rest)
    return [part for part in found if "```python\n" in part]


def file_names(name, page):
    """The names of the notebooks, which are next to the page."""
    stem = name.split("/")[-1]
    return ["%s%s.ipynb" % (stem, "-%d" % number if number > 1 else "")
            for number, _ in enumerate(parts(page), 1)]


def with_links(name, page):
    """The page with links to its notebooks below its title."""
    files = file_names(name, page)
    texts = ["Download as a notebook"] if len(files) == 1 else [
        "Download part %d as a notebook" % (i + 1) for i in range(len(files))]
    links = ['<a href="%s" download>%s</a>' % pair for pair in zip(files, texts)]
    title, _, rest = page.partition("\n")
    return "%s\n\n<p class=\"notebook\">%s</p>\n%s" % (title, " · ".join(links), rest)


def notebook(text, folder):
    """A notebook with the pictures of its page and without links to other pages."""
    import jupytext
    # Commands of a shell are no cells.
    made = jupytext.reads(re.sub("^```bash$", "```text", text, flags=re.M), fmt="md")
    for number, cell in enumerate(made.cells):
        cell.id = "cell-%d" % number
        if cell.cell_type == "markdown":
            attach_pictures(cell, folder)
            cell.source = LINK.sub(r"\1", cell.source)
    made.metadata = {"kernelspec": {"name": "python3", "language": "python",
                                    "display_name": "Python 3"}}
    return made


def attach_pictures(cell, folder):
    for _, target in PICTURE.findall(cell.source):
        kind, _ = mimetypes.guess_type(target)
        content = base64.b64encode((folder / target).read_bytes()).decode("ascii")
        cell.setdefault("attachments", {})[Path(target).name] = {kind: content}
    cell.source = PICTURE.sub(
        lambda found: "%sattachment:%s)" % (found.group(1), Path(found.group(2)).name),
        cell.source)


def add_links(app, name, source):
    if PAGES.match(name) and parts(source[0]):
        source[0] = with_links(name, source[0])


def write_notebooks(app, error):
    """Write the notebooks of all pages, in the folders of the pages."""
    import nbformat
    if error or app.builder.format != "html":
        return
    for name in filter(PAGES.match, sorted(app.env.found_docs)):
        source = Path(app.env.doc2path(name))
        page = source.read_text(encoding="utf-8")
        for file, text in zip(file_names(name, page), parts(page)):
            path = Path(app.outdir) / Path(name).parent / file
            nbformat.write(notebook(text, source.parent), str(path))


def setup(app):
    # Before the blocks become tabs.
    app.connect("source-read", add_links, priority=400)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
