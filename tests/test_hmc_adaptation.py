"""Step size and mass: the formulas, and that tuning reaches its target."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from chains import every_program

import zhusuan as zs
from zhusuan._model.target import Target
from zhusuan.mcmc._adaptation.metric_estimators import CovarianceEstimator
from zhusuan.mcmc._adaptation.schedules import Doubling
from zhusuan.mcmc._adaptation.step_size import (
    DualAveraging,
    OneLeapfrog,
    Trajectory,
    search_step_size,
)
from zhusuan.mcmc._kernels.hamiltonian import ChainState, chain_state_at
from zhusuan.mcmc._kernels.metrics import Diagonal

PRECISION = np.diag([1., 4.])


def test_dual_averaging_matches_the_paper(mode):
    """Hoffman and Gelman (2014), algorithm 5, lines 13-15, in numpy."""
    rates, target, gamma, t0, kappa = [0.1, 0.95, 0.7, 1., 0.], 0.8, 0.05, 10., 0.75

    def tune():
        rule, seen = DualAveraging(1., target, gamma, t0, kappa), []
        log_step = tf.math.log(tf.constant(0.3, "float64"))
        dual = tf.nest.map_structure(tf.constant, rule.init("float64"))._replace(
            center=log_step + np.log(10.), log_step=log_step)
        for rate in rates:
            dual = rule.update(dual, tf.constant(rate, "float64"))
            seen.append([dual.log_step, dual.log_average])
        return seen

    h_bar, log_average, wanted = 0., 0., []
    for t, rate in enumerate(rates, 1):
        h_bar = (1 - 1 / (t + t0)) * h_bar + (target - rate) / (t + t0)
        log_step = np.log(10 * 0.3) - np.sqrt(t) / gamma * h_bar
        log_average = t ** -kappa * log_step + (1 - t ** -kappa) * log_average
        wanted.append([log_step, log_average])
    np.testing.assert_allclose(modes.run(mode, tune), wanted, rtol=1e-12)


@pytest.mark.parametrize("decay", [0.9, 0.999])
def test_the_moving_variance_is_a_weighted_variance(mode, decay):
    """Of 3 chains over 20 transitions, far from 0 compared to its size."""
    x = 1e4 + np.random.RandomState(0).randn(20, 3, 2)

    def collect():
        estimator = CovarianceEstimator(decay=decay)
        chains_at = [ChainState([tf.constant(now)], tf.zeros([3], "float64"), [])
                     for now in x]
        moving = tf.nest.map_structure(tf.constant, estimator.init(chains_at[0]))
        for chain in chains_at:
            moving = estimator.update(moving, chain)
        return (moving.mean, [moving.squares[0] / moving.count],
                estimator.metric(moving).inverse_mass)

    (mean,), (variance,), (shrunk,) = modes.run(mode, collect)
    weights = np.repeat(decay ** np.arange(19., -1., -1.), 3)
    flat = x.reshape(60, 2)
    np.testing.assert_allclose(mean, np.average(flat, 0, weights), rtol=1e-12)
    wanted = np.average((flat - np.average(flat, 0, weights)) ** 2, 0, weights)
    np.testing.assert_allclose(variance, wanted, rtol=1e-7)
    n = weights.sum() ** 2 / np.sum(weights ** 2)
    np.testing.assert_allclose(
        shrunk, n / (n + 5) * wanted + 1e-3 * 5 / (n + 5), rtol=1e-7)


def searched(target, start, dtype="float32", criterion=None):
    def search():
        state = chain_state_at(target, [tf.ones([50, 2], dtype)])
        with zs.seeded(0):
            return search_step_size(
                state, target, tf.constant(start, dtype),
                Diagonal([tf.ones([2], dtype)]), criterion)
    return modes.run("graph", search)


def test_the_search_is_bounded():
    """On a flat density no step size is too large; at a cliff, none is small."""
    flat = Target(lambda v: 0. * v["x"][:, 0], {}, ["x"])
    np.testing.assert_allclose(searched(flat, 1., "float64"), 2. ** 100)

    def cliff(position):  # lower everywhere than at the start
        (x,) = position
        moved = tf.reduce_any(tf.not_equal(x, 1.), -1)
        return tf.where(moved, -1e9, 0.), [tf.zeros_like(x)]

    assert 0. < searched(cliff, 1.) < 1e-6  # where x + step == x in float32


@pytest.mark.parametrize("start", [1e-6, 1., 1e6])
@pytest.mark.parametrize("criterion, low, high", [
    (OneLeapfrog(), 0.5, 2.5), (Trajectory(10, 0.8), 0.3, 1.5)])
def test_the_search_finds_the_same_from_everywhere(start, criterion, low, high):
    """The largest stable step size is 1, twice the smallest scale."""
    target = Target(chains.gaussian(PRECISION), {}, ["x"])
    step_size = searched(target, start, criterion=criterion)
    assert low < step_size < high
    # It is the given one times a power of the factor.
    power = np.log(step_size / start) / np.log(criterion.factor)
    assert power == pytest.approx(round(power), abs=1e-4)


def test_a_trajectory_is_accepted_after_the_search_and_not_beyond():
    target = Target(chains.gaussian(PRECISION), {}, ["x"])
    criterion = Trajectory(10, 0.8)
    found = searched(target, 1e-3, "float64", criterion)

    def is_met(step_size):
        def check():
            state = chain_state_at(target, [tf.ones([50, 2], "float64")])
            with zs.seeded(0):  # the momentum of the search
                metric = Diagonal([tf.ones([2], "float64")])
                return criterion.is_met(state, metric.draw(state.position), target,
                                        tf.constant(step_size), metric)
        return modes.run("graph", check)

    assert is_met(found) and not is_met(1.5 * found)


def test_doubling_ends_windows_at_doubled_numbers_of_draws(mode):
    numbers = np.arange(1, 100)

    def ends(first):
        return Doubling(first)(tf.constant(numbers, tf.int64)).updates_metric

    found, without = modes.run(mode, lambda: (ends(10), ends(0)))
    assert numbers[found].tolist() == [10, 20, 40, 80]
    assert numbers[without].tolist() == [1, 2, 4, 8, 16, 32, 64]


def test_rejected_proposals_do_not_enter_the_mass(mode):
    """The variance of the chains that moved, which are two of three."""
    x = np.random.RandomState(0).randn(6, 3, 2)
    is_new = np.array([[True, True, False]] * 3 + [[False] * 3] + [
        [False, True, True]] * 2)

    def collect():
        estimator = CovarianceEstimator()
        chains_at = [ChainState([tf.constant(now)], tf.zeros([3], "float64"), [])
                     for now in x]
        estimate = tf.nest.map_structure(tf.constant, estimator.init(chains_at[0]))
        for chain, moved in zip(chains_at, is_new):
            estimate = estimator.update(estimate, chain, tf.constant(moved))
        return estimate.count, estimate.mean, estimate.squares

    count, (mean,), (squares,) = modes.run(mode, collect)
    assert count == 10
    np.testing.assert_allclose(mean, x[is_new].mean(0), rtol=1e-12)
    np.testing.assert_allclose(squares / 10, x[is_new].var(0), rtol=1e-12)


def tuning_program(program, start, adapt_mass, precision=PRECISION, **settings):
    """A function of a seed and a switch: one transition of 50 chains."""
    def make():
        x = chains.variable("x", np.ones([50, len(precision)], "float32"))
        hmc = zs.HMC(start, 5, adapt_step_size=True, adapt_mass=None, **settings)

        def step(seed, adapt):
            hmc.adapt_step_size = adapt
            hmc.adapt_mass = adapt if adapt_mass else None
            with chains.seeded(program, seed):
                op, info = hmc.sample(chains.gaussian(precision), {}, {"x": x})
            return op, info._asdict()

        return step

    step = chains.run(program, make)
    return lambda seed, adapt: step(np.int64(seed), np.bool_(adapt))[1]


MANY = np.diag(np.linspace(1., 4., 20))


@pytest.mark.parametrize("start, target", [
    (1e-6, 0.8), (1e-3, 0.8), (1., 0.8), (1e3, 0.8), (1e6, 0.8), (1., 0.9)])
def test_tuning_reaches_its_target_from_everywhere(start, target):
    """Failure rate: 300 transitions of 50 chains leave a standard error of about
    0.01 in the acceptance; the seed is fixed."""
    step = tuning_program("graph", start, False, MANY,
                          target_acceptance_rate=target)
    for seed in range(300):
        step(seed, True)
    frozen = [step(seed, False) for seed in range(300, 400)]
    rate = np.mean([info["acceptance_rate"] for info in frozen])
    assert rate == pytest.approx(target, abs=0.03)
    assert len({float(info["updated_step_size"]) for info in frozen}) == 1


@every_program
def test_the_given_step_size_is_used_until_adaptation(program):
    step = tuning_program(program, 0.25, True)
    for seed in range(2):
        assert step(seed, False)["updated_step_size"] == 0.25
    tuned = [step(seed, True)["updated_step_size"] for seed in range(3)]
    assert len(set(tuned)) == 3
    # t^-kappa weights: the average of log steps, computed by hand.
    average = 0.
    for t, s in enumerate(tuned, 1):
        average = t ** -0.75 * np.log(s) + (1 - t ** -0.75) * average
    for seed in range(2):
        frozen = step(seed, False)["updated_step_size"]
        np.testing.assert_allclose(frozen, np.exp(average), rtol=1e-5)


def test_the_switch_may_be_a_placeholder():
    with modes.session() as sess:
        adapt = v1.placeholder(tf.bool, [])
        x = v1.get_variable("x", initializer=np.zeros([5, 2]))
        op, info = zs.HMC(0.1, 2, adapt_step_size=adapt, adapt_mass=adapt).sample(
            chains.gaussian(PRECISION), {}, {"x": x})
        sess.run(v1.global_variables_initializer())
        steps = [sess.run([op, info.updated_step_size], {adapt: on})[1]
                 for on in (False, False, True, True, False, False)]
    assert steps[0] == steps[1] == 0.1
    assert steps[4] == steps[5]
    assert len(set(steps)) == 4


def test_the_mass_becomes_the_precision():
    """Scales 1 and 100. Failure rate: the last 200 transitions of 50 chains count;
    the error of a variance is below 3 %, we allow 15 %."""
    step = tuning_program("graph", 1., True, np.diag([1., 1e-4]))
    for seed in range(400):
        step(seed, True)
    momenta = np.concatenate(
        [step(seed, False)["init_momentum"]["x"] for seed in range(400, 500)])
    np.testing.assert_allclose(momenta.var(0), [1., 1e-4], rtol=0.15)


def test_a_variance_of_zero_does_not_stop_the_chain():
    """All chains at one point and a first step that is rejected by all."""
    def make():
        x = chains.variable("x", np.zeros([3, 2]))
        hmc = zs.HMC(1., 2, adapt_step_size=True, adapt_mass=True,
                     mass_collect_iters=0)
        return lambda: hmc.sample(chains.gaussian(PRECISION), {}, {"x": x})

    step = modes.program("graph", make)
    for _ in range(20):
        _, info = step()
    assert np.isfinite(info.samples["x"]).all()
    assert (info.samples["x"] != 0.).all()


def test_a_short_warm_up_of_a_run_tunes_too(mode):
    """With the given t0 = 100, no chain would move.

    Failure rate: of 500 such warm-ups, imitated in numpy, none ended with an
    acceptance below 0.2; with t0 = 100, all 500 did.
    """
    if mode not in ("graph", "eager"):
        pytest.skip("a run is a program of its own")
    with modes.session() if mode == "graph" else chains.eagerly():
        out = zs.HMC(0.9, 3, adapt_step_size=True, adapt_mass=True).run(
            chains.gaussian(np.diag([1., 4.])), {}, {"x": np.zeros([3, 2])}, 30, 15,
            seed=0, progress_bar=False, jit_compile=False)
    assert out.statistics["acceptance_rate"].mean() > 0.2
