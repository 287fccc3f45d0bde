"""Terms that users add to the log joint density."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import stats

import zhusuan as zs

X = np.array([[0.3, -1.2], [2., 0.7], [0.1, 0.]])


@zs.meta_bayesian_net()
def tilted(n):
    """A normal vector tilted by a linear factor: a normal with another mean."""
    bn = zs.BayesianNet()
    zero = tf.zeros([2], "float64")
    z = bn.normal("z", zero, std=1., group_ndims=1, n_samples=n)
    bn.deterministic("tilt", 2. * z)
    bn.factor("pull", tf.reduce_sum(bn["tilt"], axis=-1))
    return bn


def test_log_joint_is_the_sum_with_factors(mode):
    def densities(z):
        bn = tilted(3).observe(z=z)
        return bn.log_joint(), bn.cond_log_prob("pull"), bn["pull"]

    log_joint, term, value = modes.run(mode, densities, X)
    np.testing.assert_allclose(
        log_joint, stats.norm(0., 1.).logpdf(X).sum(-1) + 2. * X.sum(-1), rtol=1e-12)
    np.testing.assert_allclose(term, 2. * X.sum(-1), rtol=1e-12)
    np.testing.assert_array_equal(term, value)


@eagerly
def test_a_factor_alone_is_a_log_joint():
    bn = zs.BayesianNet()
    bn.factor("f", [1., 2.])
    np.testing.assert_array_equal(bn.log_joint(), [1., 2.])


@eagerly
def test_a_factor_is_no_latent_and_clears_the_cached_log_joint():
    bn = zs.BayesianNet(observed={"z": 0.})
    bn.normal("z", 0., std=1.)
    before = float(bn.log_joint())
    bn.factor("f", 3)
    assert bn.stochastic_names == ("z",) and bn.factor_names == ("f",)
    assert list(bn.nodes) == ["z", "f"] and bn["f"].dtype == tf.float32
    np.testing.assert_allclose(bn.log_joint(), before + 3., rtol=1e-6)


@eagerly
def test_python_numbers_take_the_dtype_of_the_net():
    bn = zs.BayesianNet()
    bn.normal("z", tf.zeros([], "float64"), std=1.)
    assert bn.factor("f", 0.5).dtype == tf.float64


def test_the_graph_and_the_table_show_factors(mode):
    found = []

    def inspect(z):
        model, lines = tilted(3), []
        model.summary(print_fn=lines.append, z=z)
        found.append((model.graph(z=z), lines))
        return tf.zeros([])

    modes.run(mode, inspect, X)
    graph, lines = found[0]
    assert graph.edges == (("z", "tilt"), ("tilt", "pull"))
    assert '{{"pull"}}' in graph.mermaid and "shape=hexagon" in graph.dot
    assert lines[-1].split() == ["pull", "factor", "[3]"]


@pytest.mark.parametrize("value", [None, "x", tf.float32, np.array([True]), object(),
                                   ["a", "b"], [None]])
@eagerly
def test_a_factor_must_be_numeric(value):
    with pytest.raises(TypeError, match="factor 'f' must be a float Tensor"):
        zs.BayesianNet().factor("f", value)


@eagerly
def test_integer_tensors_must_be_cast():
    with pytest.raises(TypeError, match=r"'f'.*tf\.cast"):
        zs.BayesianNet().factor("f", tf.constant(1))


@eagerly
def test_names_of_factors_are_unique_and_cannot_be_observed():
    bn = zs.BayesianNet(observed={"f": 1.})
    with pytest.raises(ValueError, match="'f' is a factor.*Only stochastic nodes"):
        bn.factor("f", 1.)
    bn.factor("g", 1.)
    with pytest.raises(ValueError, match="already has a node named 'g'"):
        bn.factor("g", 1.)
    with pytest.raises(ValueError, match="already has a node named 'g'"):
        bn.normal("g", 0., std=1.)
    with pytest.raises(ValueError, match="'pull' is a factor"):
        tilted(3).observe(pull=np.zeros(3))


@eagerly
def test_terms_that_do_not_broadcast_are_named():
    bn = zs.BayesianNet(observed={"z": [0., 0., 0.]})
    bn.normal("z", [0., 0., 0.], std=1.)
    bn.factor("f", [0., 1.])
    with pytest.raises(ValueError, match=r"'z': \(3,\), 'f': \(2,\).*\(see 'f'\)"):
        bn.log_joint()


@zs.meta_bayesian_net()
def ungrouped(n):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([2], "float64"), std=1., group_ndims=1, n_samples=n)
    bn.factor("f", -tf.square(z))
    return bn


@pytest.mark.parametrize("n", [3, 2])
@eagerly
def test_a_sampler_names_the_terms_of_another_shape(n):
    terms = r"terms .*'z': \(%d,\), 'f': \(%d, 2\)" % (n, n)
    with pytest.raises(ValueError, match=terms):
        zs.HMC(step_size=0.1).run(ungrouped(n), {}, {"z": np.zeros([n, 2])},
                                  n_samples=2, n_warmup=0, progress_bar=False)


@zs.meta_bayesian_net()
def summed_over_chains(n):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([2], "float64"), std=1., group_ndims=1, n_samples=n)
    bn.factor("f", -tf.reduce_sum(bn.deterministic("square", tf.square(z))))
    return bn


@eagerly
def test_a_factor_must_not_sum_over_chains():
    with pytest.raises(ValueError, match="depends on the positions of others"):
        zs.HMC(step_size=0.1).run(
            summed_over_chains(3), {}, {"z": np.ones([3, 2])}, n_samples=2, n_warmup=0,
            progress_bar=False)


def check_moments():
    draws = zs.HMC(step_size=0.5, n_leapfrogs=4).run(
        tilted(50), {}, {"z": np.zeros([50, 2])}, n_samples=100, n_warmup=20,
        seed=1, progress_bar=False)["z"]
    error = zs.diagnostics.mcse(draws)
    assert np.all(np.abs(draws.mean((0, 1)) - 2.) < 6. * error)


@eagerly
def test_hmc_samples_the_tilted_posterior():
    """Means within 6 standard errors: fails for less than 1 seed in 1e6."""
    check_moments()


def test_hmc_samples_the_tilted_posterior_in_a_graph():
    with modes.session():
        check_moments()


@eagerly
def test_the_elbo_has_factors():
    model, q = tilted(4), zs.BayesianNet()
    with zs.seeded(1):
        q.normal("z", tf.ones([2], "float64"), std=1., group_ndims=1, n_samples=4)
        pull = 2. * np.sum(q["z"].tensor.numpy(), -1)
        for options in {}, {"kl_weight": 0.5}, {"analytic_kl": True}:
            bound = zs.variational.elbo(model, {}, variational=q, axis=0, **options)
            divergence = (stats.norm(0., 1.).logpdf(q["z"].tensor.numpy()).sum(-1)
                          - q["z"].cond_log_p.numpy())
            if "analytic_kl" in options:
                divergence = -np.ones(4)  # 2 times 1^2 / 2
            np.testing.assert_allclose(bound.tensor, np.mean(
                pull + options.get("kl_weight", 1.) * divergence), rtol=1e-10)
    half = zs.variational.elbo(model, {}, variational=q, axis=0, scale={"pull": 0.5})
    full = zs.variational.elbo(model, {}, variational=q, axis=0)
    np.testing.assert_allclose(full.tensor - half.tensor, np.mean(pull) / 2.,
                               rtol=1e-10)


@eagerly
def test_a_posterior_has_no_factors():
    q = zs.BayesianNet()
    q.normal("z", [0., 0.], std=1., group_ndims=1)
    q.factor("f", 1.)
    with pytest.raises(ValueError, match="factor 'f'.*not normalized"):
        zs.variational.elbo(tilted(None), {}, variational=q)
