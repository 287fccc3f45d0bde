"""Configuration of the site: sphinx-build -W -b html docs FOLDER."""
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [os.path.abspath(".."), os.path.abspath("_extensions")]
# Ignore deprecation warnings of TensorFlow about its own code.
warnings.filterwarnings("ignore", category=DeprecationWarning)

from docutils import nodes  # noqa: E402
from edit_links import theme_options  # noqa: E402
from pygments.lexers.special import TextLexer  # noqa: E402

import zhusuan  # noqa: E402  needs the path above

project = "ZhuSuan"
author = "The ZhuSuan developers"
copyright = author
version = release = zhusuan.__version__

nitpicky = True  # warn about unresolved references

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_design",
              "api_tables", "edit_links", "example_pages", "generated", "mathml",
              "notebooks", "style_tabs"]
exclude_patterns = ["_build"]

# Anchors of headings, as in other Markdown viewers, and formulas between $.
myst_heading_anchors = 3
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"
# Show default values as in the source, such as tf.int32.
autodoc_preserve_defaults = True

html_theme = "furo"
html_theme_options = theme_options(os.environ)
pygments_dark_style = "github-dark"
html_title = "ZhuSuan %s" % version
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
# The copy button omits prompts and output.
add_module_names = False
toc_object_entries_show_parents = "hide"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app):
    """Show the source of flowcharts without highlighting, and load pictures late."""
    app.add_lexer("mermaid", TextLexer)
    app.connect("doctree-read", load_pictures_late)


def load_pictures_late(app, doctree):
    """Load pictures when they come into view."""
    for image in doctree.findall(nodes.image):
        image["loading"] = "lazy"
