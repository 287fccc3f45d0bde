"""The program and the links of the README work."""
import os
import re

import modes
import numpy as np
import pytest
from markdown_code import code_blocks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture(scope="module")
def readme():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return file.read()


@pytest.mark.skipif(modes.IS_TF1, reason="the example is in TensorFlow-2 style")
def test_the_model_is_trained(readme):
    names = {}
    exec(code_blocks(readme)[0], names)
    # The exact posterior, by least squares: w ~ N(0, 10^2 I), noise 0.5.
    x = names["x"].numpy()
    design = np.stack([x, np.ones_like(x)], 1)
    precision = design.T @ design / 0.5 ** 2 + np.eye(2) / 10. ** 2
    exact = np.linalg.solve(precision, design.T @ names["y"].numpy() / 0.5 ** 2)
    # Posterior standard deviations are 0.12 and 0.07; Adam stays well within.
    np.testing.assert_allclose(names["mean"].numpy(), exact, atol=0.1)


def test_local_links_resolve(readme):
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    for link in links:
        assert os.path.exists(os.path.join(ROOT, link)), link
