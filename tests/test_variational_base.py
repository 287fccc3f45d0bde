"""Variational objectives against closed forms and quadrature, and their errors.

The model is z ~ N(0, 1), x ~ N(z, 1), so that everything about a normal posterior
q(z) = N(m, exp(s)) is known. A statistic may be 5 standard errors off, which happens
to 6e-7 of correct ones; seeds are fixed.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

X, M, S = 1.5, 0.3, -0.4
N = 4000  # independent estimates
OBJECTIVES = {"elbo": zs.variational.elbo,
              "iw": zs.variational.importance_weighted_objective}


@zs.meta_bayesian_net()
def normal_model(n=None):
    bn = zs.BayesianNet()
    z = bn.normal("z", 0.0 if n is None else tf.zeros([n]), std=1.0)
    bn.normal("x", z, std=1.0)
    return bn


def posterior(m, s, n_samples=None, seed=3):
    with zs.seeded(seed):
        q = zs.BayesianNet()
        q.normal("z", m, logstd=s, n_samples=n_samples)
        q["z"].tensor  # noqa: B018
    return q


def exact_elbo(m, s):
    variance = np.exp(2 * s)
    log_joint = -np.log(2 * np.pi) - 0.5 * (m**2 + (X - m)**2 + 2 * variance)
    return log_joint + 0.5 * np.log(2 * np.pi * np.e) + s


def exact_iw2(m, s):
    """The importance weighted bound of two samples, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    z = m + np.exp(s) * nodes
    log_w = (stats.norm.logpdf(z) + stats.norm.logpdf(X, z)
             - stats.norm.logpdf(z, m, np.exp(s)))
    pairs = np.logaddexp(log_w[:, None], log_w) - np.log(2.0)
    return weights @ pairs @ weights / (2 * np.pi)


def slopes(f, h=1e-4):
    differences = f(M + h, S) - f(M - h, S), f(M, S + h) - f(M, S - h)
    return np.array(differences) / (2 * h)


def check_mean(estimates, expected):
    error = np.std(estimates) / np.sqrt(np.size(estimates))
    assert abs(np.mean(estimates) - expected) < 5 * error


@pytest.mark.parametrize("name, n_samples, exact", [
    ("elbo", 1, exact_elbo), ("elbo", 2, exact_elbo), ("iw", 2, exact_iw2)])
def test_values_and_gradients(mode, name, n_samples, exact):
    def compute(m, s):
        with tf.GradientTape() as tape:
            tape.watch([m, s])
            objective = OBJECTIVES[name](
                normal_model(N), {"x": X}, axis=0,
                variational=posterior(m, s, n_samples))
            cost = objective.sgvb()
        return objective, cost, tape.gradient(cost, [m, s])

    ones = np.ones(N, "float32")
    objective, cost, gradients = modes.run(mode, compute, M * ones, S * ones)
    assert objective.shape == (N,)
    np.testing.assert_allclose(cost, -objective, rtol=1e-6)
    check_mean(objective, exact(M, S))
    for gradient, slope in zip(gradients, slopes(exact)):
        check_mean(-gradient, slope)


def test_gradient_of_the_model(mode):
    """d ELBO / dx = E[z - x] = m - x."""
    def compute(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            q = posterior(M * tf.ones([N]), S)
            cost = zs.variational.elbo(normal_model(N), {"x": x}, variational=q).sgvb()
        return tape.gradient(cost, x)

    check_mean(-modes.run(mode, compute, X * np.ones(N, "float32")), M - X)


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_with_the_exact_posterior_every_sample_gives_the_evidence(mode, name):
    def compute():
        q = posterior(X / 2, np.float32(0.5 * np.log(0.5)), 7)
        return OBJECTIVES[name](normal_model(), {"x": X}, axis=0, variational=q)

    np.testing.assert_allclose(modes.run(mode, compute),
                               stats.norm.logpdf(X, 0, np.sqrt(2)), rtol=1e-5)


def test_one_sample_of_iw_is_the_elbo(mode):
    def compute(m):
        results = []
        for objective in OBJECTIVES.values():
            with tf.GradientTape() as tape:
                tape.watch(m)
                cost = objective(normal_model(5), {"x": X}, axis=0,
                                 variational=posterior(m, S, 1)).sgvb()
            results.append((cost, tape.gradient(cost, m)))
        return results

    elbo, iw = modes.run(mode, compute, M * np.ones(5, "float32"))
    np.testing.assert_allclose(iw[0], elbo[0], rtol=1e-5)
    np.testing.assert_allclose(iw[1], elbo[1], rtol=1e-5)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, [0, 1], (0, -1)])
def test_axes(axis):
    def compute(axis):
        return zs.variational.elbo(
            normal_model(3), {"x": X}, axis=axis,
            variational=posterior(tf.zeros([3]), S, 4))

    terms = modes.run("graph", lambda: compute(None))
    assert terms.shape == (4, 3)
    value = modes.run("graph", lambda: compute(axis))
    expected = terms if axis is None else terms.mean(
        tuple(axis) if isinstance(axis, list) else axis)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    if axis is not None:
        value = modes.run("graph", lambda: zs.variational.iw_objective(
            normal_model(3), {"x": X}, axis=axis,
            variational=posterior(tf.zeros([3]), S, 4)))
        axis = tuple(axis) if isinstance(axis, list) else axis
        np.testing.assert_allclose(value, np.log(np.exp(terms).mean(axis)), rtol=1e-5)


def test_a_model_without_latents_has_its_log_joint_as_bound(mode):
    def compute():
        q = zs.BayesianNet()
        return zs.variational.elbo(normal_model(), {"x": X, "z": 1.0}, variational=q)

    expected = stats.norm.logpdf(1.0) + stats.norm.logpdf(X, 1.0)
    np.testing.assert_allclose(modes.run(mode, compute), expected, rtol=1e-5)


def test_observed_nodes_of_the_posterior_are_no_latents(mode):
    def compute():
        q = zs.BayesianNet({"a": 1.0})
        a = q.normal("a", 0.0, std=1.0)
        q.normal("z", a, std=1.0)
        bound = zs.variational.elbo(normal_model(), {"x": X}, variational=q)
        return bound, bound.bn.log_joint() - q.cond_log_prob("z")

    value, expected = modes.run(mode, compute)
    assert value == expected


# -- The object ---------------------------------------------------------------

def test_objectives_hold_net_and_terms():
    model, q = normal_model(), posterior(M, S)
    bound = zs.variational.elbo(model, {"x": X}, variational=q)
    assert bound.meta_bn is model
    assert bound.variational is q
    assert bound.bn["z"].tensor is q["z"].tensor
    assert bound.bn["x"].is_observed()
    assert isinstance(bound, zs.variational.VariationalObjective)
    assert zs.variational.iw_objective is zs.variational.importance_weighted_objective
    assert bound.tensor is bound.tensor


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_objectives_are_tensor_like(mode, name):
    def compute():
        bound = OBJECTIVES[name](normal_model(3), {"x": X}, axis=0,
                                 variational=posterior(tf.zeros([3]), S, 2))
        return (bound.tensor, bound + 1.0, 2.0 * bound, np.ones(3, "float32") - bound,
                -bound, bound[0], tf.reduce_mean(bound), tf.exp(bound), bound > 0.0)

    a, *others = modes.run(mode, compute)
    for value, expected in zip(others, [
            a + 1, 2 * a, 1 - a, -a, a[0], a.mean(), np.exp(a), a > 0]):
        np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_a_session_fetches_objectives():
    with modes.session() as sess:
        bound = zs.variational.elbo(normal_model(), {"x": X},
                                    variational=posterior(M, S))
        assert len({sess.run(bound), sess.run(bound.tensor)}) == 1
        with pytest.raises(TypeError, match="not iterable"):
            list(bound)
        with pytest.raises(TypeError, match="no truth value"):
            bool(bound)
        assert len({bound, bound}) == 1


# -- Other ways to give the model and the posterior ---------------------------

@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_a_function_as_the_model(mode, name):
    def log_joint(values):
        assert sorted(values) == ["x", "z"]
        bn = normal_model().observe(**values)
        return bn.cond_log_prob("z") + bn.cond_log_prob("x")

    def compute():
        return [OBJECTIVES[name](model, {"x": X}, axis=0,
                                 variational=posterior(M, S, 3))
                for model in (log_joint, normal_model())]

    by_function, by_model = modes.run(mode, compute)
    np.testing.assert_allclose(by_function, by_model, rtol=1e-6)


def test_a_function_has_no_net():
    bound = zs.variational.elbo(lambda values: tf.constant(0.0) * values["z"],
                                {"x": X}, variational=posterior(M, S))
    assert bound.bn is None


@pytest.mark.parametrize("name", sorted(OBJECTIVES))
def test_latent_is_deprecated_and_works(name):
    def compute():
        q = posterior(M, S, 3)
        new = OBJECTIVES[name](normal_model(), {"x": X}, axis=0, variational=q)
        latent = {"z": [q["z"].tensor, q["z"].cond_log_p]}
        with pytest.warns(FutureWarning, match="`latent` is .*`variational`") as caught:
            old = OBJECTIVES[name](normal_model(), {"x": X}, latent, axis=0)
        assert caught[0].filename == __file__
        return new, old, old.sgvb()

    new, old, cost = modes.run("graph", compute)
    assert new == old == -cost


# -- Errors -------------------------------------------------------------------

@pytest.fixture(params=sorted(OBJECTIVES))
def objective(request):
    return OBJECTIVES[request.param]


def test_a_latent_without_posterior(objective):
    with pytest.raises(ValueError, match=(
            "The variational posterior has no node 'z', which is a latent of the model "
            "'normal_model'. Its latent nodes are: none. Add a node of this name to "
            "the BayesianNet `variational` ")):
        objective(normal_model(), {"x": X}, variational=zs.BayesianNet(), axis=0)


def test_a_posterior_with_a_misspelled_latent(objective):
    q = zs.BayesianNet()
    q.normal("zz", 0., std=1., n_samples=2)
    with pytest.raises(ValueError, match=(
            "The variational posterior has a node 'zz', but the model 'normal_model' "
            "has no latent of this name. Did you mean 'z'. Latents: z.")):
        objective(normal_model(), {"x": X}, variational=q, axis=0)


def test_a_latent_without_posterior_where_log_joint_was_set():
    model = normal_model()
    model.log_joint = lambda bn: bn.cond_log_prob("x")
    with pytest.warns(UserWarning, match="'z' of .* drawn from their priors") as caught:
        zs.variational.elbo(model, {"x": X}, variational=zs.BayesianNet())
    assert caught[0].filename == __file__


def test_an_observed_name_that_the_model_does_not_have(objective):
    with pytest.raises(ValueError, match="no stochastic node named 'xx'.*Did you "
                                         "mean 'x'"):
        objective(normal_model(), {"xx": X}, variational=posterior(0., 0., 2), axis=0)


def test_a_name_both_observed_and_latent(objective):
    with pytest.raises(ValueError, match="'z' is both in `observed`.*posterior too"):
        objective(normal_model(), {"x": X, "z": 0.}, variational=posterior(M, S, 2),
                  axis=0)


def test_exactly_one_of_latent_and_variational(objective):
    with pytest.raises(ValueError, match="Exactly one of .* none was"):
        objective(normal_model(), {"x": X}, axis=0)
    q = posterior(M, S)
    with pytest.raises(ValueError, match="Exactly one of .* both were"):
        objective(normal_model(), {"x": X}, {"z": (q["z"], q["z"])}, axis=0,
                  variational=q)


def test_models_and_nets_in_each_others_place_raise(objective):
    with pytest.raises(TypeError, match=r"must be a BayesianNet.*pass q\.observe\(\)"):
        objective(normal_model(), {"x": X}, variational=normal_model(), axis=0)
    with pytest.raises(TypeError, match="must be a MetaBayesianNet.*is a BayesianNet"):
        objective(normal_model().observe(), {"x": X}, variational=posterior(M, S),
                  axis=0)
    with pytest.raises(TypeError, match="MetaBayesianNet or a function.*3"):
        objective(3, {"x": X}, variational=posterior(M, S), axis=0)


@pytest.mark.parametrize("axis", ["0", 0., [0, "1"]], ids=repr)
def test_an_axis_that_is_no_integer_raises(objective, axis):
    with pytest.raises(TypeError, match="axis must be an int or a list of ints.*0"):
        objective(normal_model(), {"x": X}, variational=posterior(M, S), axis=axis)


def test_iw_needs_an_axis():
    with pytest.raises(ValueError, match="requires `axis`"):
        zs.variational.iw_objective(
            normal_model(), {"x": X}, variational=posterior(M, S))


def test_sgvb_warns_where_no_gradient_flows(objective):
    q = zs.BayesianNet()
    q.normal("z", 0.0, std=1.0, n_samples=2, is_reparameterized=False)
    bound = objective(normal_model(), {"x": X}, variational=q, axis=0)
    with pytest.warns(UserWarning, match=(
            r"sgvb\(\) requires reparameterized latents, but the distribution of node "
            r"'z', Normal, is not .* biased\. Pass is_reparameterized=True")) as caught:
        bound.sgvb()
    assert caught[0].filename == __file__
