"""Write a page for each distribution, with a plot, and the tables of their index.

The densities, parameters and shapes come from the docstrings. The list of classes and
the parameters of examples and plots come from the table of the tests, tests/cases.py.
Each build of the site runs this file (see generated.py). It writes the pages to
docs/distributions/, where Git ignores them; index.md includes the tables.
"""
import inspect
import re
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "distributions"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from case_row import Case  # noqa: E402  needs the path above
from cases import CASES  # noqa: E402
from cases_bounded import CENSORED_NORMAL  # noqa: E402
from distribution_plots import write_plot  # noqa: E402
from generated_files import write_changed  # noqa: E402

import zhusuan as zs  # noqa: E402

KINDS = ("Continuous distributions of numbers", "Discrete distributions of numbers",
         "Distributions of vectors and matrices")

# Without samples and moments, the generic tests do not apply to them.
IMPROPER = [Case(name, [{}], reference=None, is_reparameterized=False, is_sampled=False)
            for name in ("Flat", "HalfFlat")]
# Of classes whose density does not state it.
SUPPORTS = {
    "Censored": "values of the support of `dist` in $[a, b]$",
    "HiddenMarkov": "sequences of T values in the supports of the emissions",
    "MaskedDistribution": "the support of `dist`",
    "Mixture": "the union of the supports of the components",
    "MixtureSameFamily": "the union of the supports of the components",
    "TransformedDistribution": "the image of the support of the base under $f$",
}


def rows():
    """The first row of each class, by name."""
    first = {}
    for case in [CENSORED_NORMAL] + CASES + IMPROPER:
        first.setdefault(case.name, case)
    return [first[name] for name in sorted(first)]


# -- The index --

def tables():
    """A table for each kind of distribution, which links to the pages."""
    lines = []
    for number, title in enumerate(KINDS):
        lines += ["## " + title, "", "| distribution | summary |", "|---|---|"]
        lines += [summary(case) for case in rows() if kind(case) == number] + [""]
    names = [case.name for case in rows()]
    return "\n".join(lines + ["```{toctree}", ":hidden:", ""] + names + ["```", ""])


def kind(case):
    """The index of its kind in `KINDS`."""
    return 2 if case.value_ndims else int(case.is_discrete)


def summary(case):
    """A row of a table, with the anchor of the section that preceded the page."""
    title, _ = split_docstring(case)
    anchor = re.sub("[^a-z0-9 ]", "", heading(case).lower()).replace(" ", "-")
    return '| <span id="%s"></span>[`%s`](%s.md) | %s |' % (
        anchor, case.name, case.name, title.replace("|", "\\|"))


def heading(case):
    """The name of the class, and its other names."""
    cls = getattr(zs.distributions, case.name)
    names = [n for n in zs.distributions.__all__
             if getattr(zs.distributions, n) is cls and n != case.name]
    return " = ".join([case.name] + names)


# -- A page --

def page(case):
    """The page of a distribution in Markdown."""
    title, body = split_docstring(case)
    formulas = maths(body)
    lines = ["# " + heading(case), "", title, "", "## Density", ""] + formulas
    lines += properties(case, formulas)
    lines += ["", "## Parameters", "", "`%s`" % signature(case), ""]
    lines += ["- " + text for text in parameters(body)]
    lines += ["", "## Plot", "", "![%s](%s.svg)" % (caption(case), case.name),
              "", "*%s.*" % caption(case), "", "## Example", ""]
    lines += ["```pycon"] + example(body) + sampling(case) + ["```"]
    return "\n".join(lines) + "\n"


def split_docstring(case):
    text = inspect.getdoc(getattr(zs.distributions, case.name))
    title, _, body = text.partition("\n\n")
    return markdown(" ".join(title.split())), body.split("\n")


def maths(lines):
    """The blocks below ``.. math::``, as blocks that Markdown viewers typeset."""
    blocks, inside = [], False
    for line in lines:
        if line.startswith(".. math::"):
            blocks, inside = blocks + ["$$"], True
        elif inside and line and not line.startswith(" "):
            blocks, inside = blocks + ["$$", ""], False
        elif inside and line.strip():
            blocks.append(line.strip())
    return blocks + (["$$", ""] if inside else [])


def properties(case, formulas):
    return ["| property | value |", "|---|---|",
            "| values | %s |" % ("discrete" if case.is_discrete else "continuous"),
            "| support | %s |" % support(case, formulas),
            "| value shape `V` | %s |" % value_shape(case),
            "| samples | %s |" % reparameterized(case),
            "| reference | {py:class}`zhusuan.distributions.%s` |" % case.name]


def support(case, formulas):
    """The condition on the value that the density ends with."""
    parts = " ".join(formulas).replace("$$", "").split(r"\qquad")
    found = [part.strip(" ,") for part in parts
             if re.match(r" *(?:[xy](_k)? (\\in|\\ge|>) |X (\\in|= X\^T)|L_\{kk\} >)",
                         part)]
    return SUPPORTS.get(case.name) or "$%s$" % found[-1]


def value_shape(case):
    every = sorted({c.value_ndims for c in CASES + IMPROPER if c.name == case.name})
    return " or ".join(["`[]`", "one axis", "two axes"][ndims] for ndims in every)


def reparameterized(case):
    if case.is_reparameterized:
        return "can be reparameterized"
    return "pass no gradient" if case.is_sampled else "not available"


def signature(case):
    cls = getattr(zs.distributions, case.name)
    given = [p for n, p in inspect.signature(cls).parameters.items()
             if n not in ("_sentinel", "kwargs")]
    text = ", ".join(
        str(p.replace(default=p.empty, annotation=p.empty)) + default(p) for p in given)
    return "{}({})".format(cls.__name__, text)


def default(parameter):
    if parameter.default is parameter.empty:
        return ""
    return "=" + getattr(parameter.default, "name", repr(parameter.default))


def parameters(lines):
    """Each ``:param name: text`` as one line of Markdown."""
    found = []
    for line in lines:
        if line.startswith(":param "):
            name, _, text = line[len(":param "):].partition(":")
            found.append("`{}`: {}".format(name, text.strip()))
        elif line.startswith("    ") and found and not line.startswith("    >>>"):
            found[-1] += " " + line.strip()
        elif found and not line.strip():
            break
    return [markdown(text) for text in found]


def markdown(text):
    """The few marks of reStructuredText that the docstrings use, in Markdown."""
    text = re.sub(":math:`([^`]*)`", r"$\1$", text)
    return re.sub(":class:`~?(?:[^`]*[.])?([^`.]*)`", r"`\1`", text).replace("``", "`")


def caption(case):
    shown = "Draws of" if case.value_ndims else "Densities of"
    return "%s `%s`" % ("Probabilities of" if case.is_discrete else shown, case.name)


# -- Examples --

def example(lines):
    """The first example of a docstring with its output."""
    start = next(i for i, line in enumerate(lines) if line.lstrip().startswith(">>>"))
    block = lines[start:]
    if "" in block:
        block = block[:block.index("")]
    return [line[len(lines[start]) - len(lines[start].lstrip()):] for line in block]


def sampling(case):
    """Lines that draw samples and print their shape.

    Where the table builds the distribution by a function of its own, the lines
    continue the example of the docstring, which defines `dist`.
    """
    if not case.is_sampled:
        return []
    lines = [] if case.build else [">>> dist = zs.distributions.%s(%s)" % (
        case.name, ", ".join("%s=%r" % pair for pair in arguments(case).items()))]
    lines += [">>> samples = dist.sample(1000)", ">>> print(samples.shape)"]
    _, body = split_docstring(case)
    return lines + [printed_shape(example(body) * bool(case.build) + lines)]


def arguments(case):
    given = {**case.rounded_sets("float64")[0], **case.options}
    return {name: np.asarray(value).tolist() for name, value in given.items()}


def printed_shape(lines):
    """The shape of `samples` after the statements of an example."""
    statements = [line[4:] for line in lines
                  if line.startswith((">>> ", "... ")) and "print(" not in line]
    names = {"zs": zs}
    exec("\n".join(statements), names)
    return str(names["samples"].shape)


def write_all():
    write_changed(FOLDER / "tables.txt", tables())
    for case in rows():
        write_changed(FOLDER / (case.name + ".md"), page(case))
        write_plot(case, FOLDER / (case.name + ".svg"))


if __name__ == "__main__":
    write_all()
