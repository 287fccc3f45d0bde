"""Write formulas as MathML, which browsers display without scripts and fonts."""
from docutils import nodes
from latex2mathml.converter import convert


def visit_inline(translator, node):
    translator.body.append(convert(node.astext().strip()))
    raise nodes.SkipNode


def visit_block(translator, node):
    """Each paragraph of a block is one formula."""
    ids = "".join('<span id="%s"></span>' % name for name in node["ids"])
    formulas = [convert(aligned(part.strip()), display="block")
                for part in node.astext().split("\n\n") if part.strip()]
    translator.body.append('<div class="formula">%s%s</div>\n' % (ids, "".join(formulas)))
    raise nodes.SkipNode


def aligned(formula):
    r"""Put a formula with `\\` between lines into the environment that they require."""
    if r"\\" in formula and r"\begin" not in formula:
        return r"\begin{aligned}%s\end{aligned}" % formula
    return formula


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
