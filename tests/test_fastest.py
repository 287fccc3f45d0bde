"""The choice between programs by measurement: `zs.utils.fastest` and in `fit`."""
import warnings

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from chains import eagerly
from counted_costs import AtBegin, counter, counting

import zhusuan as zs
from zhusuan.utils import timing
from zhusuan.variational._training import training_loop

needs_tensorflow_2 = pytest.mark.skipif(modes.IS_TF1, reason="needs TensorFlow 2")


class Clock:
    """A clock that only the functions of `taking` advance."""

    def __init__(self, monkeypatch):
        self.now, self.calls = 0., []
        monkeypatch.setattr(timing.time, "perf_counter", lambda: self.now)

    def taking(self, name, *durations):
        """A function that takes these durations in turn, the last one repeatedly."""
        durations = list(durations)

        def function():
            self.calls.append(name)
            self.now += durations.pop(0) if len(durations) > 1 else durations[0]
        return function


def test_fastest_ignores_the_first_call_and_takes_the_shortest(monkeypatch):
    clock = Clock(monkeypatch)
    found = zs.utils.fastest({
        "slow": clock.taking("slow", 1., 3.),
        "compiled": clock.taking("compiled", 50., 9., 2., 9.)})
    assert found == "compiled"
    assert clock.calls == ["slow", "compiled"] * 4  # the first call, and three rounds


def test_fastest_stops_after_the_given_time_or_100_rounds(monkeypatch):
    clock = Clock(monkeypatch)
    zs.utils.fastest({"a": clock.taking("a", 0.125), "b": clock.taking("b", 0.125)})
    assert clock.calls == ["a", "b"] * 5
    clock.calls.clear()
    zs.utils.fastest({"a": clock.taking("a", 1e-3)}, seconds=10.)
    assert len(clock.calls) == 101


def test_fastest_returns_the_first_of_equal_ones(monkeypatch):
    clock = Clock(monkeypatch)
    assert zs.utils.fastest({
        False: clock.taking("", 1.), True: clock.taking("", 1.)}) is False
    with pytest.raises(ValueError, match="is empty"):
        zs.utils.fastest({})


# -- In `fit` ---------------------------------------------------------------------

DATA = np.random.RandomState(0).randn(40).astype("float32")


def fit(place="eager", **options):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", 0., std=1., n_samples=None)
        bn.normal("x", tf.expand_dims(z, -1) + tf.zeros([10]), std=1., group_ndims=1)
        return bn

    options = dict({"n_steps": 30, "seed": 3, "progress_bar": False}, **options)
    with eagerly() if place == "eager" else modes.session():
        return zs.variational.fit(model(), data={"x": DATA}, batch_size=10, **options)


def choose(monkeypatch, key):
    """Let the measurement, which takes place, find this one; a list of its calls."""
    calls = []

    def chosen(functions, seconds):
        calls.append(sorted(functions))
        for function in functions.values():
            function()
        return key

    monkeypatch.setattr(training_loop, "fastest", chosen)
    return calls


@pytest.mark.slow
@needs_tensorflow_2
@pytest.mark.parametrize("place", ["eager", "session"])
@pytest.mark.parametrize("is_compiled", [True, False])
def test_measured_fit_equals_the_one_without_measurement(
        monkeypatch, place, is_compiled):
    """The steps that are measured leave no trace."""
    calls = choose(monkeypatch, is_compiled)
    found = fit(place, jit_compile="fastest")
    assert calls == [[False, True]] and found.is_compiled is is_compiled
    expected = fit(place, jit_compile=is_compiled)
    assert expected.is_compiled is is_compiled
    np.testing.assert_array_equal(found.history["bound"], expected.history["bound"])
    np.testing.assert_array_equal(found["z"], expected["z"])


@pytest.mark.slow
@needs_tensorflow_2
@pytest.mark.parametrize("is_compiled", [True, False])
def test_resumed_fits_keep_the_choice(monkeypatch, tmp_path, is_compiled):
    choose(monkeypatch, is_compiled)
    path = str(tmp_path / "fit.npz")
    fit(jit_compile="fastest").save(path)
    assert zs.variational.Fit.load(path).is_compiled is is_compiled
    calls = choose(monkeypatch, not is_compiled)
    resumed = fit(jit_compile="fastest", n_steps=40, resume=path)
    assert resumed.is_compiled is is_compiled and not calls
    np.testing.assert_array_equal(resumed.history["bound"], fit(
        jit_compile=is_compiled, n_steps=40, resume=path).history["bound"])


@pytest.mark.slow
@needs_tensorflow_2
@pytest.mark.parametrize("place", ["eager", "session"])
@pytest.mark.parametrize("is_compiled", [True, False])
def test_resumed_fits_keep_the_program_by_default(place, is_compiled):
    first = fit(place, jit_compile=is_compiled)
    resumed = fit(place, n_steps=40, resume=first)
    assert resumed.is_compiled is is_compiled
    np.testing.assert_array_equal(resumed.history["bound"], fit(
        place, jit_compile=is_compiled, n_steps=40, resume=first).history["bound"])


@needs_tensorflow_2
@pytest.mark.parametrize("place", ["eager", "session"])
def test_measured_steps_restore_variables_of_the_cost(monkeypatch, place):
    choose(monkeypatch, True)
    with eagerly() if place == "eager" else modes.session() as session:
        count = counter()

        def value():
            return float(count.numpy() if session is None else session.run(count))

        if session is not None:
            session.run(count.initializer)
        counts = []
        for jit_compile in True, "fastest":
            counts.append(value())
            zs.variational.fit(
                counting(count), latent={"z": 0.}, posterior="delta", n_steps=20,
                seed=1, progress_bar=False, jit_compile=jit_compile,
                callbacks=[AtBegin(lambda: counts.append(value()))])
    assert counts[1] - counts[0] == counts[3] - counts[2]


def test_measurement_chooses_a_program_of_this_machine():
    found = fit(jit_compile="fastest")
    assert found.is_compiled in ([False] if modes.IS_TF1 else [True, False])
    np.testing.assert_array_equal(found.history["bound"], fit(
        jit_compile=found.is_compiled).history["bound"])


@needs_tensorflow_2
@pytest.mark.parametrize("jit_compile", ["auto", "fastest"])
def test_models_that_xla_cannot_compile_are_fitted_without_it(jit_compile):
    """Also if the fit to resume was compiled on another machine."""
    def uncompilable(values):
        x = tf.numpy_function(lambda x: x, [values["z"]], tf.float32)
        return -values["z"] ** 2 + 0. * tf.reduce_sum(tf.stop_gradient(x))

    found = None
    with eagerly():
        for n_steps in 10, 20:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = zs.variational.fit(
                    uncompilable, posterior="mean_field", latent={"z": 0.}, seed=1,
                    n_steps=n_steps, progress_bar=False, jit_compile=jit_compile,
                    resume=found)
            assert found.is_compiled is False and found.n_done == n_steps
            assert len([x for x in caught if "XLA" in str(x.message)]) == 1
            found.is_compiled = True


def test_unknown_choices_raise():
    with pytest.raises(ValueError, match='"fastest", but it is \'quick\''):
        fit(jit_compile="quick")
