"""HiddenMarkov, against sums over all sequences of states."""
import itertools

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import special, stats

import zhusuan as zs
from zhusuan._tf.gradients import differentiable

N_STEPS = 4


def parameters(n_states, batch=(), seed=0, dtype=np.float64):
    rng = np.random.RandomState(seed)
    return {name: rng.normal(size=list(batch) + shape).astype(dtype)
            for name, shape in [("initial", [n_states]),
                                ("transition", [n_states, n_states]),
                                ("mean", [n_states])]}


def make(initial, transition, mean, **kwargs):
    emissions = zs.distributions.Normal(mean, std=tf.constant(0.7, mean.dtype))
    return zs.distributions.HiddenMarkov(
        initial, transition, emissions, n_steps=N_STEPS, **kwargs)


def all_sequences(x, initial, transition, mean):
    """The log probability of each sequence of states together with `x`, and them."""
    log_initial = special.log_softmax(initial)
    log_transition = special.log_softmax(transition, axis=-1)
    states = np.array(list(itertools.product(range(len(initial)), repeat=len(x))))
    logs = (log_initial[states[:, 0]] +
            np.sum(log_transition[states[:, :-1], states[:, 1:]], axis=1) +
            np.sum(stats.norm.logpdf(x, mean[states], 0.7), axis=1))
    return logs, states


X = np.array([0.3, -1.2, 0.8, 2.])


@pytest.mark.parametrize("n_states", [1, 2, 3, 6])  # a tree, or a loop
def test_log_prob_and_its_gradients_match_enumeration(mode, n_states):
    given = parameters(n_states)

    def compute():
        names = sorted(given)
        log_prob, gradients = differentiable(
            lambda xs: make(**dict(zip(names, xs[:-1]))).log_prob(xs[-1]),
            [tf.constant(given[name]) for name in names] + [tf.constant(X)])
        return [log_prob] + gradients([log_prob])

    log_prob, *gradients = modes.run(mode, compute)
    expected = special.logsumexp(all_sequences(X, **given)[0])
    np.testing.assert_allclose(log_prob, expected, rtol=1e-12)
    for name, gradient in zip(sorted(given), gradients):
        np.testing.assert_allclose(
            gradient, finite_differences(given, name), atol=1e-7)


def finite_differences(given, name, step=1e-5):
    gradient = np.zeros_like(given[name])
    for index in np.ndindex(*gradient.shape):
        ends = []
        for sign in (1., -1.):
            moved = dict(given, **{name: given[name].copy()})
            moved[name][index] += sign * step
            ends.append(special.logsumexp(all_sequences(X, **moved)[0]))
        gradient[index] = (ends[0] - ends[1]) / (2. * step)
    return gradient


def test_states_given_observations_match_enumeration(mode):
    given = parameters(3, seed=1)

    def compute():
        dist = make(**{name: tf.constant(x) for name, x in given.items()})
        return dist.posterior_marginals(X), dist.posterior_mode(X)

    marginals, best = modes.run(mode, compute)
    logs, sequences = all_sequences(X, **given)
    weights = np.exp(logs - special.logsumexp(logs))
    expected = [[np.sum(weights[sequences[:, t] == k]) for k in range(3)]
                for t in range(N_STEPS)]
    np.testing.assert_allclose(marginals, expected, rtol=1e-10)
    np.testing.assert_array_equal(best, sequences[np.argmax(logs)])


@pytest.mark.parametrize("n_states", [2, 6])
def test_batches_equal_single_models(n_states):
    given = parameters(n_states, batch=[3], seed=2)
    x = np.random.RandomState(3).normal(size=[5, 3, N_STEPS])

    def compute():
        dist = make(**{name: tf.constant(x) for name, x in given.items()})
        assert dist.get_batch_shape().as_list() == [3]
        assert dist.get_value_shape().as_list() == [N_STEPS]
        return dist.log_prob(x), dist.posterior_marginals(x), dist.posterior_mode(x)

    def single(i, j):
        return make(**{name: tf.constant(x[j]) for name, x in given.items()}), x[i, j]

    log_prob, marginals, best = modes.run("graph", compute)
    assert log_prob.shape == (5, 3)
    for i, j in [(0, 0), (4, 2)]:
        def compute_one(i=i, j=j):
            dist, one = single(i, j)
            return (dist.log_prob(one), dist.posterior_marginals(one),
                    dist.posterior_mode(one))
        one = modes.run("graph", compute_one)
        np.testing.assert_allclose(log_prob[i, j], one[0], rtol=1e-12)
        np.testing.assert_allclose(marginals[i, j], one[1], rtol=1e-10)
        np.testing.assert_array_equal(best[i, j], one[2])


def test_impossible_transitions_give_finite_gradients():
    def compute():
        log_prob, gradients = differentiable(
            lambda xs: zs.distributions.HiddenMarkov(
                tf.constant([0., -np.inf], tf.float64),
                tf.constant([[0., 0.], [-np.inf, 0.]], tf.float64),
                zs.distributions.Normal(xs[0], std=tf.ones([2], tf.float64)),
                n_steps=N_STEPS).log_prob(X), [tf.constant([0., 1.], tf.float64)])
        return [log_prob] + gradients([log_prob])

    log_prob, gradient = modes.run("graph", compute)
    assert np.all(np.isfinite(gradient)) and np.all(gradient != 0.)
    # The change of state comes after any number of steps, or never.
    in_state = stats.norm.logpdf(X[:, None], [0., 1.])
    terms = [np.sum(in_state[:n, 0]) + np.sum(in_state[n:, 1]) - n * np.log(2.)
             for n in range(1, N_STEPS)]
    terms.append(np.sum(in_state[:, 0]) - (N_STEPS - 1) * np.log(2.))
    np.testing.assert_allclose(log_prob, special.logsumexp(terms), rtol=1e-12)


def test_sample_moments_match_the_law(mode):
    """Each of 24 statistics is beyond 5 standard errors with probability 6e-7."""
    given, n = parameters(3, batch=[2], seed=4), 20000

    def compute():
        dist = make(**{name: tf.constant(x) for name, x in given.items()})
        with zs.seeded(5):
            samples = dist.sample(n)
        assert samples.shape.as_list() == [n, 2, N_STEPS]
        return samples, dist.mean, dist.variance

    samples, mean, variance = modes.run(mode, compute)
    assert mean.shape == variance.shape == (2, N_STEPS)
    error = np.abs(np.mean(samples, 0) - mean)
    assert np.all(error < 5. * np.sqrt(variance / n))
    squares = np.square(samples - mean)
    error = np.abs(np.mean(squares, 0) - variance)
    assert np.all(error < 5. * np.std(squares, 0) / np.sqrt(n))
    products = (samples - mean)[..., 1:] * (samples - mean)[..., :-1]
    error = np.abs(np.mean(products, 0) - covariance_of_neighbours(mean, **given))
    assert np.all(error < 5. * np.std(products, 0) / np.sqrt(n))


def covariance_of_neighbours(means, initial, transition, mean):
    result = []
    for i in range(len(initial)):
        law = special.softmax(initial[i])
        matrix = special.softmax(transition[i], axis=-1)
        for t in range(N_STEPS - 1):
            joint = law[:, None] * matrix
            result.append(mean[i] @ joint @ mean[i] - means[i, t] * means[i, t + 1])
            law = law @ matrix
    return np.reshape(result, [len(initial), N_STEPS - 1])


def test_discrete_and_vector_emissions():
    """Against the same law with its states enumerated."""
    def compute():
        emissions = zs.distributions.OnehotCategorical(
            tf.constant([[0., 1., 2.], [2., 1., 0.]]))
        dist = zs.distributions.HiddenMarkov(
            [0., 0.], [[1., 0.], [0., 1.]], emissions, n_steps=2)
        x = tf.constant([[1, 0, 0], [0, 0, 1]])
        return dist.log_prob(x), dist.sample(7)

    log_prob, samples = modes.run("graph", compute)
    emit = special.log_softmax([[0., 1., 2.], [2., 1., 0.]], axis=-1)
    move = special.log_softmax([[1., 0.], [0., 1.]], axis=-1)
    expected = special.logsumexp([
        np.log(0.5) + emit[i, 0] + move[i, j] + emit[j, 2]
        for i in range(2) for j in range(2)])
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5)
    assert samples.shape == (7, 2, 3) and np.all(np.sum(samples, -1) == 1)


def test_grouped_emissions_are_independent_given_the_state():
    """Two series with the same states, against their laws one by one."""
    means = np.array([[[0., 1.], [2., -1.]]])  # a batch of 1, 2 states, 2 series
    x = np.random.RandomState(0).normal(size=[N_STEPS, 2])

    def compute():
        dist = zs.distributions.HiddenMarkov(
            [0., 0.], [[1., 0.], [0., 1.]],
            zs.distributions.Normal(tf.constant(means), std=1., group_ndims=1),
            n_steps=N_STEPS)
        assert dist.get_batch_shape().as_list() == [1]
        assert dist.get_value_shape().as_list() == [N_STEPS, 2]
        return dist.log_prob(x), dist.sample(3), dist.mean, dist.variance

    log_prob, samples, mean, variance = modes.run("graph", compute)
    in_state = np.sum(stats.norm.logpdf(x[:, None, :], means[0]), axis=-1)
    move = special.log_softmax([[1., 0.], [0., 1.]], axis=-1)
    terms = [np.log(0.5) + in_state[0, z[0]] + sum(
        move[z[t - 1], z[t]] + in_state[t, z[t]] for t in range(1, N_STEPS))
        for z in itertools.product(range(2), repeat=N_STEPS)]
    np.testing.assert_allclose(log_prob, [special.logsumexp(terms)], rtol=1e-12)
    assert samples.shape == (3, 1, N_STEPS, 2)
    np.testing.assert_allclose(  # the chain is stationary
        mean, np.tile(np.mean(means, axis=1)[:, None], [1, N_STEPS, 1]))
    np.testing.assert_allclose(variance, np.tile([2., 2.], [1, N_STEPS, 1]))


@pytest.mark.parametrize("shapes, options, message", [
    (([3], [2, 2], [2]), {}, "must end with the same static K"),
    (([2], [2, 3], [2]), {}, "must end with the same static K"),
    (([2], [2, 2], [3]), {}, "must end with the same static K"),
    (([4, 2], [3, 2, 2], [2]), {}, "axes in front must broadcast"),
    (([4, 2], [2, 2], [1, 2]), {}, "without stretching `emissions`"),
    (([2], [2, 2], [2]), {"n_steps": 0}, "n_steps"),
])
def test_wrong_arguments_raise(shapes, options, message):
    def compute():
        initial, transition, mean = [tf.zeros(shape) for shape in shapes]
        emissions = zs.distributions.Normal(mean, std=1.)
        zs.distributions.HiddenMarkov(
            initial, transition, emissions, **dict({"n_steps": 3}, **options))
        return tf.zeros([])

    with pytest.raises(ValueError, match=message):
        modes.run("graph", compute)
