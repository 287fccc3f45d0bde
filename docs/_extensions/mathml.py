"""Write formulas as MathML, which browsers display without scripts.

The site contains the glyphs of the font STIX Two Math that formulas need. Fonts of the
reader without a table of mathematics do not stretch parentheses.
"""
import logging
import re
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from fontTools import subset
from latex2mathml.converter import convert

# Latin, Greek, punctuation, letter-like signs, arrows, operators, brackets, and italic,
# script and double-struck letters.
GLYPHS = [(0x20, 0x7f), (0xa0, 0x100), (0x2d8, 0x2de), (0x391, 0x3f6),
          (0x2015, 0x2017), (0x2026, 0x2027), (0x2032, 0x2034), (0x210b, 0x2135),
          (0x2190, 0x2195), (0x21a6, 0x21a7), (0x2200, 0x2280), (0x2299, 0x229a),
          (0x22a4, 0x22a6), (0x22c0, 0x22c6), (0x22ee, 0x22f0), (0x27e8, 0x27ea),
          (0x1d434, 0x1d468), (0x1d49c, 0x1d4b6), (0x1d538, 0x1d552),
          (0x1d6e2, 0x1d71c)]


# A function whose argument has no parentheses.
FUNCTION = re.compile(r"(<mi>(?:cos|det|exp|log|max|min|sin|tanh)</mi>)"
                      r"(?!<mo|<mrow><mo|<msup|</)")


def mathml(formula, display="inline"):
    """Convert a formula; some commands need another spelling."""
    formula = formula.strip().replace("{aligned}", "{align*}")
    if r"\\" in formula and r"\begin" not in formula:
        formula = r"\begin{align*}%s\end{align*}" % formula
    formula = re.sub(r"\\mathrm\{(\w+)\}", r"\\text{\1}", formula)
    text = convert(formula, xmlns="", display=display).replace(' xmlns=""', "")
    text = text.replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>")  # \sim
    return FUNCTION.sub(r'\1<mspace width="0.167em" />', text)


def visit_inline(translator, node):
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_block(translator, node):
    """Each paragraph of a block is one formula."""
    formulas = [mathml(part, "block") for part in node.astext().split("\n\n")
                if part.strip()]
    translator.body.append('<div class="formula">%s</div>\n'
                           % "".join(formulas))
    raise nodes.SkipNode


def write_font(app, error):
    """Write the glyphs that formulas use as a font of the site."""
    if error or app.builder.format != "html":
        return
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    folder = Path(find_spec("ziamath").origin).parent / "fonts"
    options = subset.Options(flavor="woff", layout_features=[],
                             notdef_outline=True)
    font = subset.load_font(str(folder / "STIXTwoMath-Regular.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for start, end in GLYPHS
                                 for code in range(start, end)])
    subsetter.subset(font)
    subset.save_font(font, str(Path(app.outdir) / "_static" / "math.woff"), options)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
