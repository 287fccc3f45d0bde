"""Links to edit a page, where the environment names the repository.

ZHUSUAN_SITE_REPOSITORY is the address of the public repository, such as
https://github.com/OWNER/NAME, and ZHUSUAN_SITE_BRANCH a branch, "main" by default.
Without the first, pages have no such links.
"""
import re

# Pages that the build writes, or that show the source of an example.
GENERATED = re.compile(r"distributions/(?!index$)|examples/|genindex$|search$")


def theme_options(environment):
    """The options of the theme for an environment such as `os.environ`."""
    repository = environment.get("ZHUSUAN_SITE_REPOSITORY")
    if not repository:
        return {}
    return {"source_repository": repository, "source_directory": "docs/",
            "source_branch": environment.get("ZHUSUAN_SITE_BRANCH", "main")}


def hide_link(app, name, template, context, doctree):
    """The theme shows the link if a page has a suffix."""
    if GENERATED.match(name):
        context["page_source_suffix"] = None


def setup(app):
    app.connect("html-page-context", hide_link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
