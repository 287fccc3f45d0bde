"""Discrete latents that are summed out, against brute-force enumeration."""
import itertools

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import special, stats

import zhusuan as zs
from zhusuan._tf.gradients import differentiable

X = np.array([-1.2, 0.3, 4.1])
LOGITS = np.array([0.2, -0.5, 1.])
STD = 0.7


@zs.meta_bayesian_net()
def mixture():
    """Three components with unknown means; chain axes in front of the means."""
    bn = zs.BayesianNet()
    mu = bn.normal("mu", np.array([-1., 0., 3.]), std=2., group_ndims=1)
    z = bn.categorical("z", np.tile(LOGITS, [3, 1]), group_ndims=1)
    bn.deterministic("centre", tf.gather(mu, z, axis=-1))
    bn.normal("x", bn["centre"], std=STD, group_ndims=1)
    return bn


MU = np.array([[-1., 0.5, 3.], [0., 2., -2.]])
PRIOR = stats.norm([-1., 0., 3.], 2.).logpdf(MU).sum(-1)


def log_expit(x):
    return -np.logaddexp(0., -np.asarray(x))


def terms_of_mixture():
    """``log p(z_i = k) p(x_i | z_i = k)``, of shape [chain, entry, k]."""
    return special.log_softmax(LOGITS) + stats.norm(
        MU[:, None, :], STD).logpdf(X[:, None])


def brute_force(terms):
    """The log of the sum over all joint assignments of categories to entries."""
    n, k = terms.shape[-2:]
    return special.logsumexp([sum(terms[:, i, z[i]] for i in range(n))
                              for z in itertools.product(range(k), repeat=n)], axis=0)


def test_a_mixture_equals_the_sum_over_all_assignments(mode):
    def densities(mu, x):
        model = zs.marginalize(mixture(), ["z"])
        bn = model.observe(mu=mu, x=x)
        return (bn.log_joint(), bn.cond_log_prob("x"),
                model.class_log_probs({"mu": mu, "x": x}))

    log_joint, log_x, classes = modes.run(mode, densities, MU, X)
    terms = terms_of_mixture()
    np.testing.assert_allclose(log_joint, PRIOR + brute_force(terms), rtol=1e-10)
    np.testing.assert_allclose(log_x, brute_force(terms), rtol=1e-10)
    np.testing.assert_allclose(  # the log of a probability near 1 has its rounding
        classes, special.log_softmax(terms, -1), rtol=1e-10, atol=1e-13)


def test_gradients_match_differences(mode):
    def slopes(mu):
        model = zs.marginalize(mixture(), ["z"])
        value, gradients = differentiable(
            lambda xs: model.observe(mu=xs[0], x=X).log_joint(), [mu])
        return gradients([value])

    slope, = modes.run(mode, slopes, MU)
    density = mode_free_density()
    for i in np.ndindex(MU.shape):
        step = np.zeros(MU.shape)
        step[i] = 1e-6
        difference = (density(MU + step) - density(MU - step))[i[0]] / 2e-6
        np.testing.assert_allclose(slope[i], difference, rtol=1e-5, atol=1e-7)


def mode_free_density():
    def density(mu):
        return stats.norm([-1., 0., 3.], 2.).logpdf(mu).sum(-1) + special.logsumexp(
            special.log_softmax(LOGITS) + stats.norm(mu[:, None, :], STD).logpdf(
                X[:, None]), axis=-1).sum(-1)
    return density


@eagerly
def test_children_with_more_axes_and_several_children():
    """Two children, one with three features for each entry, and a bool latent."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.array([0.5, -1.]), group_ndims=1)
        level = tf.cast(z, tf.float64)
        bn.normal("x", level[:, None] + np.array([0., 1., 2.]), std=1., group_ndims=2)
        bn.poisson("y", 1. + 3. * level, group_ndims=1)
        bn.normal("other", np.array(0.), std=1.)
        return bn

    x, y = np.array([[0.1, 1., 2.2], [1., 2., 2.5]]), np.array([1, 4])
    bn = zs.marginalize(model(), ["z"]).observe(x=x, y=y, other=0.)
    k = np.array([0., 1.])
    log_x = stats.norm(np.array([0., 1., 2.])[:, None] + k, 1.).logpdf(
        x[:, :, None]).sum(1)
    log_y = stats.poisson(1. + 3. * k).logpmf(y[:, None])
    log_z = np.stack([log_expit([-0.5, 1.]), log_expit([0.5, -1.])], -1)
    want = special.logsumexp(log_z + log_x + log_y, -1).sum()
    np.testing.assert_allclose(bn.log_joint(), want + stats.norm.logpdf(0.), rtol=1e-10)
    np.testing.assert_allclose(
        bn.cond_log_prob("x"), special.logsumexp(log_z + log_x, -1).sum(), rtol=1e-10)
    np.testing.assert_allclose(
        bn.cond_log_prob("x") + bn.cond_log_prob("y"), want, rtol=1e-10)
    assert bn.stochastic_names == ("x", "y", "other") and "z" not in bn.nodes


@eagerly
def test_nodes_that_share_a_child_are_summed_jointly():
    """Two nodes, one the parent of the other; a third one apart, of another length."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        a = bn.bernoulli("a", np.array([0.5, -1.]), group_ndims=1)
        b = bn.onehot_categorical(
            "b", tf.stack([tf.cast(a, "float64"), tf.zeros(2, "float64"),
                           -tf.ones(2, "float64")], -1), group_ndims=1)
        mean = tf.reduce_sum(tf.cast(b, "float64") * np.array([0., 2., 5.]), -1)
        bn.normal("x", mean + tf.cast(a, "float64"), std=1., group_ndims=1)
        c = bn.bernoulli("c", np.zeros(3), group_ndims=1)
        bn.normal("w", 2. * tf.cast(c, "float64"), std=1., group_ndims=1)
        return bn

    x, w = np.array([0.5, 3.]), np.array([0., 1., 2.])
    marginal = zs.marginalize(model(), ["a", "b", "c"])
    bn = marginal.observe(x=x, w=w)
    log_a = np.stack([log_expit([-0.5, 1.]), log_expit([0.5, -1.])], -1)
    logits = np.array([[0., 0., -1.], [1., 0., -1.]])  # [a, b]
    log_b = special.log_softmax(logits, -1)
    mean = np.array([0., 2., 5.]) + np.array([[0.], [1.]])
    joint = log_a[:, :, None] + log_b + stats.norm(mean, 1.).logpdf(x[:, None, None])
    log_x = special.logsumexp(joint, axis=(1, 2))
    log_w = special.logsumexp(stats.norm([0., 2.], 1.).logpdf(w[:, None]), -1)
    log_w -= np.log(2.)
    np.testing.assert_allclose(bn.log_joint(), log_x.sum() + log_w.sum(), rtol=1e-10)
    values = {"x": x, "w": w}
    for name, axis in ("a", 2), ("b", 1):
        np.testing.assert_allclose(
            marginal.class_log_probs(values, name),
            special.logsumexp(joint, axis=axis) - log_x[:, None], rtol=1e-8)
    assert marginal.class_log_probs(values, "c").shape == (3, 2)
    with pytest.raises(ValueError, match="`name` must be that of a node.*a, b, c"):
        marginal.class_log_probs(values)
    nested = zs.marginalize(zs.marginalize(model(), ["c"]), ["a", "b"])
    np.testing.assert_allclose(nested.observe(**values).log_joint(), bn.log_joint())
    with pytest.raises(ValueError, match="'x' depends on nodes of two calls"):
        zs.marginalize(zs.marginalize(model(), ["b"]), ["a"])


@eagerly
def test_a_latent_of_all_data_is_summed():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.array(0.3))
        bn.normal("x", tf.cast(z, "float64") + np.zeros(4), std=1., group_ndims=1)
        bn.factor("f", 0.5 * tf.cast(z, "float64"))
        return bn

    x = np.arange(4.)
    bn = zs.marginalize(model(), "z").observe(x=x)
    terms = np.array([log_expit(-0.3), log_expit(0.3) + 0.5]) + (
        stats.norm([0., 1.], 1.).logpdf(x[:, None]).sum(0))
    np.testing.assert_allclose(bn.log_joint(), special.logsumexp(terms), rtol=1e-10)


@eagerly
def test_categories_of_probability_zero_have_finite_gradients():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        mu = bn.normal("mu", tf.zeros([], "float64"), std=1.)
        z = bn.categorical("z", np.array([[0., -np.inf]] * 2), group_ndims=1)
        bn.gamma("x", tf.exp(mu) + tf.cast(z, "float64"), 1., group_ndims=1)
        return bn

    marginal = zs.marginalize(model(), ["z"])
    value, gradients = differentiable(lambda xs: marginal.observe(
        mu=xs[0], x=np.array([0.5, 2.])).log_joint(), [tf.constant(0.1, "float64")])
    want = stats.norm.logpdf(0.1) + stats.gamma(np.exp(0.1)).logpdf([0.5, 2.]).sum()
    np.testing.assert_allclose(value, want, rtol=1e-10)
    assert np.isfinite(gradients([value])[0])


# -- Inference --------------------------------------------------------------------

@zs.meta_bayesian_net()
def coin(n):
    """A weight with a uniform prior, and n entries from two known components."""
    bn = zs.BayesianNet()
    weight = bn.beta("weight", np.array(1.), 1.)
    logit = tf.math.log(weight) - tf.math.log1p(-weight)
    z = bn.bernoulli("z", logit[..., None] + np.zeros(n), group_ndims=1)
    bn.normal("x", 3. * tf.cast(z, "float64"), std=1., group_ndims=1)
    return bn


DATA = np.array([-0.5, 0.3, 2.7, 3.4, 1.4, 2.9])


def moments_of_weight():
    w = (np.arange(4000) + 0.5) / 4000.
    p = np.prod((1. - w)[:, None] * stats.norm(0., 1.).pdf(DATA)
                + w[:, None] * stats.norm(3., 1.).pdf(DATA), -1)
    mean = np.sum(p * w) / np.sum(p)
    return mean, np.sum(p * (w - mean) ** 2) / np.sum(p)


def check_nuts():
    model = zs.marginalize(coin(6), ["z"])
    draws = zs.NUTS().run(model, {"x": DATA}, {"weight": np.full(20, 0.5)},
                          n_samples=200, n_warmup=200, seed=2, progress_bar=False)
    mean, variance = moments_of_weight()
    weight = draws["weight"]
    for moved, want in (weight, mean), ((weight - mean) ** 2, variance):
        assert abs(moved.mean() - want) < 5. * zs.diagnostics.mcse(moved)
    return model, draws


@pytest.mark.slow
@eagerly
def test_nuts_recovers_the_exact_posterior():
    """Two numbers within 5 standard errors: fails for 1 seed in 1e6."""
    model, draws = check_nuts()
    weight = draws["weight"].reshape(-1)
    classes = model.class_log_probs({"weight": weight, "x": DATA})
    ratio = special.logit(weight)[:, None] + stats.norm(3., 1.).logpdf(DATA) - (
        stats.norm(0., 1.).logpdf(DATA))
    assert classes.shape == (4000, 6, 2)
    np.testing.assert_allclose(np.exp(classes)[..., 1], special.expit(ratio), rtol=1e-8)
    found = zs.evaluation.predictive(model, draws, {"x": DATA})
    log_p = special.logsumexp([
        log_expit(-special.logit(weight))[:, None]
        + stats.norm(0., 1.).logpdf(DATA),
        log_expit(special.logit(weight))[:, None]
        + stats.norm(3., 1.).logpdf(DATA)], axis=0).sum(-1)
    np.testing.assert_allclose(
        found.log_density, special.logsumexp(log_p) - np.log(4000), rtol=1e-8)
    assert found.samples["x"].shape == (4000, 6)


@pytest.mark.slow
def test_nuts_runs_in_a_graph():
    """Two numbers within 5 standard errors: fails for 1 seed in 1e6."""
    with modes.session():
        check_nuts()


@eagerly
def test_the_elbo_of_a_marginalized_model():
    q = zs.BayesianNet()
    with zs.seeded(1):
        q.normal("mu", np.zeros(3), std=1., group_ndims=1, n_samples=2)
        mu = q["mu"].tensor.numpy()
        model = zs.marginalize(mixture(), ["z"])
        for options in {}, {"kl_weight": 1.}, {"analytic_kl": True}:
            bound = zs.variational.elbo(model, {"x": X}, variational=q, axis=0,
                                        **options)
            log_ratio = mode_free_density()(mu) - stats.norm(0., 1.).logpdf(mu).sum(-1)
            if "analytic_kl" in options:
                prior = stats.norm([-1., 0., 3.], 2.).logpdf(mu).sum(-1)
                log_ratio = mode_free_density()(mu) - prior - sum(
                    np.log(2.) + (1. + m ** 2) / 8. - 0.5 for m in (-1., 0., 3.))
            np.testing.assert_allclose(bound.tensor, np.mean(log_ratio), rtol=1e-8)


@eagerly
def test_children_that_are_latents_have_no_closed_form_divergence():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.zeros(2), group_ndims=1)
        bn.normal("x", 3. * tf.cast(z, "float64"), std=1., group_ndims=1)
        return bn

    q = zs.BayesianNet()
    q.normal("x", np.zeros(2), std=1., group_ndims=1, n_samples=3)
    marginal = zs.marginalize(model(), ["z"])
    bounds = [zs.variational.elbo(marginal, {}, variational=q, axis=0, analytic_kl=a)
              for a in (True, False)]
    np.testing.assert_allclose(bounds[0].tensor, bounds[1].tensor)


@eagerly
def test_the_graph_and_the_table_omit_the_node():
    model, lines = zs.marginalize(mixture(), ["z"]), []
    graph = model.graph(x=X)
    assert graph.nodes == ("mu", "centre", "x")
    assert graph.edges == (("mu", "centre"), ("centre", "x"))
    model.summary(print_fn=lines.append, x=X)
    assert [line.split()[0] for line in lines[2:]] == ["mu", "centre", "x"]
    assert model.observe(x=X).graph().edges == graph.edges


@eagerly
def test_masks_and_missing_data_of_children():
    @zs.meta_bayesian_net()
    def model(mask):
        bn = zs.BayesianNet()
        z = bn.bernoulli("z", np.zeros(3), group_ndims=1)
        bn.normal("x", 3. * tf.cast(z, "float64"), std=1., group_ndims=1, mask=mask)
        return bn

    mask = np.array([True, False, True])
    want = (special.logsumexp(stats.norm([0., 3.], 1.).logpdf(
        X[mask][:, None]), -1) - np.log(2.)).sum()
    x = np.where(mask, X, np.nan)
    for bn in (zs.marginalize(model(mask), "z").observe(x=x),
               zs.marginalize(model(None), "z").observe(x=zs.PartialObservation(x))):
        np.testing.assert_allclose(bn.log_joint(), want, rtol=1e-10)


def test_shared_variables_and_other_results_are_kept(mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 makes no variables")

    def make():
        @zs.meta_bayesian_net(scope="model", reuse_variables=True)
        def model():
            bn = zs.BayesianNet()
            slope = tf.Variable(tf.constant(3., tf.float64))
            z = bn.bernoulli("z", np.zeros(3), group_ndims=1)
            bn.normal("x", slope * tf.cast(z, "float64"), std=1., group_ndims=1)
            return bn, slope

        marginal = zs.marginalize(model(), ["z"])

        def run(x):
            bn, slope = marginal.observe(x=x)
            assert len(marginal.variables) == 1
            return bn.log_joint(), slope + 0.
        return run

    log_joint, slope = modes.program(mode, make)(X)
    assert slope == 3.
    np.testing.assert_allclose(log_joint, (special.logsumexp(stats.norm(
        [0., 3.], 1.).logpdf(X[:, None]), -1) - np.log(2.)).sum(), rtol=1e-10)
