"""Masks of nodes and observations with missing entries."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import CASES
from scipy import stats

import zhusuan as zs
from zhusuan._tf.gradients import differentiable

ds = zs.distributions
NAN = float("nan")
MASK = np.array([True, False, True])


# -- Masks ------------------------------------------------------------------------

def test_masked_entries_contribute_nothing(mode):
    values = np.array([0.3, NAN, -1.])

    def densities(mean, x):
        def log_joint(args):
            mean, x = args
            bn = zs.BayesianNet(observed={"x": x})
            bn.normal("x", mean, std=2., group_ndims=1, mask=MASK)
            return bn.log_joint()
        value, gradients = differentiable(log_joint, [mean, x])
        return [value] + gradients([value])

    mean = np.array([[0., 1., 2.], [3., 4., 5.]])
    log_joint, by_mean, by_x = modes.run(mode, densities, mean, values)
    terms = stats.norm(mean, 2.).logpdf([0.3, 0., -1.])
    np.testing.assert_allclose(log_joint, terms[:, MASK].sum(-1), rtol=1e-12)
    slope = np.where(MASK, ([0.3, 0., -1.] - mean) / 4., 0.)
    np.testing.assert_allclose(by_mean, slope, rtol=1e-12)
    np.testing.assert_allclose(by_x, -slope.sum(0), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
@eagerly
def test_ignored_values_of_any_kind_leave_no_trace(case, dtype):
    sets = case.rounded_sets(dtype)
    for one in sets:
        parameters = {name: tf.constant(
            value if name in case.shared else np.stack([value, value]), dtype)
            for name, value in one.items()}
        watched = [x for n, x in parameters.items() if n not in case.shared]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            dist = case.make(parameters, **case.kwargs_for(dtype))
            x = tf.fill([2, *dist.get_value_shape().as_list()], tf.constant(
                NAN if dist.dtype.is_floating else -7, dist.dtype))
            if dist.dtype.is_floating:
                tape.watch(x)
            log_prob = ds.MaskedDistribution(dist, [False, False]).log_prob(x)
        np.testing.assert_array_equal(log_prob, np.zeros(2))
        for gradient in tape.gradient(log_prob, [*watched, x]):
            if gradient is not None:
                assert not np.any(gradient)


@eagerly
def test_masks_of_vectors_have_the_batch_shape():
    dist = ds.MaskedDistribution(ds.Dirichlet(np.ones([3, 2])), MASK, group_ndims=1)
    x = np.array([[0.3, 0.7], [NAN, NAN], [0.5, 0.5]])
    np.testing.assert_allclose(dist.log_prob(x), 0., atol=1e-12)
    assert dist.sample(5).shape.as_list() == [5, 3, 2]
    np.testing.assert_allclose(dist.mean, np.full([3, 2], 0.5))


@eagerly
def test_a_mask_of_all_true_changes_nothing():
    plain = ds.Gamma(np.array([1., 2., 3.]), 2., group_ndims=1)
    masked = ds.MaskedDistribution(plain, [True] * 3)
    x = np.array([0.1, 1., 5.])
    np.testing.assert_array_equal(masked.log_prob(x), plain.log_prob(x))
    assert masked.group_ndims == 1 and masked.dist.group_ndims == 0
    np.testing.assert_array_equal(masked.cdf(x), plain.cdf(x))
    uniform = ds.MaskedDistribution(ds.Uniform(np.zeros(3), 2.), MASK)
    np.testing.assert_allclose(uniform.quantile([0.1, 0.2, 0.3]), [0.2, 0.4, 0.6])
    np.testing.assert_array_equal(masked.variance, plain.variance)
    np.testing.assert_array_equal(masked.with_path_derivative().log_prob(x),
                                  plain.log_prob(x))


@eagerly
def test_the_method_for_masked_distributions_is_the_keyword():
    bn = zs.BayesianNet(observed={"x": [1., 2., 3.], "y": [1., 2., 3.]})
    x = bn.masked("x", ds.Normal(tf.zeros(3), std=1.), MASK, group_ndims=1)
    y = bn.stochastic("y", ds.Normal(tf.zeros(3), std=1., group_ndims=1), mask=MASK)
    np.testing.assert_array_equal(x.cond_log_p, y.cond_log_p)


@pytest.mark.parametrize("mask", [np.ones([2], bool), np.ones([2, 3], bool)])
@eagerly
def test_a_mask_of_another_shape_is_an_error(mask):
    bn = zs.BayesianNet(observed={"x": [1., 2., 3.]})
    with pytest.raises(ValueError, match=r"node 'x'.*batch shape.*\(3,\)"):
        bn.normal("x", [0., 0., 0.], std=1., mask=mask)


@pytest.mark.parametrize("mask", [[1, 0, 1], "no", [1., 0., 1.], [None] * 3])
@eagerly
def test_a_mask_must_be_bool(mask):
    bn = zs.BayesianNet()
    with pytest.raises(TypeError, match="node 'x': A mask must have the dtype bool"):
        bn.normal("x", [0., 0., 0.], std=1., mask=mask)


def test_a_mask_of_dynamic_shape_is_checked():
    program = modes.program("graph", lambda: lambda mask: zs.BayesianNet(
        observed={"x": np.zeros(3)}).normal(
            "x", tf.zeros(3, "float64"), std=1., mask=mask).cond_log_p,
        dynamic_shapes=True)
    np.testing.assert_array_equal(program(MASK) != 0., MASK)
    with pytest.raises(tf.errors.InvalidArgumentError):
        program(np.ones([4], bool))


@eagerly
def test_the_table_shows_the_distribution_under_the_mask():
    bn, lines = zs.BayesianNet(observed={"x": [1., 2., 3.]}), []
    bn.normal("x", [0., 0., 0.], std=1., mask=MASK, group_ndims=1)
    bn.summary(print_fn=lines.append)
    assert lines[-1].split()[:3] == ["x", "Normal", "[3]"] and "mean [3]" in lines[-1]


# -- Partial observations ---------------------------------------------------------

def regression(missing):
    """A line through points, with y[1] and y[4] missing."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        w = bn.normal("w", tf.zeros([2], "float64"), std=3., group_ndims=1)
        bn.normal("y", tf.matmul(w.tensor, DESIGN, transpose_b=True)
                  if w.tensor.shape.rank == 2 else tf.linalg.matvec(DESIGN, w),
                  std=0.5, group_ndims=1)
        return bn
    return model(), {"y": zs.PartialObservation(Y, missing=missing)}


DESIGN = np.stack([np.ones(6), np.linspace(-1., 1., 6)], -1)
Y = np.array([0.1, NAN, 0.7, 1.1, NAN, 2.2])
OBSERVED = ~np.isnan(Y)


def posterior():
    """The exact posterior of the weights, from complete cases."""
    x = DESIGN[OBSERVED]
    covariance = np.linalg.inv(x.T @ x / 0.25 + np.eye(2) / 9.)
    return covariance @ x.T @ Y[OBSERVED] / 0.25, covariance


def test_dropped_entries_leave_the_density_of_complete_cases(mode):
    model, observed = regression("drop")
    w = np.array([[0.3, 1.], [1., -0.5]])
    log_joint = modes.run(mode, lambda w: model.observe(w=w, **observed).log_joint(), w)
    want = stats.norm(0., 3.).logpdf(w).sum(-1) + stats.norm(
        w @ DESIGN[OBSERVED].T, 0.5).logpdf(Y[OBSERVED]).sum(-1)
    np.testing.assert_allclose(log_joint, want, rtol=1e-12)


def test_latent_entries_complete_the_density(mode):
    model, observed = regression("latent")
    w = np.array([[0.3, 1.], [1., -0.5]])
    z = np.array([[0.2, 0.9], [-0.4, 0.1]])

    def densities(w, z):
        bn = model.observe(w=w, y_missing=z, **observed)
        return bn.log_joint(), bn["y"].tensor, bn.cond_log_prob("y_missing")

    log_joint, y, log_z = modes.run(mode, densities, w, z)
    whole = np.where(OBSERVED, Y, 0.) + np.zeros([2, 1])
    whole[:, ~OBSERVED] = z
    np.testing.assert_array_equal(y, whole)
    want = stats.norm(w @ DESIGN.T, 0.5).logpdf(whole)
    np.testing.assert_allclose(log_z, want[:, ~OBSERVED].sum(-1), rtol=1e-12)
    np.testing.assert_allclose(
        log_joint, stats.norm(0., 3.).logpdf(w).sum(-1) + want.sum(-1), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["drop", "latent"])
@eagerly
def test_a_regression_with_missing_data_recovers_the_exact_posterior(missing):
    """Each of at most 6 numbers within 5 standard errors: fails for 1 seed in 1e5."""
    model, observed = regression(missing)
    start = {"w": np.zeros([20, 2])}
    if missing == "latent":
        start["y_missing"] = np.zeros([20, 2])
    draws = zs.NUTS().run(model, observed, start, n_samples=200, n_warmup=200,
                          seed=3, progress_bar=False)
    mean, covariance = posterior()
    chains_fit(draws["w"], mean, covariance)
    x = DESIGN[~OBSERVED]
    predicted = x @ mean, np.diag(np.diag(x @ covariance @ x.T)) + 0.25 * np.eye(2)
    if missing == "latent":
        chains_fit(draws["y_missing"], *predicted)
    found = zs.evaluation.predictive(model, draws, ["y"], observed=observed)
    y = found.samples["y"].numpy()
    assert y.shape == (4000, 6)
    np.testing.assert_array_equal(y[:, OBSERVED], Y[OBSERVED] + np.zeros([4000, 1]))
    chains_fit(y[:, ~OBSERVED].reshape(200, 20, 2), *predicted)


def chains_fit(x, mean, covariance):
    for power, want in (1, np.zeros_like(mean)), (2, np.diag(covariance)):
        moved = (x - mean) ** power
        assert np.all(np.abs(moved.mean((0, 1)) - want)
                      < 5. * zs.diagnostics.mcse(moved))


@pytest.mark.parametrize("missing", ["drop", "latent"])
@eagerly
def test_with_nothing_observed_the_density_is_the_prior(missing):
    model, _ = regression(missing)
    w = np.array([0.3, 1.])
    y = zs.PartialObservation(np.full(6, NAN), missing=missing)
    bn = model.observe(w=w, y=y, **(
        {"y_missing": np.zeros(6)} if missing == "latent" else {}))
    prior = stats.norm(0., 3.).logpdf(w).sum()
    np.testing.assert_allclose(bn.cond_log_prob("w") + bn.cond_log_prob("y"), prior,
                               rtol=1e-12)
    if missing == "drop":
        np.testing.assert_allclose(bn.log_joint(), prior, rtol=1e-12)
    assert bn["y"].tensor.shape.as_list() == [6]


@eagerly
def test_nothing_missing_is_a_complete_observation():
    model, _ = regression("latent")
    y = np.arange(6.)
    bn = model.observe(w=np.zeros(2), y=zs.PartialObservation(y, missing="latent"))
    assert bn.stochastic_names == ("w", "y") and not bn["y"].is_partly_observed()
    np.testing.assert_allclose(
        bn.log_joint(), model.observe(w=np.zeros(2), y=y).log_joint())


@pytest.mark.parametrize("values", [
    np.ma.masked_array([1, 5, 0], mask=[0, 1, 0]), [1., NAN, 0.],
    np.ma.masked_invalid([1., NAN, 0.]), [1., 0.3, 0.]])
@eagerly
def test_counts_are_dropped(values):
    if not np.ma.isMaskedArray(values):
        values = zs.PartialObservation(
            values, [True, False, True] if values[1] == 0.3 else None)
    bn = zs.BayesianNet(observed={"x": values})
    x = bn.bernoulli("x", [0.5, 0.5, 0.5], group_ndims=1)
    log_p = stats.bernoulli(1. / (1. + np.exp(-0.5))).logpmf([1, 0]).sum()
    np.testing.assert_allclose(x.cond_log_p, log_p, rtol=1e-6)
    assert x.is_observed() and x.is_partly_observed()
    assert x.tensor.numpy()[0] == 1 and x.tensor.numpy()[2] == 0
    assert x._existing_value() is x.tensor


@eagerly
def test_the_density_of_a_partial_observation_draws_nothing():
    class Undrawable(ds.Normal):
        def _sample(self, n_samples):
            raise AssertionError

    bn = zs.BayesianNet(observed={"x": zs.PartialObservation([1., NAN])})
    x = bn.stochastic("x", Undrawable([0., 0.], std=1.))
    np.testing.assert_allclose(
        x.cond_log_p, [stats.norm.logpdf(1.), 0.], rtol=1e-6)
    with pytest.raises(AssertionError):
        x.tensor  # noqa: B018  draws


@eagerly
def test_whole_vectors_are_missing():
    values = np.array([[0.3, 0.7], [NAN, NAN], [0.5, 0.5]])
    alpha = np.array([[1., 2.], [3., 4.], [5., 6.]])
    for observation in (zs.PartialObservation(values, missing="latent"),
                        zs.PartialObservation(values, MASK, missing="latent")):
        bn = zs.BayesianNet(observed={"x": observation, "x_missing": [[0.2, 0.8]]})
        x = bn.dirichlet("x", alpha, group_ndims=1)
        np.testing.assert_array_equal(x.tensor[1], [0.2, 0.8])
        np.testing.assert_allclose(bn.log_joint(), sum(
            stats.dirichlet(a).logpdf(v) for a, v in zip(
                alpha, [[0.3, 0.7], [0.2, 0.8], [0.5, 0.5]])), rtol=1e-10)
    values[1, 0] = 1.
    with pytest.raises(ValueError, match="node 'x'.*partly missing"):
        zs.BayesianNet(observed={"x": zs.PartialObservation(values)}).dirichlet(
            "x", alpha)


@pytest.mark.slow
@eagerly
def test_the_entries_keep_their_constraints():
    """Means within 5 standard errors: fails for less than 1 seed in 1e5."""
    high = np.array([1., 2., 4.])

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.uniform("x", np.zeros(3), high, group_ndims=1)
        bn.gamma("y", np.full([2, 2], 3.), 1., group_ndims=2)
        return bn

    observed = {
        "x": zs.PartialObservation([NAN, 1., NAN], missing="latent"),
        "y": zs.PartialObservation([[1., NAN], [NAN, 2.]], missing="latent")}
    draws = zs.NUTS().run(
        model(), observed, {"x_missing": np.full([10, 2], 0.5),
                            "y_missing": np.ones([10, 2])},
        n_samples=300, n_warmup=200, seed=1, progress_bar=False)
    for x, mean in (draws["x_missing"], high[[0, 2]] / 2.), (draws["y_missing"], 3.):
        assert np.all(np.abs(x.mean((0, 1)) - mean) < 5. * zs.diagnostics.mcse(x))
    assert np.all(draws["x_missing"] < high[[0, 2]])


@pytest.mark.parametrize("add, error, message", [
    (lambda bn: bn.bernoulli("x", [0.] * 3, group_ndims=1), ValueError,
     "'x'.*is discrete"),
    (lambda bn: bn.normal("x", [0.] * 3, std=1.), ValueError, "group_ndims=1"),
    (lambda bn: bn.normal("x", [0.], std=1., group_ndims=1), ValueError,
     "'x'.*batch shape"),
    (lambda bn: bn.normal("x", [0.] * 2, std=1., group_ndims=1), ValueError, "'x'"),
])
@eagerly
def test_latent_entries_that_cannot_be(add, error, message):
    bn = zs.BayesianNet(observed={
        "x": zs.PartialObservation([1., NAN, 0.], missing="latent")})
    with pytest.raises(error, match=message):
        add(bn)


@eagerly
def test_arguments_of_partial_observations_are_checked():
    with pytest.raises(ValueError, match='"drop" or "latent"'):
        zs.PartialObservation([1.], missing="impute")
    with pytest.raises(TypeError, match="`is_observed` must be a bool array"):
        zs.PartialObservation([1., 2.], [1, 0])
    bn = zs.BayesianNet(observed={"x": zs.PartialObservation([1., 2.], [True] * 3),
                                  "y": zs.PartialObservation([1., NAN])})
    with pytest.raises(ValueError, match=r"node 'x'.*\(3,\)"):
        bn.normal("x", [0., 0.], std=1.)
    with pytest.raises(ValueError, match="node 'y'.*batch shape"):
        bn.normal("y", 0., std=1.)


def test_masks_must_be_known_when_a_model_is_built():
    with modes.session():
        values = modes.v1.placeholder("float32", [3])
        with pytest.raises(ValueError, match="Pass is_observed="):
            zs.PartialObservation(values)
        with pytest.raises(TypeError, match="known when"):
            zs.PartialObservation(values, modes.v1.placeholder("bool", [3]))
        bn = zs.BayesianNet(observed={"x": zs.PartialObservation(values, MASK)})
        assert bn.normal("x", [0.] * 3, std=1.).cond_log_p.shape.as_list() == [3]


@eagerly
def test_minibatches_have_no_missing_entries():
    model, observed = regression("drop")
    for y in observed["y"], np.ma.masked_invalid(Y):
        with pytest.raises(TypeError, match="'y' have missing entries"):
            zs.SGLD(1e-3).run(model, {}, {"w": np.zeros([3, 2])}, n_samples=2,
                              n_warmup=0, data=[{"y": y}], progress_bar=False)


@eagerly
def test_partly_observed_nodes_are_not_held_out():
    model, observed = regression("drop")
    with pytest.raises(ValueError, match="'y' is to be predicted"):
        zs.evaluation.predictive(model, {"w": np.zeros([5, 2])}, {"y": np.zeros(6)},
                                 observed=observed)


def test_the_graph_has_missing_entries():
    model, observed = regression("latent")
    found = []

    def inspect(w):
        found.append((model.graph(w=w, **observed), []))
        model.summary(print_fn=found[0][1].append, w=w, **observed)
        return tf.zeros([])

    modes.run("function", inspect, np.zeros(2))
    graph, lines = found[0]
    assert set(graph.edges) == {("w", "y_missing"), ("w", "y")}
    assert lines[-2].split()[:3] == ["y_missing", "Normal", "[2]"]
    assert lines[-1].split()[:5] == ["y", "Normal", "[6]", "[]", "[6]"]
