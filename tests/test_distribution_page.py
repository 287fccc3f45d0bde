"""The page of distributions agrees with the docstrings and the table."""
import sys
from pathlib import Path

import pytest

import zhusuan as zs

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture()
def maker(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import make_distribution_page
    yield make_distribution_page
    del sys.modules["make_distribution_page"]


def test_the_text_is_up_to_date(maker):
    assert maker.PAGE.read_text(encoding="utf-8") == maker.page(), (
        "run: python tools/make_distribution_page.py")


def test_each_picture_exists_and_is_small(maker):
    plotted = list(filter(maker.can_plot, maker.rows()))
    assert plotted
    for case in plotted:
        picture = maker.PAGE.parent / (case.name + ".png")
        assert 1000 < picture.stat().st_size < 30000


def test_a_section_has_density_parameters_and_shape(maker):
    row = next(case for case in maker.rows() if case.name == "Normal")
    text = maker.section(row)
    for part in r"\frac{1}{\sqrt{2\pi}\,\sigma}", "`std`: A positive", "`V`: `[]`":
        assert part in text


def test_examples_of_sampling_run(maker):
    lines = [line for case in maker.rows() for line in maker.sampling(case)]
    assert len(lines) > 40
    for line in lines:
        exec(line[len(">>> "):], {"zs": zs})
