"""Write generated files of the site, and keep those that do not change."""


def write_changed(path, text):
    """Write a file unless it has the text already: Sphinx reads newer files again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
