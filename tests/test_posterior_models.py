"""The posteriors of posteriordb as models, against NumPy and SciPy."""
import modes
import numpy as np
import tensorflow.compat.v2 as tf
from posteriordb import densities
from posteriordb.every import every
from posteriordb.points import SIMPLEXES, points

from benchmarks import posteriordb
from benchmarks.posteriors import MODELS
from zhusuan._model.target import Target

every_posterior = every(posteriordb.names())
# Solved by Runge-Kutta steps here and by SciPy there.
APPROXIMATE = {"lotka_volterra", "one_comp_mm_elim_abs"}


def make(name):
    return MODELS[posteriordb.posterior(name).model](posteriordb.of_posterior(name))


def latent_points(name):
    """Three points in the latents of the model, stacked as three chains."""
    start = make(name).start
    found = [densities.latents(name, point) for point in points(name)]
    return {latent: np.stack([point[latent] for point in found]) for latent in start}


def log_density_and_gradients(name, values):
    """Of chains, by the model, which is made in the graph that uses it."""
    # AutoGraph of TensorFlow 1.15 converts comprehensions of the models wrongly.
    @tf.autograph.experimental.do_not_convert
    def compute(*position):
        posterior = make(name)
        observed = {node: tf.constant(x) for node, x in posterior.observed.items()}
        log_density, gradients = Target(
            posterior.model, observed, list(values))(list(position))
        return [log_density] + gradients

    log_density, *gradients = modes.run("function", compute, *values.values())
    return log_density, dict(zip(values, gradients))


@every_posterior
def test_log_density_matches_scipy(name):
    values = latent_points(name)
    log_density, _ = log_density_and_gradients(name, values)
    expected = [densities.latent_log_density(name, {
        latent: x[i] for latent, x in values.items()}) for i in range(3)]
    rtol = 2e-5 if posteriordb.posterior(name).model in APPROXIMATE else 1e-10
    np.testing.assert_allclose(  # constants do not matter
        log_density[1:] - log_density[0], np.subtract(expected[1:], expected[0]),
        rtol=rtol, atol=rtol)


STEPS = np.array([1e-4, -1e-4, 2e-4, -2e-4])


def direction_of(latent, x, rng):
    """A direction in which every element of a latent moves, within its support."""
    if latent in SIMPLEXES:
        return np.array([0.1, -0.1])
    return rng.normal(size=x.shape[1:]) * np.std(x, axis=0)


@every_posterior
def test_gradients_match_finite_differences(name):
    """Central differences of two steps, extrapolated, for each latent."""
    values, rng = latent_points(name), np.random.RandomState(0)
    directions = {latent: direction_of(latent, x, rng) for latent, x in values.items()}
    moved = {latent: [x] for latent, x in values.items()}
    for latent in values:
        for step in STEPS:
            for other, x in values.items():
                moved[other].append(
                    x + step * directions[other] if other == latent else x)
    log_density, gradients = log_density_and_gradients(
        name, {latent: np.concatenate(xs) for latent, xs in moved.items()})
    ends = np.reshape(log_density[3:], [len(values), len(STEPS), 3])
    for latent, end in zip(values, ends):
        slopes = [(end[i] - end[i + 1]) / (STEPS[i] - STEPS[i + 1]) for i in (0, 2)]
        expected = (4. * slopes[0] - slopes[1]) / 3.
        product = gradients[latent][:3] * directions[latent]
        np.testing.assert_allclose(
            np.sum(np.reshape(product, [3, -1]), axis=1), expected,
            rtol=1e-6, atol=1e-6 * np.max(np.abs(expected)))


@every_posterior
def test_derived_quantities_are_those_of_the_references(name):
    posterior = make(name)
    values = latent_points(name)
    derived = posterior.derive(values)
    shapes = posteriordb.posterior(name).shapes
    assert {quantity: x.shape[1:] for quantity, x in derived.items()} == shapes
    for i, point in enumerate(points(name)):
        for quantity, x in derived.items():
            np.testing.assert_allclose(x[i], point[quantity], rtol=1e-6, atol=1e-9)
