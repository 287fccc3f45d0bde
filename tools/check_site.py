"""Check the pages of the built site.

    python tools/check_site.py FOLDER

A page requires no network: it loads scripts, styles, fonts and pictures from the
folder only. It weighs less than 1 MB with all of them. Links within the site lead to
files, pictures have alternative texts, and headings are in order. Pages have a
language, a title and a width for phones. The colors of highlighted code, in light and
in dark mode, have the contrast that level AA of WCAG 2.1 requires.
"""
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LIMIT = 1000 * 1000
CONTRAST = 4.5  # of WCAG 2.1, 1.4.3
LOADED_LINKS = {"icon", "manifest",
                "modulepreload", "prefetch", "preload", "stylesheet"}
# Tokens of spaces, and numbers of lines, which the site does not show.
INVISIBLE = re.compile(r"[.]w$|linenos")
RULE = re.compile(r"([^{}\n]*)[.]highlight\b([^{},]*)[{]([^{}]*)[}]")
CSS_URL = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s;]+)""")


class Page(HTMLParser):
    """The resources, links and headings of a page, and its pictures without a text."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.links, self.levels, self.silent = [], [], [], []
        self.missing = {"language", "title", "viewport"}
        self.is_failed_formula = "<merror" in text
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html" and attributes.get("lang"):
            self.missing.discard("language")
        if tag == "title" or attributes.get("name") == "viewport":
            self.missing.discard(attributes.get("name", "title"))
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
    texts += ["missing %s" % part for part in sorted(page.missing)]
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


def contrast_faults(css):
    """The colors of highlighted code with less contrast than `CONTRAST`."""
    paper, texts = {}, []
    for mode, token, rule in RULE.findall(css):
        rule = dict(re.findall(r"([a-z-]+): *(#[0-9a-fA-F]{3,6})", rule))
        if not token.strip():
            paper[mode] = rule.get("background")
        color = rule.get("color")
        below = rule.get("background-color", paper.get(mode))
        if color and below and not INVISIBLE.search(token.strip()):
            ratio = contrast(color, below)
            if ratio < CONTRAST:
                texts.append("contrast %.1f of %s on %s:%s.highlight%s" % (
                    ratio, color, below, mode, token.rstrip()))
    return texts


def contrast(color, other):
    """The contrast ratio of two colors, `#rgb` or `#rrggbb`, from 1 to 21."""
    dark, light = sorted([luminance(color), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    """The relative luminance by WCAG 2.1."""
    digits = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
    parts = [int(digits[i:i + 2], 16) / 255. for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]
    return sum(map(lambda a, b: a * b, (0.2126, 0.7152, 0.0722), linear))


def main(folder):
    folder = Path(folder).resolve()
    pages = sorted(folder.rglob("*.html"))
    found = ["%s: %s" % (path.relative_to(folder), text)
             for path in pages for text in faults(path, folder)]
    style = folder / "_static" / "pygments.css"
    found += contrast_faults(style.read_text(encoding="utf-8"))
    print("\n".join(found + ["%d pages, %d faults" % (len(pages), len(found))]))
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
