"""Runs without initial values: latents are found, and their values are drawn."""
import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

EFFECTS = np.array([28., 8., -3., 7., -1., 1., 18., 12.], "float32")
ERRORS = np.array([15., 10., 16., 11., 9., 11., 10., 18.], "float32")
PLACES = ("eager", "session")


def run(model, observed=None, place="eager", sampler=None, **options):
    """Without transitions, unless `options` say otherwise."""
    options = dict({"n_samples": 1, "n_warmup": 0, "seed": 1, "progress_bar": False,
                    "jit_compile": False}, **options)
    sampler = zs.SGLD(1e-12) if sampler is None else sampler
    if place == "session":
        with modes.session():
            return sampler.run(model, observed or {}, **options)
    with chain_models.eagerly():
        return sampler.run(model, observed or {}, **options)


@zs.meta_bayesian_net()
def schools():
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=5.)
    tau = bn.half_cauchy("tau", 5.)
    z = bn.normal("z", tf.zeros([8]), std=1., group_ndims=1)
    theta = mu[..., None] + tau[..., None] * z
    bn.normal("effect", theta, std=ERRORS, group_ndims=1)
    return bn


@zs.meta_bayesian_net()
def constrained():
    """Latents of every kind of constraint, with ends that depend on others."""
    bn = zs.BayesianNet()
    low = bn.normal("low", np.float64(0.), std=1.)
    width = bn.gamma("width", np.float64(2.), 2.)
    bn.uniform("between", low, low + width)
    bn.flat("level", dtype=tf.float64)
    bn.half_flat("scale", dtype=tf.float64)
    p = bn.dirichlet("p", np.ones(3))
    bn.beta("share", tf.reduce_max(p, -1), np.float64(1.))
    bn.normal("rows", tf.zeros([13, 2], tf.float64), std=1., group_ndims=2)
    return bn


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("init", ["uniform", "prior"])
def test_starts_have_the_shapes_and_supports_of_latents(place, init):
    start = run(constrained(), place=place, init=init)
    shapes = {"low": (), "width": (), "between": (), "level": (), "scale": (),
              "p": (3,), "share": (), "rows": (13, 2)}
    assert {name: x.shape for name, x in start.draws.items()} == {
        name: (1, 4) + shape for name, shape in shapes.items()}
    assert all(x.dtype == "float64" for x in start.draws.values())
    assert (start["width"] > 0.).all() and (start["scale"] > 0.).all()
    assert ((start["low"] < start["between"]) & (
        start["between"] < start["low"] + start["width"])).all()
    np.testing.assert_allclose(start["p"].sum(-1), 1.)


@pytest.mark.parametrize("place", PLACES)
def test_uniform_starts_follow_their_distribution(place):
    """Kolmogorov and Smirnov's test in unconstrained space; failure rate 1e-3."""
    x = run(constrained(), place=place, n_chains=500)
    share = x["share"][0]
    for free in (x["low"][0], np.log(x["width"][0]), x["rows"][0].ravel(),
                 np.log(share / (1. - share))):
        assert stats.kstest(free / 4. + 0.5, "uniform").pvalue > 2e-4


def test_starts_from_the_prior_follow_it():
    """Failure rate 1e-3."""
    x = run(schools(), {"effect": EFFECTS}, n_chains=1000, init="prior")
    for name, dist in (("mu", stats.norm(0., 5.)), ("tau", stats.halfcauchy(0., 5.)),
                       ("z", stats.norm())):
        assert stats.kstest(x[name].ravel()[::8], dist.cdf).pvalue > 2e-4


@pytest.mark.slow
@pytest.mark.parametrize("init", [None, "prior"])
def test_the_short_form_samples_the_posterior(init):
    """Failure rate: 10 means within 5 standard errors of another start."""
    sampler = zs.NUTS(target_acceptance_rate=0.99)
    options = {"n_samples": 1000, "n_warmup": 500, "sampler": sampler,
               "jit_compile": "auto"}
    one = run(schools(), {"effect": EFFECTS}, init=init, **options)
    other = run(schools(), {"effect": EFFECTS}, n_chains=4, latent={
        "mu": np.float32(0.), "tau": np.float32(1.), "z": np.zeros(8, "float32")},
        **options)
    assert one.n_chains == 4 and list(one.draws) == ["mu", "tau", "z"]
    for name in one.draws:
        error = np.hypot(zs.diagnostics.mcse(one[name]),
                         zs.diagnostics.mcse(other[name]))
        assert (np.abs(one[name].mean((0, 1)) - other[name].mean((0, 1)))
                < 5. * error).all()


def test_values_of_some_latents_are_given():
    given = {"mu": 3, "z": [[0.5] * 8, [1.5] * 8]}
    start = run(schools(), {"effect": EFFECTS}, init=given)
    np.testing.assert_allclose(start["mu"][0], [3., 3.], atol=1e-3)
    np.testing.assert_allclose(start["z"][0], given["z"], atol=1e-3)
    assert start["tau"].shape == (1, 2) and start["tau"].dtype == "float32"


def test_the_seed_determines_the_start():
    one, same, other = [run(schools(), {"effect": EFFECTS}, seed=seed)["z"]
                        for seed in (1, 1, 2)]
    np.testing.assert_array_equal(one, same)
    assert (one != other).all()


def test_axes_of_data_are_no_axes_of_chains():
    """Whatever their length; the search tries numbers of chains such as 13."""
    @zs.meta_bayesian_net()
    def model(n):
        bn = zs.BayesianNet()
        x = bn.normal("x", tf.zeros([n, n]), std=1., group_ndims=2)
        bn.normal("y", x[..., 0], std=1., group_ndims=1)
        return bn

    for n in 4, 13, 17, 19:
        assert run(model(n))["x"].shape == (1, 4, n, n)


def test_models_with_chain_axes_only_are_found():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        w = bn.normal("w", tf.zeros([2]), std=1., group_ndims=1)
        bn.normal("y", tf.matmul(w, tf.ones([2, 5])), std=1., group_ndims=1)
        return bn

    assert run(model(), {"y": np.zeros(5)})["w"].shape == (1, 4, 2)


def test_chains_without_a_finite_density_are_drawn_again():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        x = bn.normal("x", np.float64(0.), std=1.)
        bn.factor("limit", tf.where(x > 1.5, tf.zeros_like(x.tensor), tf.fill(
            tf.shape(x.tensor), np.float64(-np.inf))))
        return bn

    x = run(model(), n_chains=20)["x"]
    assert x.shape == (1, 20) and (x > 1.5).all() and len(set(x.ravel())) == 20


@zs.meta_bayesian_net()
def impossible(gradient=False):
    bn = zs.BayesianNet()
    x = bn.normal("x", np.float64(0.), std=1.)
    if gradient:
        bn.factor("term", tf.sqrt(tf.zeros_like(x.tensor) * x))
    else:
        bn.normal("y", x, std=tf.sqrt(-1. - x ** 2))
    return bn


@pytest.mark.parametrize("place", PLACES)
def test_no_finite_start_names_the_node(place):
    with pytest.raises(ValueError, match="100 tries.*node 'y' is nan.*init="):
        run(impossible(), {"y": 1.}, place=place)
    with pytest.raises(ValueError, match="100 tries.*latent 'x' is not finite"):
        run(impossible(gradient=True), place=place)


def test_discrete_latents_raise_and_can_be_summed_out():
    @zs.meta_bayesian_net()
    def mixture():
        bn = zs.BayesianNet()
        mean = bn.normal("mean", tf.zeros([2]), std=3., group_ndims=1)
        z = bn.categorical("z", tf.zeros([5, 2]), group_ndims=1)
        bn.normal("y", tf.reduce_sum(tf.one_hot(z.tensor, 2) * mean[..., None, :], -1),
                  std=1., group_ndims=1)
        return bn

    y = np.array([-2., -1.5, 2., 1., 1.5], "float32")
    with pytest.raises(TypeError, match="'z' follows Categorical.*marginalize"):
        run(mixture(), {"y": y})
    out = run(zs.marginalize(mixture(), ["z"]), {"y": y})
    assert list(out.draws) == ["mean"] and out["mean"].shape == (1, 4, 2)


def test_missing_entries_are_latents():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        mean = bn.normal("mean", 0., std=1.)
        bn.normal("y", mean[..., None] + tf.zeros([3]), std=1., group_ndims=1)
        return bn

    y = zs.PartialObservation(np.array([1., np.nan, 2.], "float32"), missing="latent")
    assert {name: x.shape for name, x in run(model(), {"y": y}).draws.items()} == {
        "mean": (1, 4), "y_missing": (1, 4, 1)}


def test_minibatches_are_no_latents():
    out = run(schools(), data=[{"effect": EFFECTS}])
    assert list(out.draws) == ["mu", "tau", "z"]


def test_a_float64_observation_makes_latents_float64():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.normal("y", bn.normal("x", 0., std=1.), std=1.)
        return bn

    assert run(model(), {"y": np.float64(1.)})["x"].dtype == "float64"
    assert run(model(), {"y": np.float32(1.)})["x"].dtype == "float32"
    # Constants of the model come first.
    assert run(schools(), {"effect": EFFECTS.astype("float64")})["z"].dtype == "float32"


def test_runs_resume_without_initial_values():
    options = {"sampler": zs.HMC(0.1, 3), "n_chains": 3}
    part = run(schools(), {"effect": EFFECTS}, n_samples=4, **options)
    del options["n_chains"]
    rest = run(schools(), {"effect": EFFECTS}, n_samples=9, resume=part, **options)
    whole = run(schools(), {"effect": EFFECTS}, n_samples=9, n_chains=3,
                sampler=zs.HMC(0.1, 3))
    np.testing.assert_array_equal(rest["z"], whole["z"])


def test_unsuitable_arguments_raise():
    with pytest.raises(TypeError, match="latents of .* cannot be found.*latent="):
        run(lambda values: -values["x"] ** 2)
    with pytest.raises(ValueError, match="no latents"):
        run(impossible(), {"x": 1., "y": 1.})
    with pytest.raises(ValueError, match="init= must be .* but it is 'posterior'"):
        run(schools(), {"effect": EFFECTS}, init="posterior")
    with pytest.raises(ValueError, match="unknown latent 'nu'.*names: mu"):
        run(schools(), {"effect": EFFECTS}, init={"nu": 1.})
    with pytest.raises(ValueError, match="'z' has shape .*5.*8.*3 chains"):
        run(schools(), {"effect": EFFECTS}, init={"z": np.zeros(5)}, n_chains=3)
    with pytest.raises(ValueError, match="both `latent` and `init`"):
        run(schools(), {"effect": EFFECTS}, init="prior", latent={"mu": 0.})
    with pytest.raises(ValueError, match="no stochastic node named 'efect'"):
        run(schools(), {"efect": EFFECTS})


@pytest.mark.parametrize("place", PLACES)
def test_models_that_are_not_called_raise(place):
    with pytest.raises(TypeError, match=r"latents of .*model\(\).*initial values"):
        run(schools().observe, {"effect": EFFECTS}, place=place)


@pytest.mark.parametrize("start", [
    {}, {"latent": {"mu": 0., "tau": 1., "z": [0.] * 8}, "n_chains": 2}],
    ids=["found", "given"])
def test_functions_of_models_are_called(start):
    """As by `fit`."""
    draws = [run(model, {"effect": EFFECTS}, **start)["z"]
             for model in (schools, schools())]
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wrong", [
    "a", None, [[1.] * 8, [1.] * 7], {"x": 1.}, object()],
    ids=lambda x: type(x).__name__)
def test_initial_values_that_are_not_numeric_raise(place, wrong):
    with pytest.raises(TypeError, match="latent 'z' must be numeric, but its start"):
        run(schools(), {"effect": EFFECTS}, place, init={"z": wrong})


def test_observations_of_none_raise():
    with pytest.raises(ValueError, match="observed value of 'effect' is None"):
        run(schools(), {"effect": None})


@pytest.mark.parametrize("n_chains", [0, -1, "4", 2., [4]])
def test_unsuitable_numbers_of_chains_raise(n_chains):
    for options in {}, {"init": "prior"}, {"latent": {"mu": 0.}}:
        with pytest.raises(ValueError, match="n_chains must be an int of at least 1"):
            run(schools(), {"effect": EFFECTS}, n_chains=n_chains, **options)


def test_observations_of_wrong_shapes_raise_without_chains():
    """The search for latents tries numbers of chains, which the user did not choose."""
    with pytest.raises(ValueError, match=r"node 'effect'.* \(7,\), .*node, \(8,\)"):
        run(schools(), {"effect": EFFECTS[:7]})


@zs.meta_bayesian_net()
def without_new_axis(in_node):
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=1.)
    noise = bn.half_normal("noise", 1.)
    mean = tf.zeros([8]) if in_node else mu * tf.ones([8])
    bn.normal("y", mean, std=noise if in_node else noise[..., None], group_ndims=1)
    return bn


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("in_node", [False, True])
@pytest.mark.parametrize("start", [
    {}, {"latent": {"mu": 0., "noise": 1.}, "n_chains": 3}], ids=["found", "given"])
def test_models_that_lack_an_axis_of_chains_raise(place, in_node, start):
    with pytest.raises(ValueError, match=(
            r"model 'without_new_axis' raised an error .* axis of (13|3) chains: .*"
            r"(Dimensions must|Incompatible shapes: |should be broadcastable).*[^ .]\. "
            r"Write latent\[\.\.\., tf\.newaxis\] where a latent is combined")):
        run(without_new_axis(in_node), {"y": EFFECTS}, place, **start)


@pytest.mark.parametrize("place", PLACES)
def test_starts_outside_of_the_support_raise_with_value_and_chain(place):
    message = (r"latent 'tau' must be positive, but its initial value is %s%s\. Pass a "
               r"value inside the support, not at its edge\. Try better initialization")
    start = {"mu": [0.] * 3, "z": [[0.] * 8] * 3, "tau": [1., 0., -2.]}
    for options in {"latent": start}, {"init": start}, {"init": {"tau": [1., 0., -2.]}}:
        with pytest.raises(ValueError, match=message % ("0.0", r" \(chain 1\)")):
            run(schools(), {"effect": EFFECTS}, place, **options)
    with pytest.raises(ValueError, match=message % ("-1.0", "")):
        run(schools(), {"effect": EFFECTS}, place, latent={
            "mu": 0., "z": [0.] * 8, "tau": -1.})


def test_starts_outside_of_moving_ends_are_drawn_again():
    """The value of one latent may fit other draws of the ends."""
    start = run(constrained(), init={"between": [0.5, 0.5]})
    assert ((start["low"] < 0.5) & (start["low"] + start["width"] > 0.5)).all()


def test_fits_outside_of_the_support_raise():
    with chain_models.eagerly(), pytest.raises(
            ValueError, match=r"'tau' must be .* value is -1.0\. Pass a"):
        zs.variational.fit(schools(), {"effect": EFFECTS}, latent={
            "mu": 0., "z": [0.] * 8, "tau": -1.})


@pytest.mark.parametrize("place", PLACES)
def test_starts_without_a_finite_density_name_the_node(place):
    start = {"mu": [0., 0.], "z": [[0.] * 8, [np.nan] * 8], "tau": [1., 1.]}
    with pytest.raises(ValueError, match=(
            r"density is nan at the initial values of 1 of 2 chains \(1\), because the "
            r"log density of the node 'z' is nan\. Check the data\. Try better init")):
        run(schools(), {"effect": EFFECTS}, place, latent=start)
    with pytest.raises(ValueError, match="density is -inf at the initial values. C"):
        run(lambda values: values["x"] - np.inf, place=place, latent={"x": 0.})


@pytest.mark.parametrize("place", PLACES)
def test_models_without_latents_raise(place):
    given = {"mu": 0., "tau": 1., "z": np.zeros(8), "effect": EFFECTS}
    with pytest.raises(ValueError, match=r"model 'schools' has no latents: all its stoc"
                       r"hastic nodes \(effect, mu, tau, z\) are observed. Remove at"):
        run(schools(), given, place)


@pytest.mark.parametrize("place", PLACES)
def test_start_values_of_wrong_names_raise(place):
    with pytest.raises(ValueError, match=(
            "`latent` has no value of 'tau', 'z', which are latents of the model "
            "'schools'. It has values of: mu. Add the initial values of these")):
        run(schools(), {"effect": EFFECTS}, place, latent={"mu": 0.})
    with pytest.raises(ValueError, match=(
            "`latent` has an initial value of 'taus', but the model 'schools' has no "
            "latent of this name. Did you mean 'tau'. Latents: mu, tau, z.")):
        run(schools(), {"effect": EFFECTS}, place, latent={"taus": 0.})


@pytest.mark.parametrize("place", PLACES)
def test_lists_and_numbers_are_data(place):
    lists = run(schools(), {"effect": list(map(int, EFFECTS))}, place, zs.HMC(0.1, 3))
    arrays = run(schools(), {"effect": EFFECTS}, place, zs.HMC(0.1, 3))
    np.testing.assert_array_equal(lists["z"], arrays["z"])
