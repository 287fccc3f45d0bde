"""Write docs/distributions/index.md and its pictures from the table of the tests.

    python tools/make_distribution_page.py            # text and pictures
    python tools/make_distribution_page.py --text     # text only, quick

Densities, parameters and shapes come from the docstrings; the list of classes and the
parameters of the pictures come from tests/cases.py.
"""
import argparse
import inspect
import re
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "distributions" / "index.md"
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from case_row import Case  # noqa: E402  needs the path above
from cases import CASES  # noqa: E402
from cases_bounded import CENSORED_NORMAL  # noqa: E402

import zhusuan as zs  # noqa: E402

INTRODUCTION = """# Distributions

Made by `tools/make_distribution_page.py` from the docstrings and from the table that
drives the tests, `tests/cases.py`: change those, not this page.

The class `zhusuan.distributions.Distribution` documents the shapes, `group_ndims`,
`is_reparameterized` and `use_path_derivative` of all distributions. Below, `B` is the
batch shape, to which the parameters broadcast; `sample(n)` has the shape `[n] + B + V`
and `log_prob` the shape `B`. The support follows each density; outside of it,
`log_prob` is -inf.
"""


# Without samples and moments, the generic tests do not apply to them.
IMPROPER = [Case(name, [], reference=None, is_reparameterized=False, is_sampled=False)
            for name in ("Flat", "HalfFlat")]


def rows():
    """The first row of each class, by name."""
    first = {}
    for case in [CENSORED_NORMAL] + CASES + IMPROPER:
        first.setdefault(case.name, case)
    return [first[name] for name in sorted(first)]


def page():
    return "\n".join([INTRODUCTION] + [section(case) for case in rows()])


def section(case):
    cls = getattr(zs.distributions, case.name)
    title, body = split_docstring(inspect.getdoc(cls))
    names = [n for n in zs.distributions.__all__
             if getattr(zs.distributions, n) is cls and n != case.name]
    lines = ["## " + " = ".join([case.name] + names), "", title, ""]
    lines += maths(body)
    lines += ["- `{}`".format(signature(cls)),
              "- {}; value shape `V`: {}; {}".format(
                  "discrete" if case.is_discrete else "continuous",
                  value_shape(case), reparameterized(case))]
    lines += ["- {}".format(text) for text in parameters(body)]
    if can_plot(case):
        lines += ["", "![{0}]({0}.png)".format(case.name)]
    return "\n".join(lines) + "\n"


def split_docstring(text):
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


def signature(cls):
    given = [p for n, p in inspect.signature(cls).parameters.items()
             if n not in ("_sentinel", "kwargs")]
    text = ", ".join(
        str(p.replace(default=p.empty, annotation=p.empty)) + default(p) for p in given)
    return "{}({})".format(cls.__name__, text)


def default(parameter):
    if parameter.default is parameter.empty:
        return ""
    return "=" + getattr(parameter.default, "name", repr(parameter.default))


def value_shape(case):
    every = sorted({c.value_ndims for c in CASES + IMPROPER if c.name == case.name})
    return " or ".join(["`[]`", "one axis", "two axes"][ndims] for ndims in every)


def reparameterized(case):
    if case.is_reparameterized:
        return "samples can be reparameterized"
    return "samples pass no gradient" if case.is_sampled else "cannot be sampled"


# -- Pictures --

def can_plot(case):
    """One number per draw, and a reference or a list of values to say where."""
    if case.value_ndims or case in IMPROPER:
        return False
    try:
        curve(case, case.rounded_sets("float64")[0])
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def curve(case, one):
    if case.is_discrete:
        x = case.all_values(one)[:60]
    else:
        truth = case.truth(one)
        low, high = truth.ppf(0.005), truth.isf(0.005)
        x = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 300)
    with np.errstate(all="ignore"):
        density = np.exp(case.log_density(x, one))
    start, end = (x[0], x[-1]) if case.is_discrete else truth.support()
    return x, np.where((x >= start) & (x <= end), density, 0.)


def plot(case, folder):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(4.2, 2.4), dpi=70)
    axes = figure.subplots()
    for one in case.rounded_sets("float64")[:2]:
        x, density = curve(case, one)
        label = ", ".join("{} = {:g}".format(n, float(v)) for n, v in one.items()
                          if np.ndim(v) == 0)
        axes.plot(x, density, "o" if case.is_discrete else "-", label=label)
    axes.set_ylim(bottom=0.)
    if axes.get_legend_handles_labels()[1] != ["", ""]:
        axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(str(folder / (case.name + ".png")), metadata={"Software": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", action="store_true", help="leave the pictures")
    only_text = parser.parse_args().text
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    for case in rows():
        if not only_text and can_plot(case):
            plot(case, PAGE.parent)


if __name__ == "__main__":
    main()
