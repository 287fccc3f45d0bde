"""Programs of runs: reused if nothing has changed, and only then."""
import copy
import gc
import pickle
import sys
import warnings

import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan._tf.program_cache import ProgramCache, fingerprint, make_hashable

START = {"x": np.zeros([3, 2])}
SAMPLERS = {
    "HMC": lambda: zs.HMC(0.3, 3, adapt_step_size=True, adapt_mass=True),
    "NUTS": lambda: zs.NUTS(max_depth=3), "SGLD": lambda: zs.SGLD(0.01),
    "SGHMC": lambda: zs.SGHMC(0.01), "SGNHT": lambda: zs.SGNHT(0.01),
    "PSGLD": lambda: zs.PSGLD(0.01)}


def run(sampler, model, observed=None, latent=START, n_samples=4, n_warmup=4,
        **options):
    options = dict({"seed": 1, "progress_bar": False, "jit_compile": False}, **options)
    with chain_models.eagerly(), warnings.catch_warnings():
        return sampler.run(model, observed or {}, latent, n_samples, n_warmup,
                           **options)["x"]


def gaussian(scale):
    def log_joint(values):
        return -0.5 * tf.reduce_sum((values["x"] / scale) ** 2, -1)
    return log_joint


slowly_traced = pytest.mark.parametrize("name", [
    "SGLD", pytest.param("HMC", marks=pytest.mark.slow),
    pytest.param("NUTS", marks=pytest.mark.slow)])


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_second_run_uses_the_program_again(n_programs, name):
    sampler = SAMPLERS[name]()
    run(sampler, gaussian(2.), seed=2)
    # Another function, which computes the same.
    again = run(sampler, gaussian(2.))
    assert len(n_programs) == 1
    np.testing.assert_array_equal(again, run(SAMPLERS[name](), gaussian(2.)))


def test_models_that_are_made_anew_use_the_program_again(n_programs):
    @zs.meta_bayesian_net()
    def model(n):
        bn = zs.BayesianNet()
        x = bn.gamma("x", tf.fill([n], tf.constant(2., tf.float64)), 1., group_ndims=1)
        bn.poisson("y", x, group_ndims=1)
        return bn

    sampler, y = SAMPLERS["SGLD"](), np.array([1., 2.])
    for n_samples in (3, 6):
        run(sampler, model(2), {"y": y.copy()}, {"x": np.ones([3, 2])}, n_samples)
    assert len(n_programs) == 1


class Changing:
    """A model whose parts change between two runs, without a new model."""

    def __init__(self):
        self.scale, self.data = 1., np.zeros(2)
        with chain_models.eagerly():
            self.variable = tf.Variable(np.ones([]))
            self.tensor = tf.constant(np.zeros([300, 2]))

    def __call__(self, values):
        x = (values["x"] - self.data - self.tensor[0]) / self.scale / self.variable
        return -0.5 * tf.reduce_sum(x ** 2, -1)

    def change_scale(self):
        self.scale = 3.

    def change_data_in_place(self):
        self.data[:] = 5.

    def change_tensor(self):
        with chain_models.eagerly():
            self.tensor = self.tensor + 2.

    def change_variable(self):
        with chain_models.eagerly():
            self.variable.assign(4.)


@pytest.mark.parametrize("change", [
    "change_scale", "change_data_in_place", "change_tensor", "change_variable"])
@slowly_traced
def test_a_changed_model_does_not_use_the_cached_program(name, change):
    model, sampler = Changing(), SAMPLERS[name]()
    before = run(sampler, model)
    getattr(model, change)()
    after = run(sampler, model)
    assert (before != after).any()
    np.testing.assert_array_equal(after, run(SAMPLERS[name](), model))


@pytest.mark.parametrize("name, setting, value", [
    ("HMC", "step_size", 0.7), ("HMC", "adapt_mass", None),
    pytest.param("NUTS", "target_acceptance_rate", 0.5, marks=pytest.mark.slow)])
def test_changed_settings_do_not_use_the_cached_program(name, setting, value):
    sampler, fresh = SAMPLERS[name](), SAMPLERS[name]()
    before = run(sampler, gaussian(1.), n_warmup=30)
    setattr(sampler, setting, value)
    setattr(fresh, setting, value)
    after = run(sampler, gaussian(1.), n_warmup=30)
    assert (before != after).any()
    np.testing.assert_array_equal(after, run(fresh, gaussian(1.), n_warmup=30))


@pytest.mark.parametrize("options", [
    {"n_warmup": 9}, {"latent": {"x": np.ones([5, 2])}}, {"thin": 3},
    {"latent": {"x": np.ones([3, 2], "float32")}},
    {"latent": {"x": np.ones(2)}, "n_chains": 2},
    {"latent": {"x": np.ones([3, 2])}, "constraints": {"x": "positive"}},
    {"latent": {"x": np.ones([3, 2])}, "constraints": {"x": (0., 3.)}},
    {"latent": {"x": np.ones([3, 2])}, "constraints": {"x": (0., 4.)}}], ids=str)
@slowly_traced
def test_changed_arguments_do_not_use_the_cached_program(name, options):
    sampler = SAMPLERS[name]()
    other = {"constraints": {"x": (0., 3.5)}} if "constraints" in options else {}
    run(sampler, gaussian(1.), latent={"x": np.ones([3, 2])}, **other)
    np.testing.assert_array_equal(run(sampler, gaussian(1.), **options),
                                  run(SAMPLERS[name](), gaussian(1.), **options))


def test_minibatches_are_not_compiled_into_the_program(n_programs):
    def model(values):
        return -0.5 * tf.reduce_sum((values["x"] - values["y"]) ** 2, -1)

    sampler = zs.SGLD(0.1)
    outs = [run(sampler, model, data=[{"y": np.full(2, y)}]) for y in (1., 9.)]
    assert len(n_programs) == 1 and (outs[0] < outs[1]).all()


@pytest.mark.parametrize("duplicate", [
    copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_cache_is_copied_empty(duplicate):
    with chain_models.eagerly():
        cache = ProgramCache()
        cache.programs("key")["draws"] = 1
        assert not duplicate(cache).programs("key") and cache.programs("key")


def test_the_cache_is_bounded():
    with chain_models.eagerly():
        cache = ProgramCache()
        for i in range(20):
            cache.programs(i)["draws"] = i
            cache.programs(0)
        assert cache.programs(0) == {"draws": 0} and cache.programs(19)
        assert not cache.programs(5)


# -- Fingerprints -----------------------------------------------------------------

def loop(step, n=3):
    return lambda x: tf.while_loop(
        lambda i, x: i < n, lambda i, x: (i + 1, step(x)), (tf.constant(0), x))[1]


def both(first, second):
    return lambda x: loop(second)(loop(first)(x))


@tf.custom_gradient
def doubled_slope(x):
    return x + 0., lambda g: 2. * g


@tf.custom_gradient
def tripled_slope(x):
    return x + 0., lambda g: 3. * g


def slope(function):
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)
    return gradient


def scan(function):
    """A scan over an array that is captured, as a model of a time series."""
    with chain_models.eagerly():
        series = tf.constant(np.arange(5.))
    return lambda x: tf.scan(lambda state, y: function(state * y), series[1:],
                             initializer=x)


FUNCTIONS = {
    "sin": tf.sin, "cos": tf.cos, "plus": lambda x: x + 1., "plus-2": lambda x: x + 2.,
    "large": lambda x: tf.reduce_sum(x * np.arange(2000.)[:, None], 0),
    "large-2": lambda x: tf.reduce_sum(x * np.arange(2000.)[::-1, None], 0),
    "loop": loop(tf.sin), "loop-cos": loop(tf.cos), "loop-4": loop(tf.sin, 4),
    "loops": both(tf.sin, tf.cos), "loops-swapped": both(tf.cos, tf.sin),
    "nested": loop(loop(tf.sin)), "nested-cos": loop(loop(tf.cos)),
    "cond": lambda x: tf.cond(x[0] > 0., lambda: x, lambda: -x),
    "cond-swapped": lambda x: tf.cond(x[0] > 0., lambda: -x, lambda: x),
    "function": lambda x: tf.function(tf.sin)(x),
    "function-cos": lambda x: tf.function(tf.cos)(x),
    "slope": slope(doubled_slope), "slope-3": slope(tripled_slope),
    "pair": lambda x: {"a": tf.sin(x), "b": tf.cos(x)},
    "pair-renamed": lambda x: {"a": tf.sin(x), "c": tf.cos(x)},
    "first": lambda x: [tf.sin(x), tf.cos(x)][0],
    "second": lambda x: [tf.sin(x), tf.cos(x)][1],
    "scan": scan(tf.sin), "scan-cos": scan(tf.cos), "scan-slope": slope(scan(tf.sin)),
    "loop-slope": slope(loop(tf.sin)), "loop-slope-4": slope(loop(tf.sin, 4)),
}


def test_fingerprints_are_equal_for_equal_functions_only():
    """Also after the program has numbered more functions."""
    with chain_models.eagerly():
        x = np.ones(3)
        first = {name: fingerprint(f, x) for name, f in FUNCTIONS.items()}
        second = {name: fingerprint(f, x) for name, f in FUNCTIONS.items()}
    assert first == second
    assert len(set(first.values())) == len(FUNCTIONS)


def test_fingerprints_depend_on_shapes_and_dtypes():
    with chain_models.eagerly():
        found = {fingerprint(tf.sin, x) for x in (
            np.ones(3), np.ones(4), np.ones(3, "float32"))}
    assert len(found) == 3


def test_settings_are_equal_by_value_or_by_identity():
    for same in (1., "a", None, True, [1, 2], {"a": 1.}, np.ones(2), float("nan")):
        assert make_hashable(same) == make_hashable(copy.deepcopy(same))
        assert hash(make_hashable(same)) == hash(make_hashable(copy.deepcopy(same)))
    for one, other in ((1, 1.), (True, 1), (0.1, 0.2), (np.ones(2), np.ones(3)),
                       (np.ones(2), np.ones(2, "float32")), (object(), object())):
        assert make_hashable(one) != make_hashable(other)


# -- Memory -----------------------------------------------------------------------

def resident_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2 ** 20


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("jit_compile", [False] if modes.IS_TF1 else [False, True])
@pytest.mark.parametrize("name", ["HMC", "NUTS", "SGLD"])
@pytest.mark.filterwarnings("ignore:.*ended at max_depth")  # warm-up is short
@pytest.mark.usefixtures("quick_collections")
def test_fifty_runs_take_less_than_fifty_mib(name, jit_compile):
    """The first five may fill caches. One program takes about 20 MiB, 50 by XLA."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        x = bn.normal("x", np.zeros(2), std=1., group_ndims=1)
        scale = bn.gamma("scale", np.float64(2.), 2.)
        bn.normal("y", tf.reduce_sum(x.tensor, -1)[..., None],
                  std=scale.tensor[..., None], group_ndims=1)
        return bn

    sampler, used = SAMPLERS[name](), []
    for seed in range(50):
        run(sampler, model(), {"y": np.arange(5.)},
            {"x": np.zeros(2), "scale": np.float64(1.)}, 20, 20, n_chains=4,
            seed=seed, jit_compile=jit_compile)
        gc.collect()
        used.append(resident_mib())
    assert used[-1] - used[4] < 50.
