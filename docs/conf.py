"""Configuration of the site: sphinx-build -W -b html docs FOLDER."""
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, os.path.abspath(".."))
# Ignore deprecation warnings of TensorFlow about its own code.
warnings.filterwarnings("ignore", category=DeprecationWarning)

from pygments.lexers.special import TextLexer  # noqa: E402

import zhusuan  # noqa: E402  needs the path above

project = "ZhuSuan"
author = "The ZhuSuan developers"
copyright = author
version = release = zhusuan.__version__

nitpicky = True  # warn about unresolved references

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]

# Anchors of headings, as in other Markdown viewers, and formulas between $.
myst_heading_anchors = 3
myst_enable_extensions = ["amsmath", "dollarmath"]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"
# Show default values as in the source, such as tf.int32.
autodoc_preserve_defaults = True

html_theme = "alabaster"
html_theme_options = {
    "description": "Probabilistic programming for Bayesian deep learning",
    "page_width": "1060px", "sidebar_width": "240px"}
html_show_sourcelink = False


def setup(app):
    """Show the source of flowcharts without highlighting."""
    app.add_lexer("mermaid", TextLexer)
