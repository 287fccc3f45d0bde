"""Check the pages of the built site.

    python tools/check_site.py FOLDER

A page requires no network: it loads scripts, styles, fonts and pictures from the
folder only. It weighs less than 1 MB with all of them. Links within the site lead to
files, pictures have alternative texts, and headings are in order.
"""
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LIMIT = 1000 * 1000
LOADED_LINKS = {"icon", "manifest",
                "modulepreload", "prefetch", "preload", "stylesheet"}
CSS_URL = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""")


class Page(HTMLParser):
    """The resources, links and headings of a page, and its pictures without a text."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.links, self.levels, self.silent = [], [], [], []
        self.is_failed_formula = "<merror" in text
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "link" and LOADED_LINKS & set(attributes.get("rel", "").split()):
            self.loaded.append(attributes["href"])
        elif tag in ("audio", "embed", "iframe", "img", "script", "source", "video"):
            self.loaded += [attributes["src"]] if attributes.get("src") else []
        elif tag == "object":
            self.loaded.append(attributes.get("data", ""))
        elif tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "img" and not (attributes.get("alt") or "").strip():
            self.silent.append(attributes.get("src"))
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))


def faults(path, folder):
    """The faults of a page, as texts."""
    page = Page(path.read_text(encoding="utf-8"))
    files, texts = loaded_files(path, page.loaded, folder)
    texts += ["broken link: %s" % link for link in page.links
              if is_broken(path, urlsplit(link))]
    texts += ["picture without a text: %s" % name for name in page.silent]
    if path.name != "search.html" and not is_in_order(page.levels):
        texts.append("headings are out of order: %s" % page.levels)
    if page.is_failed_formula:
        texts.append("formula with an error")
    size = sum(file.stat().st_size for file in files | {path})
    if size >= LIMIT:
        texts.append("%d bytes in %d files" % (size, len(files) + 1))
    return texts


def is_broken(path, link):
    """Whether a link within the site leads to no file."""
    return not (link.scheme or link.netloc or not link.path
                or (path.parent / unquote(link.path)).is_file())


def is_in_order(levels):
    """Whether headings begin at level 1 and skip no level downwards."""
    return levels[:1] == [1] and all(
        below <= above + 1 for above, below in zip(levels, levels[1:]))


def loaded_files(source, addresses, folder):
    """The files that a page or a style loads, and the addresses that are none."""
    files, texts = set(), []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme == "data":
            continue
        file = (source.parent / unquote(parts.path)).resolve()
        if parts.scheme or parts.netloc or folder not in file.parents:
            texts.append("external resource: %s" % address)
        elif not file.is_file():
            texts.append("missing resource: %s" % address)
        elif file not in files:
            files.add(file)
            if file.suffix == ".css":
                urls = CSS_URL.findall(file.read_text(encoding="utf-8"))
                more_files, more_texts = loaded_files(file, urls, folder)
                files, texts = files | more_files, texts + more_texts
    return files, texts


def main(folder):
    folder = Path(folder).resolve()
    pages = sorted(folder.rglob("*.html"))
    found = ["%s: %s" % (path.relative_to(folder), text)
             for path in pages for text in faults(path, folder)]
    print("\n".join(found + ["%d pages, %d faults" % (len(pages), len(found))]))
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
