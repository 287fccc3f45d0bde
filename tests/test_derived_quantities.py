"""Derived quantities of draws: of log joint functions, and deterministic nodes."""
import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from test_run import PLACES, assert_same, hmc, run
from test_sampler_safety import SAMPLERS, few_samplers
from test_sampler_safety import run as run_named

import zhusuan as zs

START = {"mu": np.zeros(3), "z": np.ones([3, 2])}
DATA = {"y": np.array([0.5, -1.])}


def of_draws(mu, z):
    """The derived quantities of both models, in NumPy."""
    theta = mu[..., None] + 2. * z
    return {"theta": theta, "largest": theta.max(-1), "is_first": z[..., 0] > 0.}


def function(values):
    mu, z = values["mu"], values["z"]
    theta = mu[..., tf.newaxis] + 2. * z
    log_density = -0.5 * (mu ** 2 + tf.reduce_sum(z ** 2, -1) + tf.reduce_sum(
        (theta - values["y"]) ** 2, -1))
    return log_density, {"theta": theta, "largest": tf.reduce_max(theta, -1),
                         "is_first": z[..., 0] > 0.}


@zs.meta_bayesian_net()
def net():
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=1.)
    z = bn.normal("z", np.zeros(2), std=1., group_ndims=1)
    theta = bn.deterministic("theta", mu[..., tf.newaxis] + 2. * z)
    bn.deterministic("largest", tf.reduce_max(theta, -1))
    bn.deterministic("is_first", z[..., 0] > 0.)
    bn.deterministic("design", np.zeros([5, 4]))
    bn.deterministic("label", tf.constant(["a", "b", "c"]))
    bn.normal("y", theta, std=1., group_ndims=1)
    return bn


MODELS = {"function": lambda: function, "net": net}
every_model = pytest.mark.parametrize("model", MODELS)
# XLA compiles slowly; one test of each model uses it by default.
every_place = pytest.mark.parametrize("place", [
    place if "xla" not in place else pytest.param(place, marks=pytest.mark.slow)
    for place in PLACES])


def assert_derived(chains):
    expected = of_draws(chains["mu"], chains["z"])
    assert list(chains.draws) == ["mu", "z"] and list(chains.derived) == list(expected)
    for name, x in expected.items():
        assert chains[name].dtype == x.dtype and chains[name].shape == x.shape
        np.testing.assert_allclose(chains[name], x, rtol=1e-12)


@pytest.mark.parametrize("place", PLACES)
@every_model
def test_runs_record_derived_quantities(model, place):
    chains = run(place, hmc(0.5), MODELS[model](), START, 7, 4, observed=DATA, thin=2)
    assert_derived(chains)
    assert chains["theta"].shape == (7, 3, 2)


@few_samplers
def test_every_sampler_records_them(sampler):
    assert_derived(run_named(sampler, function, START, 5, 2, observed=DATA))


@every_place
def test_recording_does_not_change_draws(place):
    whole = run(place, hmc(0.5), net(), START, 6, 3, observed=DATA)
    without = run(place, hmc(0.5), net(), START, 6, 3, observed=DATA, derived=[])
    assert not without.derived
    np.testing.assert_array_equal(whole["z"], without["z"])
    some = run(place, hmc(0.5), net(), START, 6, 3, observed=DATA,
               derived=["largest"])
    assert list(some.derived) == ["largest"]
    np.testing.assert_array_equal(some["largest"], whole["largest"])


@every_model
def test_a_start_without_chain_axes_has_one_chain(model):
    chains = run("eager", hmc(0.5), MODELS[model](), {"mu": 0., "z": np.ones(2)}, 4,
                 observed=DATA)
    assert chains["theta"].shape == (4, 2) and chains["largest"].shape == (4,)


@every_place
def test_constrained_values_enter(place):
    def model(values):
        return -tf.reduce_sum(values["x"], -1), {"root": tf.sqrt(values["x"])}

    chains = run(place, hmc(0.3), model, {"x": np.ones([3, 2])}, 6,
                 constraints={"x": "positive"})
    np.testing.assert_allclose(chains["root"], np.sqrt(chains["x"]), rtol=1e-12)


@every_place
def test_the_minibatch_of_the_last_transition_enters(place):
    def model(values):
        return -0.5 * tf.reduce_sum(values["x"] ** 2, -1), {
            "shifted": values["x"] + values["b"]}

    batches = [{"b": np.full(2, float(i))} for i in range(5)]
    chains = run(place, hmc(0.3), model, {"x": np.zeros([3, 2])}, 4, n_warmup=2, thin=2,
                 data=batches)
    found = chains["shifted"] - chains["x"]
    np.testing.assert_allclose(found[:, 0, 0], [3., 0., 2., 4.], atol=1e-12)


def test_random_quantities_are_new_in_each_draw_and_independent_of_momenta():
    """200 draws of 3 x 2: correlations are within 4 / sqrt(1200), chance 1e-4 each."""
    def model(values):
        x = values["x"]
        return -0.5 * tf.reduce_sum(x ** 2, -1), {
            "noise": zs.distributions.Normal(tf.zeros_like(x), std=1.).sample()}

    def go(**options):
        return run("eager", hmc(0.9), model, {"x": np.zeros([3, 2])}, 200, **options)

    chains = go()
    noise, step = chains["noise"].ravel(), np.diff(
        chains["x"], axis=0, prepend=np.zeros([1, 3, 2])).ravel()
    assert len(set(noise)) == 1200 and abs(noise.std() - 1.) < 4. / np.sqrt(2400.)
    for other in step, chains["x"].ravel(), np.roll(noise, 6):
        assert abs(np.corrcoef(noise, other)[0, 1]) < 4. / np.sqrt(1200.)
    np.testing.assert_array_equal(noise, go()["noise"].ravel())
    assert (go(seed=2)["noise"].ravel() != noise).all()


@every_model
def test_chains_are_saved_and_resumed_with_them(model, tmp_path):
    def go(n_samples, **options):
        return run("eager", hmc(0.5), MODELS[model](), START, n_samples, 4,
                   observed=DATA, **options)

    path, whole = str(tmp_path / "chains.npz"), go(9)
    go(5).save(path)
    resumed = go(9, resume=path)
    assert_same(resumed, whole)
    for name in whole.derived:
        np.testing.assert_array_equal(resumed[name], whole[name])
    with pytest.raises(ValueError, match="derived=.*'theta'.* but now it is \\[\\]"):
        go(9, resume=path, derived=[])


def test_summaries_and_arviz_have_them():
    chains = run("eager", hmc(0.5), function, START, 20, observed=DATA)
    table = chains.summary()
    assert table.names == ["mu", "z[0]", "z[1]", "theta[0]", "theta[1]", "largest",
                           "is_first"]
    np.testing.assert_allclose(table["mean"][3:5], chains["theta"].mean((0, 1)))
    assert repr(chains).endswith("mu [], z [2], theta [2], largest [], is_first []>")
    with pytest.raises(KeyError, match="no draws of 'thet'.*'theta'"):
        chains["thet"]
    pytest.importorskip("arviz")
    assert set(chains.to_arviz().posterior.data_vars) == {
        "mu", "z", "theta", "largest", "is_first"}


def test_predictions_take_the_latents_only():
    chains = run("eager", hmc(0.5), net(), START, 20, observed=DATA)
    with chain_models.eagerly():
        found = zs.evaluation.predictive(net(), chains, ["y"])
    assert found.samples["y"].shape == (60, 2)


@pytest.mark.parametrize("place", ["session", "eager"])
def test_programs_of_other_derived_quantities_are_not_reused(place):
    """The functions have the same operations and choose among them."""
    def model(i):
        def log_joint(values):
            x = values["x"]
            scaled = [2. * x, 3. * x]
            return -0.5 * tf.reduce_sum(x ** 2, -1), {"scaled": scaled[i]}
        return log_joint

    with modes.session() if place == "session" else chain_models.eagerly():
        sampler = hmc(0.5)
        for i in range(2):
            chains = sampler.run(model(i), {}, {"x": np.ones([3, 2])}, 4, 0, seed=1,
                                 progress_bar=False, jit_compile=False)
            np.testing.assert_allclose(chains["scaled"], (2. + i) * chains["x"])


def test_nodes_that_depend_on_summed_out_nodes_are_not_recorded():
    @zs.meta_bayesian_net()
    def mixture():
        bn = zs.BayesianNet()
        mu = bn.normal("mu", np.array([-1., 3.]), std=2., group_ndims=1)
        z = bn.categorical("z", np.zeros([3, 2]), group_ndims=1)
        bn.deterministic("label", z)
        bn.deterministic("gap", mu[..., 1] - mu[..., 0])
        centre = bn.deterministic("centre", tf.gather(mu, z, axis=-1))
        x = bn.normal("x", centre, std=0.7, group_ndims=1)
        bn.deterministic("doubled", 2. * x)
        return bn

    def go(**options):
        return run("eager", hmc(0.1), zs.marginalize(mixture(), ["z"]),
                   {"mu": np.ones([4, 2])}, 3, observed={"x": np.zeros(3)}, **options)

    with pytest.raises(ValueError, match="no derived quantity 'centre'"):
        go(derived=["centre"])
    chains = go()
    assert list(chains.derived) == ["gap"]


# -- One transition, and other algorithms -----------------------------------------

@pytest.mark.parametrize("sampler", ["SGLD", pytest.param(
    "NUTS", marks=pytest.mark.slow)])
def test_single_transitions_accept_such_functions(sampler, mode):
    def make():
        x, one = chain_models.variable("x", np.ones([3, 2])), SAMPLERS[sampler]()

        def step():
            with chain_models.seeded(mode, 1):
                return one.sample(
                    lambda values: (-0.5 * tf.reduce_sum(values["x"] ** 2, -1), {
                        "norm": tf.norm(values["x"], axis=-1)}), {}, {"x": x})[0]
        return step

    modes.program(mode, make)()


def test_variational_objectives_accept_such_functions():
    def bound(log_joint):
        with zs.seeded(1):
            q = zs.BayesianNet()
            q.normal("z", 0., std=1., n_samples=5)
            return zs.variational.elbo(log_joint, {}, variational=q, axis=0).tensor

    def pair(values):
        return -values["z"] ** 2, {"square": values["z"] ** 2}

    expected = modes.run("eager", lambda: bound(lambda values: pair(values)[0]))
    np.testing.assert_array_equal(modes.run("eager", lambda: bound(pair)), expected)


# -- Errors -----------------------------------------------------------------------

def returning(result):
    return lambda values: result(-0.5 * tf.reduce_sum(values["x"] ** 2, -1), values)


@pytest.mark.parametrize("result, error, message", [
    (lambda p, v: None, TypeError, "must return the log density, or a pair"),
    (lambda p, v: {"p": p}, TypeError, "must return the log density, or a pair"),
    (lambda p, v: (p, {}, {}), TypeError, "must return the log density, or a pair"),
    (lambda p, v: (p, None), TypeError, "must return the log density, or a pair"),
    (lambda p, v: (p, {"x": p}), ValueError, "derived quantity named 'x'"),
    (lambda p, v: (p, {"y": p}), ValueError, "derived quantity named 'y'"),
    (lambda p, v: (p, {1: p}), ValueError, "derived quantity named 1"),
    (lambda p, v: (p, {"a": tf.reduce_sum(p)}), ValueError,
     r"'a' must be numeric, .*chain axes, \[3\], .*shape \[\]"),
    (lambda p, v: (p, {"a": v["x"][:1]}), ValueError, r"'a' .*shape \[1, 2\]"),
    (lambda p, v: (p, {"a": tf.constant(["b"] * 3)}), ValueError,
     "'a' must be numeric"),
])
@pytest.mark.parametrize("place", ["session", "eager"])
def test_unsuitable_results_of_functions_raise(result, error, message, place):
    with pytest.raises(error, match=message):
        run(place, hmc(0.5), returning(result), {"x": np.ones([3, 2])}, 3,
            observed={"y": 0.})


@pytest.mark.parametrize("derived, error, message", [
    (["thet"], ValueError, "no derived quantity 'thet'.*'theta'"),
    (["mu"], ValueError, "no derived quantity 'mu'"),
    (["design"], ValueError, r"'design' .* chain axes, \[3\].* shape \[5, 4\]"),
    ("theta", TypeError, r"derived= must be None or a list"),
    ([3], TypeError, r"derived= must be None or a list")])
def test_unsuitable_names_raise(derived, error, message):
    with pytest.raises(error, match=message):
        run("eager", hmc(0.5), net(), START, 3, observed=DATA, derived=derived)
