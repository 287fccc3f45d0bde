"""Automatic posteriors: densities, gradients, constraints, objectives."""
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as st
import tensorflow.compat.v2 as tf
from chains import eagerly

import zhusuan as zs
from zhusuan.variational import posteriors

POSTERIORS = {
    "mean_field": posteriors.MeanField, "delta": posteriors.Delta,
    "multivariate_normal": posteriors.MultivariateNormal,
    "low_rank_normal": posteriors.LowRankNormal,
    "iaf": lambda *args, **kwargs: posteriors.Flow(
        *args, kind="iaf", n_layers=2, hidden_units=(8,), **kwargs),
    "real_nvp": lambda *args, **kwargs: posteriors.Flow(
        *args, kind="real_nvp", n_layers=2, hidden_units=(8,), **kwargs)}
every_posterior = pytest.mark.parametrize("kind", sorted(POSTERIORS))


@zs.meta_bayesian_net()
def build():
    """Latents on the line, a half line, an interval, and a simplex."""
    bn = zs.BayesianNet()
    w = bn.normal("w", tf.zeros([2], tf.float64), std=1., group_ndims=1)
    s = bn.gamma("s", tf.constant(2., tf.float64), 2.)
    u = bn.uniform("u", tf.constant(-1., tf.float64), 3.)
    p = bn.dirichlet("p", tf.ones([3], tf.float64))
    bn.normal("x", w[..., 0] + u + p[..., 0], std=s)
    return bn


OBSERVED = {"x": 0.5}


def make(kind, **options):
    """A posterior with random parameters."""
    posterior = POSTERIORS[kind](build(), OBSERVED, **dict({"seed": 1}, **options))
    state = np.random.RandomState(1)
    for variable in posterior.variables:
        variable.assign(0.5 * state.standard_normal(variable.shape.as_list()))
    return posterior


def objective(q):
    return zs.variational.elbo(build(), OBSERVED, variational=q, axis=0)


def free(values):
    """Positions by the inverses that the documentation of bijectors states."""
    log_p = np.log(values["p"])
    return np.concatenate([
        values["w"], np.log(values["s"])[:, None],
        sp.logit((values["u"] + 1.) / 4.)[:, None],
        log_p[:, :-1] - log_p[:, -1:]], axis=1)


def log_jacobian(values):
    """The log determinant of values by positions, in closed form."""
    unit = (values["u"] + 1.) / 4.
    return (np.log(values["s"]) + np.log(4. * unit * (1. - unit))
            + np.sum(np.log(values["p"]), axis=1))


def moments(kind, posterior):
    """The mean and the covariance of positions."""
    dist = posterior._distribution()
    if kind == "mean_field":
        return dist.mean.numpy(), np.diag(dist.std.numpy() ** 2)
    if kind == "multivariate_normal":
        root = np.tril(dist.cov_tril.numpy())
        return dist.mean.numpy(), root @ root.T
    scale, factor = np.diag(np.exp(dist._log_scale)), dist._factor.numpy()
    inner = np.eye(len(scale)) + factor @ factor.T
    return dist._mean.numpy(), scale @ inner @ scale


@pytest.mark.parametrize("kind", ["mean_field", "multivariate_normal",
                                  "low_rank_normal"])
def test_log_density_matches_scipy(kind):
    """log N(u) minus log |Jacobian|; also at values that the posterior did not draw."""
    with eagerly():
        posterior = make(kind)
        q, other = posterior(n_samples=6), posterior(n_samples=6)
        values = {name: q[name].tensor.numpy() for name in q.stochastic_names}
        log_q = sum(x.numpy() for x in q.cond_log_prob(list(values)))
        exact = st.multivariate_normal.logpdf(
            free(values), *moments(kind, posterior)) - log_jacobian(values)
        np.testing.assert_allclose(log_q, exact, rtol=1e-8)
        moved = zs._model.joint_parts.at_samples(
            {name: other[name].dist for name in values},
            {name: q[name].tensor for name in values})
        np.testing.assert_allclose(
            sum(moved[name].log_prob(values[name]).numpy() for name in values), exact,
            rtol=1e-6)


@pytest.mark.parametrize("kind", ["mean_field", "multivariate_normal",
                                  "low_rank_normal"])
def test_draws_have_the_moments_of_the_variables(kind):
    """Failure rate 1e-4: 4.5 standard errors of means and covariances of 5 numbers."""
    n = 20000
    with eagerly(), zs.seeded(3):
        posterior = make(kind)
        q = posterior(n_samples=n)
        u = free({name: q[name].tensor.numpy() for name in q.stochastic_names})
        mean, covariance = moments(kind, posterior)
    sd = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(u.mean(0) - mean) < 4.5 * sd / n ** 0.5)
    error = np.sqrt((covariance ** 2 + np.outer(sd, sd) ** 2) / n)
    assert np.all(np.abs(np.cov(u.T) - covariance) < 4.5 * error)


@pytest.mark.parametrize("kind", ["iaf", "real_nvp"])
def test_flow_density_integrates_to_one(kind):
    """On a grid of the line: one latent, whose values are positive."""
    @zs.meta_bayesian_net()
    def build_one():
        bn = zs.BayesianNet()
        bn.gamma("s", tf.constant(2., tf.float64), 2.)
        return bn

    with eagerly():
        posterior = POSTERIORS[kind](build_one(), {}, seed=1)
        q = posterior(n_samples=2)
        log_s = np.linspace(-8., 8., 4001)
        log_q = q["s"].dist.log_prob(np.exp(log_s)).numpy()
    total = np.sum(np.exp(log_q + log_s)) * (log_s[1] - log_s[0])
    assert abs(total - 1.) < 1e-6


@every_posterior
def test_every_objective_accepts_every_posterior(kind):
    """Without warnings; gradients by all variables are finite."""
    def costs(q):
        weighted = zs.variational.importance_weighted_objective(
            build(), OBSERVED, variational=q, axis=0)
        renyi = zs.variational.renyi_bound(
            build(), OBSERVED, 0.5, variational=q, axis=0)
        klpq = zs.variational.klpq(build(), OBSERVED, variational=q, axis=0)
        return {"sgvb": objective(q).sgvb(),
                "path": objective(q).sgvb(path_derivative=True),
                "reinforce": objective(q).reinforce(),
                "analytic": zs.variational.elbo(
                    build(), OBSERVED, variational=q, axis=0,
                    analytic_kl=True).sgvb(),
                "iw": weighted.sgvb(), "vimco": weighted.vimco(),
                "dreg": weighted.dreg(), "renyi": renyi.sgvb(),
                "klpq": klpq.importance()}

    with eagerly(), zs.seeded(2):
        posterior = make(kind)
        with tf.GradientTape(persistent=True) as tape:
            found = costs(posterior(n_samples=4))
        for name, cost in found.items():
            if name != "klpq" or kind != "delta":  # which has no log density
                gradients = tape.gradient(cost, posterior.variables)
                assert any(g is not None for g in gradients), name
                assert all(np.all(np.isfinite(g)) for g in gradients if g is not None)


@pytest.mark.slow
@every_posterior
def test_estimators_have_the_same_mean_gradient(kind):
    """Those of the ELBO, and the densities of samples moved into other nodes.

    With one particle the importance weighted bound is the ELBO. The path derivative and
    dreg omit the score, whose mean is 0: failure rate 1e-4, 5 standard errors.
    """
    n = 400

    def slope(cost):
        return tape.gradient(cost, posterior.variables[0]).numpy()

    differences = []
    with eagerly():
        posterior = make(kind)
        for i in range(n // 20):
            with zs.seeded([5, i]), tf.GradientTape(persistent=True) as tape:
                q = posterior(n_samples=20)
                total = objective(q).sgvb()
                path = objective(q).sgvb(path_derivative=True)
            differences.append(slope(path) - slope(total))
        error = np.std(differences, axis=0) / len(differences) ** 0.5
        assert np.all(np.abs(np.mean(differences, axis=0)) < 5. * error + 1e-9)
        with zs.seeded(6), tf.GradientTape(persistent=True) as tape:
            q = posterior(n_samples=1)
            path = objective(q).sgvb(path_derivative=True)
            dreg = zs.variational.importance_weighted_objective(
                build(), OBSERVED, variational=q, axis=0).dreg()
        np.testing.assert_allclose(slope(dreg), slope(path), rtol=1e-6, atol=1e-8)


def test_path_derivative_vanishes_at_the_exact_posterior():
    """All latents contribute, although one node has the density of vectors."""
    @zs.meta_bayesian_net()
    def build_pair():
        bn = zs.BayesianNet()
        a = bn.normal("a", tf.constant(0., tf.float64), std=1.)
        bn.normal("b", 2. * a, std=1.)
        return bn

    with eagerly():
        posterior = posteriors.MultivariateNormal(build_pair(), {}, seed=1)
        np.testing.assert_allclose(
            moments("multivariate_normal", posterior)[1], [[1., 2.], [2., 5.]])
        with tf.GradientTape(persistent=True) as tape:
            q = posterior(n_samples=3)
            cost = zs.variational.elbo(
                build_pair(), {}, variational=q, axis=0).sgvb(path_derivative=True)
            dreg = zs.variational.importance_weighted_objective(
                build_pair(), {}, variational=q, axis=0).dreg()
        for gradient in tape.gradient([cost, dreg], posterior.variables):
            np.testing.assert_allclose(gradient, 0., atol=1e-12)
        assert abs(float(cost)) < 1e-12  # the evidence is 1


def test_delta_has_a_jacobian_on_request():
    with eagerly():
        plain, with_jacobian = [make("delta", has_jacobian=x)() for x in (False, True)]
        values = {name: plain[name].tensor.numpy()[None]
                  for name in plain.stochastic_names}
        assert float(sum(plain.cond_log_prob(list(values)))) == 0.
        np.testing.assert_allclose(
            float(sum(with_jacobian.cond_log_prob(list(values)))),
            -log_jacobian(values)[0], rtol=1e-8)


def test_interval_may_depend_on_another_latent():
    """u = s sigmoid(x): the density of u given s, integrated on a grid, is 1."""
    @zs.meta_bayesian_net()
    def build_moving():
        bn = zs.BayesianNet()
        s = bn.gamma("s", tf.constant(2., tf.float64), 2.)
        bn.uniform("u", tf.zeros([], tf.float64), s)
        return bn

    with eagerly():
        posterior = posteriors.MeanField(build_moving(), {}, seed=1)
        q = posterior(n_samples=50)
        s, u = q["s"].tensor.numpy(), q["u"].tensor.numpy()
        assert np.all((u > 0.) & (u < s))
        unit = u / s
        mean, covariance = moments("mean_field", posterior)
        exact = st.norm.logpdf(
            sp.logit(unit), mean[1], covariance[1, 1] ** 0.5
        ) - np.log(s * unit * (1. - unit))
        np.testing.assert_allclose(q["u"].cond_log_p, exact, rtol=1e-6)


def test_angles_lie_in_an_interval():
    @zs.meta_bayesian_net()
    def build_angle():
        bn = zs.BayesianNet()
        bn.von_mises("angle", 0., 1.)
        return bn

    with eagerly():
        posterior = posteriors.MeanField(build_angle(), {}, seed=1)
        posterior.variables[1].assign([2.])
        angle = posterior(n_samples=1000)["angle"].tensor.numpy()
    assert np.all(np.abs(angle) <= np.pi) and np.ptp(angle) > 6.


def test_some_latents_are_written_by_hand():
    """A discrete one, and automatic ones in the same BayesianNet."""
    @zs.meta_bayesian_net()
    def build_mixed():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", 0.)
        s = bn.gamma("s", 2., 2.)
        bn.normal("x", tf.cast(z, tf.float32), std=s)
        return bn

    with eagerly():
        posterior = posteriors.MeanField(build_mixed(), {"x": 0.5}, ["s"], seed=1)
        q = zs.BayesianNet()
        q.bernoulli("z", tf.Variable(0.), n_samples=4)
        assert posterior(4, q) is q and q.stochastic_names == ("z", "s")
        bound = zs.variational.elbo(build_mixed(), {"x": 0.5}, variational=q, axis=0)
        assert np.isfinite(float(bound.reinforce()))
        with pytest.raises(TypeError, match="'z' follows Bernoulli.*discrete"):
            posteriors.MeanField(build_mixed(), {"x": 0.5})
        with pytest.raises(ValueError, match="latents: unknown latent 'r'"):
            posteriors.MeanField(build_mixed(), {"x": 0.5}, ["r"])


def test_functions_need_initial_values():
    def log_joint(values):
        return -0.5 * tf.reduce_sum(values["x"] ** 2, -1) - tf.square(
            tf.math.log(values["s"]))

    with eagerly():
        posterior = posteriors.MeanField(
            log_joint, {}, latent={"x": np.zeros(2), "s": np.float64(2.)},
            constraints={"s": "positive"})
        bound = zs.variational.elbo(
            log_joint, {}, variational=posterior(n_samples=5), axis=0)
        assert np.isfinite(float(bound))
        assert posterior.shapes == {"x": (2,), "s": ()} and posterior.n_dims == 3
        mean, covariance = moments("mean_field", posterior)
        np.testing.assert_allclose(mean, [0., 0., 0.5], atol=1e-6)
        np.testing.assert_allclose(np.diag(covariance), [1., 1., 0.5], rtol=1e-6)
        with pytest.raises(TypeError, match="latents of .* cannot be found.*latent="):
            posteriors.MeanField(log_joint, {})


def test_n_samples_may_be_none():
    with eagerly():
        q = make("multivariate_normal")()
        assert q["p"].shape.as_list() == [3] and q["s"].cond_log_p.shape.rank == 0
        bound = zs.variational.elbo(build(), OBSERVED, variational=q)
        assert bound.sgvb(path_derivative=True).shape.rank == 0
        again = q["s"].dist.sample(7)
        assert again.shape.as_list() == [7]


# -- Where training begins ------------------------------------------------------------

def test_start_is_exact_for_a_normal_posterior_in_any_units():
    """Of a regression whose columns have the scales 1e-3 to 1e3, and an offset."""
    state = np.random.RandomState(1)
    x = state.standard_normal([30, 3]) * [1e-3, 1., 1e3] + [0., 5., 0.]
    y = x @ np.array([2e3, -1., 1e-3]) + state.standard_normal(30)

    @zs.meta_bayesian_net()
    def build_scaled():
        bn = zs.BayesianNet()
        w = bn.normal("w", tf.zeros([3], tf.float64), std=[1e4, 10., 0.1],
                      group_ndims=1)
        bn.normal("y", tf.linalg.matvec(x, w), std=1., group_ndims=1)
        return bn

    precision = x.T @ x + np.diag([1e-8, 1e-2, 1e2])
    covariance = np.linalg.inv(precision)
    sd = np.sqrt(np.diag(covariance))
    with eagerly():
        found = {kind: moments(kind, POSTERIORS[kind](build_scaled(), {"y": y}, seed=1))
                 for kind in ("mean_field", "multivariate_normal")}
    for mean, _ in found.values():
        assert np.max(np.abs(mean - covariance @ x.T @ y) / sd) < 1e-3
    np.testing.assert_allclose(
        found["multivariate_normal"][1] / np.outer(sd, sd),
        covariance / np.outer(sd, sd), atol=1e-4)
    np.testing.assert_allclose(
        np.diag(found["mean_field"][1]), 1. / np.diag(precision), rtol=1e-4)


def test_start_is_not_at_the_edge_of_a_hierarchical_model():
    """The density is unbounded as the scale goes to 0, where no mass is."""
    @zs.meta_bayesian_net()
    def build_funnel():
        bn = zs.BayesianNet()
        scale = bn.half_cauchy("scale", tf.constant(5., tf.float64))
        bn.normal("z", tf.zeros([8], tf.float64), std=scale[..., tf.newaxis],
                  group_ndims=1)
        return bn

    with eagerly():
        posterior = posteriors.MultivariateNormal(build_funnel(), {}, seed=1)
        scale = posterior(n_samples=200)["scale"].tensor.numpy()
    assert np.median(scale) > 0.05


def test_starts_are_the_initial_values_without_scales():
    """On request, and of too many dimensions."""
    @zs.meta_bayesian_net()
    def build_long(n):
        bn = zs.BayesianNet()
        bn.normal("z", tf.zeros([n], tf.float64), std=2., group_ndims=1)
        return bn

    with eagerly():
        for n, options in (3, {"is_scaled": False}), (201, {}):
            posterior = posteriors.MeanField(
                build_long(n), {}, init={"z": np.ones(n)}, seed=1, **options)
            mean, covariance = moments("mean_field", posterior)
            np.testing.assert_allclose(mean, np.ones(n))
            np.testing.assert_allclose(np.diag(covariance), 0.01 * np.ones(n))
