"""The posterior of a ladder VAE: products of normal densities."""
import os
import runpy

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "examples",
                       "variational_autoencoders", "ladder_vae.py")
pytestmark = pytest.mark.skipif(
    tf.__version__.startswith("1."), reason="needs TensorFlow 2")


@pytest.fixture(scope="module")
def multiply_normals():
    return runpy.run_path(EXAMPLE)["multiply_normals"]


@pytest.mark.parametrize("a, b", [((0.3, -0.5), (-1.2, 0.4)), ((2., 0.), (2.5, 0.)),
                                  ((-1., 1.), (1., -1.))])
def test_multiply_normals_matches_the_normalized_product(multiply_normals, a, b):
    (mean_a, logstd_a), (mean_b, logstd_b) = a, b
    densities = [stats.norm(mean_a, np.exp(logstd_a)).pdf,
                 stats.norm(mean_b, np.exp(logstd_b)).pdf]

    def moment(k):
        return integrate.quad(
            lambda x: x ** k * densities[0](x) * densities[1](x), -10, 10,
            epsabs=1e-13, points=[mean_a, mean_b])[0]

    mean = moment(1) / moment(0)
    std = (moment(2) / moment(0) - mean ** 2) ** 0.5
    result = multiply_normals(*tf.constant([mean_a, logstd_a, mean_b, logstd_b]))
    np.testing.assert_allclose(result, [mean, np.log(std)], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("logstd", [50., 200.])
def test_multiply_normals_with_extreme_scales_is_the_narrow_density(
        multiply_normals, logstd):
    for arguments in [0.5, -logstd, 3., logstd], [3., logstd, 0.5, -logstd]:
        result = multiply_normals(*tf.constant(arguments))
        np.testing.assert_allclose(result, [0.5, -logstd], rtol=1e-6)
