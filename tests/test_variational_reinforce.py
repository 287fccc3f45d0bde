"""elbo().reinforce(): its expectation is exact, and its moving mean behaves."""
import gc

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from estimators import (
    all_tuples,
    bit_log_weights,
    bit_model,
    bit_posterior,
    gradients,
)

import zhusuan as zs

X = 1.3
PARAMETERS = [np.array(p, np.float64) for p in (
    [0.3, -1.2], [2., -0.7], [-0.4, 0.9])]  # prior, weights, logits

# A graph also with the old reference variables.
MODES_AND_VARIABLES = [("graph", False)] + [
    (mode, True) for mode in ("graph", "eager", "function", "xla")]


def exact_gradients(*parameters):
    def bound(prior, weights, logits):
        log_weights, q = bit_log_weights(prior, weights, logits, X)
        return tf.reduce_sum(q * log_weights)
    return gradients(bound, *parameters)


def expected_gradients(n_samples, **options):
    """A function of the parameters that is one step of training."""
    held = {}
    model = bit_model(held)

    def expected_cost(prior, weights, logits):
        held.update(prior=prior, weights=weights)
        q, p = bit_posterior(logits, all_tuples(n_samples, 2))
        bound = zs.variational.elbo(
            model, {"x": np.float64(X)}, variational=q, axis=0)
        return tf.reduce_sum(p * bound.reinforce(**options))
    return lambda *parameters: gradients(expected_cost, *parameters)


@pytest.mark.parametrize("n_samples, options", [
    (1, {"decay": 0.3}), (2, {}), (2, {"variance_reduction": False})], ids=str)
def test_expected_gradient_is_exact_at_each_step(mode, n_samples, options):
    """Summed over all tuples of samples; whatever the moving mean has seen."""
    step = modes.program(mode, lambda: expected_gradients(n_samples, **options))
    exact = modes.run("eager", exact_gradients, *PARAMETERS)
    for _ in range(3):
        for estimate, truth in zip(step(*PARAMETERS), exact):
            np.testing.assert_allclose(estimate, -truth, rtol=1e-9, atol=1e-12)


# -- The moving mean ------------------------------------------------------------

def log_joint(values):
    """A model whose log joint density is what is observed."""
    return values["x"] + values["z"]


def signal_step(decay=0.8, n_calls=1):
    """A function of log weights that returns the signals l - (moving mean)."""
    def model(values):
        return log_joint(values)

    def step(x):
        log_q = tf.zeros_like(x)

        def cost(log_q):
            bound = zs.variational.elbo(
                model, {"x": x}, variational=posterior(log_q))
            return tf.reduce_sum(sum(
                bound.reinforce(decay=decay) for _ in range(n_calls)))
        return -gradients(cost, log_q)[0]
    return step


class Flat(zs.distributions.Distribution):
    """A distribution with one value, 0, and a given log probability."""

    def __init__(self, log_q):
        super().__init__(log_q.dtype, log_q.dtype, False, False,
                         parameters={"log_q": (log_q, 0)})
        self._log_q = log_q

    def _sample(self, n_samples):
        return tf.zeros_like(self._log_q)[None]

    def _log_prob(self, given):
        return self._log_q


def posterior(log_q):
    bn = zs.BayesianNet()
    bn.stochastic("z", Flat(log_q))
    return bn


def moving_means(values, decay):
    """The bias-corrected mean before each value, as Adam defines it."""
    weighted, means = 0., []
    for n, value in enumerate(values):
        means.append(weighted / (1 - decay ** n) if n else 0.)
        weighted = decay * weighted + (1 - decay) * value
    return means


@pytest.mark.parametrize("mode, use_resource", MODES_AND_VARIABLES)
@pytest.mark.parametrize("decay", [0., 0.8])
def test_moving_mean_covers_the_previous_steps(mode, use_resource, decay):
    step = modes.program(mode, lambda: signal_step(decay),
                         use_resource=use_resource)
    values = np.random.RandomState(0).normal(3., 1., [6, 2])
    for x, mean in zip(values, moving_means(values.mean(1), decay)):
        np.testing.assert_allclose(step(x), x - mean, rtol=1e-9)


def test_not_finite_steps_leave_the_moving_mean_alone(mode):
    step = modes.program(mode, signal_step)
    for x in [2., -np.inf, np.nan]:
        step(np.array([x]))
    assert step(np.array([5.])) == 3.


def test_works_several_times_in_one_program(mode):
    step = modes.program(mode, lambda: signal_step(n_calls=3))
    means = [0., 0., 0.] if mode != "eager" else [0., 2., 2.]  # the model's own
    assert step(np.array([2.])) == sum(2. - mean for mean in means)
    assert np.isfinite(step(np.array([5.])))


def test_gradient_alone_updates_the_moving_mean():
    """An optimizer's op does not compute the cost, but it does the update."""
    with modes.session() as sess:
        scale = v1.get_variable("scale", initializer=2.)
        with v1.variable_scope("anywhere"):
            q = posterior(tf.math.log(scale)[None])
            cost = zs.variational.elbo(
                log_joint, {"x": [3.]}, variational=q).reinforce()
        gradient, = v1.gradients(cost, [scale])
        sess.run(v1.global_variables_initializer())
        mean, = (v for v in v1.global_variables() if v is not scale)
        assert mean not in v1.trainable_variables()
        for n_steps in range(1, 3):
            sess.run(gradient)
            np.testing.assert_allclose(
                sess.run(mean)[1], 1 - 0.8 ** n_steps, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_collections")
def test_function_keeps_its_moving_mean():
    """Other shapes trace the function again; only the objective holds the variable."""
    with modes.context.eager_mode():
        step = tf.function(signal_step())
        for x in [[1.], [2., 2.], [3.], [4., 4.]]:
            gc.collect()
            last = step(tf.constant(x, tf.float64))
        np.testing.assert_allclose(last, [2., 2.])


def test_eager_models_have_means_of_their_own():
    with modes.context.eager_mode():
        def signal_of(model, x):
            with tf.GradientTape() as tape:
                log_q = tf.zeros([1])
                tape.watch(log_q)
                cost = zs.variational.elbo(
                    model, {"x": [x]}, variational=posterior(log_q)).reinforce()
            return -tape.gradient(cost, log_q).numpy()[0]

        class Model:
            __hash__ = None

            def log_joint(self, values):
                return log_joint(values)
        first, second = Model(), Model()
        assert signal_of(first.log_joint, 2.) == 2.
        assert signal_of(first.log_joint, 2.) == 0.
        assert signal_of(second.log_joint, 2.) == 2.


# -- Arguments --------------------------------------------------------------------

def test_baseline(mode):
    """The gradient stays exact; the baseline is trained by half its squared error."""
    def expected_costs(prediction, prior, weights, logits):
        q, p = bit_posterior(logits, all_tuples(2, 2))
        costs = zs.variational.elbo(
            bit_model({"prior": prior, "weights": weights}), {"x": np.float64(X)},
            variational=q, axis=0).reinforce(baseline=prediction)
        return [tf.reduce_sum(p * cost) for cost in costs]

    def step(prediction, *parameters):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch((prediction,) + parameters)
            cost, baseline_cost = expected_costs(prediction, *parameters)
        assert tape.gradient(cost, prediction) is None
        assert tape.gradient(baseline_cost, list(parameters)) == [None] * 3
        return (tape.gradient(cost, list(parameters)), baseline_cost,
                tape.gradient(baseline_cost, prediction))

    prediction = 0.7
    estimates, baseline_cost, slope = modes.run(
        mode, step, np.float64(prediction), *PARAMETERS)
    exact = modes.run("eager", exact_gradients, *PARAMETERS)
    for estimate, truth in zip(estimates, exact):
        np.testing.assert_allclose(estimate, -truth, rtol=1e-9, atol=1e-12)
    log_weights, q = modes.run(
        "eager", lambda *parameters: bit_log_weights(*parameters, x=X), *PARAMETERS)
    np.testing.assert_allclose(baseline_cost, q @ (log_weights - prediction) ** 2 / 2)
    np.testing.assert_allclose(slope, q @ (prediction - log_weights))


def test_without_latents(mode):
    def gradient(loc):
        def cost(loc):
            return zs.variational.elbo(
                lambda values: -tf.square(values["x"] - loc), {"x": np.float64(1.)},
                variational=zs.BayesianNet()).reinforce()
        return gradients(cost, loc)[0]
    assert modes.run(mode, gradient, np.float64(3.)) == 4.


def test_reparameterized_latents_take_the_path(mode):
    """One Normal that is, one that is not; both estimate, neither counts twice.

    Failure rate 1e-5 per run (two z-tests at 4.5 standard errors).
    """
    n = 40000

    def gradient(loc):
        def cost(a, b):
            with zs.seeded(7):
                q = zs.BayesianNet()
                q.normal("a", a, std=1.)
                q.normal("b", b, std=1., is_reparameterized=False)
            return tf.reduce_sum(zs.variational.elbo(
                lambda z: -tf.square(z["a"] + 2. * z["b"]), {},
                variational=q).reinforce(variance_reduction=False))
        return gradients(cost, tf.fill([n], loc), tf.fill([n], loc))
    a, b = modes.run(mode, gradient, 0.5)
    # The expectation of (a + 2 b)^2, in terms of the means, is (a + 2 b)^2 + 5.
    for per_sample, exact in [(a, 3.), (b, 6.)]:
        error = per_sample.std() / n ** 0.5
        assert abs(per_sample.mean() - exact) < 4.5 * error
