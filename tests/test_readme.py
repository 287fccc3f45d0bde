"""The program and the links of the README work."""
import os
import re

import modes
import numpy as np
import pytest
import scipy.stats as st
from markdown_code import code_blocks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture(scope="module")
def readme():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return file.read()


@pytest.mark.skipif(modes.IS_TF1, reason="the example is in TensorFlow-2 style")
def test_the_model_is_fitted(readme):
    names = {}
    exec(code_blocks(readme)[0], names)
    mean, sd = exact_moments(names["x"].astype(float), names["y"])
    summary = names["fit"].summary()
    assert summary.names[:2] == ["slope", "offset"]
    # A mean field is near: a mean has the Monte Carlo error of 1000 draws.
    assert np.all(np.abs(summary["mean"][:2] - mean) < 0.2 * sd)
    assert np.all(np.abs(summary["sd"][:2] / sd - 1.) < 0.2)


def exact_moments(x, y):
    """Means and standard deviations of slope and offset, by a sum over the noise."""
    design = np.stack([x, np.ones_like(x)], 1)
    log_weights, means, squares = [], [], []
    for noise in np.linspace(0.2, 1.2, 400):
        covariance = 100. * design @ design.T + noise ** 2 * np.eye(len(x))
        log_weights.append(
            st.multivariate_normal.logpdf(y, np.zeros_like(y), covariance)
            + st.halfnorm.logpdf(noise))
        inverse = np.linalg.inv(design.T @ design / noise ** 2 + np.eye(2) / 100.)
        means.append(inverse @ design.T @ y / noise ** 2)
        squares.append(np.diag(inverse) + means[-1] ** 2)
    weights = np.exp(log_weights - np.max(log_weights))
    mean, square = [np.average(z, axis=0, weights=weights) for z in (means, squares)]
    return mean, np.sqrt(square - mean ** 2)


def test_local_links_resolve(readme):
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    for link in links:
        assert os.path.exists(os.path.join(ROOT, link)), link
