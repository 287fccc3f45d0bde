"""The site has a page for each distribution, made from its docstring."""
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tensorflow.python.eager import context

import zhusuan as zs

DOCS = Path(__file__).resolve().parent.parent / "docs"
MODULES = "distribution_pages", "distribution_plots", "generated_files"


@pytest.fixture()
def maker(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_extensions"))
    import distribution_pages
    yield distribution_pages
    for name in MODULES:
        del sys.modules[name]


def row(maker, name):
    return next(case for case in maker.rows() if case.name == name)


def test_every_public_distribution_has_a_page(maker):
    classes = {getattr(zs.distributions, name) for name in zs.distributions.__all__}
    expected = {cls.__name__ for cls in classes if isinstance(cls, type)
                and issubclass(cls, zs.distributions.Distribution)}
    expected -= {"Distribution"}
    assert {case.name for case in maker.rows()} == expected


def test_the_tables_link_to_every_page_and_keep_old_anchors(maker):
    text = maker.tables()
    for case in maker.rows():
        assert text.count("[`%s`](%s.md)" % (case.name, case.name)) == 1
    assert '<span id="concrete--gumbelsoftmax">' in text
    assert "{include} tables.txt" in (DOCS / "distributions" / "index.md").read_text()


def test_a_page_has_density_support_parameters_and_shape(maker):
    text = maker.page(row(maker, "Normal"))
    for part in (r"\frac{1}{\sqrt{2\pi}\,\sigma}", "- `std`: A positive",
                 "| value shape `V` | `[]` |", r"| support | $x \in \mathbb{R}$ |",
                 "![Densities of `Normal`](Normal.svg)"):
        assert part in text


def test_every_page_is_complete(maker):
    for case in maker.rows():
        text = maker.page(case)
        assert re.findall("^## (.*)$", text, re.M) == [
            "Density", "Parameters", "Plot", "Example"]
        assert text.count("$$") == 2
        assert re.search(r"^\| support \| .+ \|$", text, re.M)
        assert "- `" in text.split("## Plot")[0]


def test_support_ends_the_density(maker):
    formulas = [r"$$ p(x) = 1,", r"\qquad z = x,", r"\qquad x \in [0, 1] $$"]
    assert maker.support(row(maker, "Normal"), formulas) == r"$x \in [0, 1]$"


def test_examples_of_sampling_run(maker):
    for case in filter(lambda case: case.is_sampled, maker.rows()):
        lines = maker.sampling(case)
        assert lines[-3:-1] == [">>> samples = dist.sample(1000)",
                                ">>> print(samples.shape)"]
        assert re.match(r"\(1000,", lines[-1])


def test_the_shape_of_samples_is_printed(maker):
    assert maker.sampling(row(maker, "Dirichlet"))[-1] == "(1000, 3)"


def test_a_curve_shows_the_density(maker, monkeypatch):
    plots = sys.modules["distribution_plots"]
    axes = plots.Figure().subplots()
    with context.eager_mode():
        plots.draw_curve(row(maker, "Normal"), {"mean": 1., "std": 2.}, axes, "C0")
    x, density = axes.lines[0].get_data()
    assert x[0] < -3. and x[-1] > 5.
    np.testing.assert_allclose(density, stats.norm.pdf(x, 1., 2.), rtol=1e-4)


def test_heavy_tails_are_cut(maker):
    plots = sys.modules["distribution_plots"]
    with context.eager_mode():
        x = plots.grid(zs.distributions.Cauchy(0., 1.), row(maker, "Cauchy"))
    assert -15. < x[0] < -5. and 5. < x[-1] < 15.


@pytest.mark.parametrize("name", [
    "AR", "Dirichlet", "LKJCholesky", "Multinomial", "Poisson", "Wishart"])
def test_a_plot_is_small_and_the_same_in_each_build(maker, tmp_path, name):
    plots = sys.modules["distribution_plots"]
    path = tmp_path / "plot.svg"
    with context.eager_mode():
        plots.write_plot(row(maker, name), path)
        first = path.read_bytes()
        path.unlink()
        plots.write_plot(row(maker, name), path)
    assert path.read_bytes() == first
    assert 10000 < len(first) < 120000
