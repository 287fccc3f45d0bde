"""Transformed distributions: densities, shapes, gradients, flows as posteriors."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import special, stats

import zhusuan as zs

ds = zs.distributions
bijectors = ds.bijectors
FLOWS = {
    "RealNVP": lambda: zs.transform.RealNVP(3, 2, (5,), tf.float64),
    "MAF": lambda: zs.transform.MAF(3, 2, (5,), tf.float64),
    "IAF": lambda: zs.transform.IAF(3, 2, (5,), tf.float64),
    "planar": lambda: bijectors.Planar(
        np.array([0.5, -4., 1.]), np.array([1., 2., -0.5]), np.float64(0.3)),
}
BASES = {
    "numbers": lambda: ds.Normal(tf.zeros([4, 3], tf.float64), std=2.),
    "vectors": lambda: ds.MultivariateNormalDiag(
        tf.zeros([4, 3], tf.float64), np.full([3], 2.)),
}


@pytest.fixture
def far_from_identity(monkeypatch):
    make, seeds = tf.random_normal_initializer, iter(range(1000))
    monkeypatch.setattr(tf, "random_normal_initializer",
                        lambda stddev: make(stddev=0.5, seed=next(seeds)))


# -- Densities --

@pytest.mark.parametrize("base", sorted(BASES))
@pytest.mark.parametrize("flow", sorted(FLOWS))
@eagerly
def test_densities_match_the_base_over_the_jacobian(
        far_from_identity, flow, base):
    bijector, base = FLOWS[flow](), BASES[base]()
    dist = ds.TransformedDistribution(base, bijector)
    assert dist.get_batch_shape().as_list() == [4]
    assert dist.get_value_shape().as_list() == [3]
    with zs.seeded(1):
        y = dist.sample(5)
    with zs.seeded(1):
        x = tf.reshape(base.sample(5), [-1, 3])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        image = bijector.forward(x)
    jacobian = tape.batch_jacobian(image, x, experimental_use_pfor=False).numpy()
    np.testing.assert_allclose(image, tf.reshape(y, [-1, 3]), rtol=1e-12)
    want = np.sum(stats.norm(0., 2.).logpdf(x.numpy()), axis=-1)
    want = (want - np.linalg.slogdet(jacobian)[1]).reshape(5, 4)
    np.testing.assert_allclose(dist.log_prob(y), want, rtol=1e-10)
    if flow != "planar":
        np.testing.assert_allclose(dist.log_prob(y.numpy()), want, rtol=1e-9)


@eagerly
def test_without_an_inverse_only_the_last_samples_have_a_density():
    dist = ds.TransformedDistribution(BASES["vectors"](), FLOWS["planar"]())
    y = dist.sample()
    dist.log_prob(y)
    with pytest.raises(NotImplementedError, match="inverse of Planar"):
        dist.log_prob(y + 0.)


@pytest.mark.parametrize("bijector, law", [
    (bijectors.Affine(1., -0.5), stats.norm(1. - 0.5 * 0.3, 0.5 * 2.)),
    (bijectors.Exp(), stats.lognorm(2., scale=np.exp(0.3)))],
    ids=["affine", "exp"])
@eagerly
def test_cdf_and_quantile_against_scipy(bijector, law):
    dist = ds.TransformedDistribution(ds.Normal(np.float64(0.3), std=2.), bijector)
    y, p = np.array([-4., 0., 1e-3, 0.9, 30.]), np.array([1e-9, 0.2, 0.5, 0.99])
    np.testing.assert_allclose(dist.cdf(y), law.cdf(y), rtol=1e-10)
    np.testing.assert_allclose(dist.quantile(p), law.ppf(p), rtol=1e-6)
    np.testing.assert_allclose(dist.log_prob(y), law.logpdf(y), rtol=1e-10)


@pytest.mark.parametrize("bijector, low", [
    (bijectors.Softplus(), 0.), (bijectors.Sigmoid(-3., 5.), -3.)],
    ids=["softplus", "sigmoid"])
@eagerly
def test_the_cdf_is_the_integral_of_the_density(bijector, low):
    dist = ds.TransformedDistribution(ds.Normal(np.float64(0.3), std=2.), bijector)
    nodes, weights = special.roots_legendre(200)
    integral = np.sum(weights * dist.prob(low + 1.5 + nodes).numpy())
    start, end = dist.cdf(low + np.array([0.5, 2.5])).numpy()
    np.testing.assert_allclose(integral, end - start, rtol=1e-9)
    outside = [low - 1., low]
    np.testing.assert_array_equal(dist.prob(outside), [0., 0.])
    np.testing.assert_array_equal(dist.cdf(outside), [0., 0.])


@eagerly
def test_maps_of_numbers_take_the_elements_of_vectors():
    mean, std = np.array([[0., 1.], [2., -1.]]), np.array([0.5, 2.])
    base = ds.MultivariateNormalDiag(mean, std)
    dist = ds.TransformedDistribution(base, bijectors.Exp(), group_ndims=1)
    y = np.array([0.5, 3.])
    want = stats.lognorm(std, scale=np.exp(mean)).logpdf(y).sum()
    np.testing.assert_allclose(dist.log_prob(y), want, rtol=1e-10)
    assert dist.prob([1., -1.]).numpy() == 0.
    assert dist.sample(7).shape.as_list() == [7, 2, 2]


def test_dynamic_shapes():
    def compute(mean, y):
        dist = ds.TransformedDistribution(
            ds.MultivariateNormalDiag(mean, std=[1., 1.]),
            bijectors.SoftmaxCentered())
        return (dist.batch_shape, dist.value_shape, tf.shape(dist.sample(5)),
                dist.log_prob(y))
    mean, y = np.zeros([4, 2], "float32"), np.full([3], 1. / 3., "float32")
    for mode in "graph", "function":
        batch, value, shape, log_prob = modes.run(
            mode, compute, mean, y, dynamic_shapes=True)
        assert list(batch) == [4] and list(value) == [3]
        assert list(shape) == [5, 4, 3] and log_prob.shape == (4,)


# -- Gradients --

@eagerly
def test_the_score_matches_the_closed_form():
    """Of samples without reparameterization, at which the value is fixed."""
    loc, scale = tf.constant([0.3, -1.]), tf.constant([1., 2.])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([loc, scale])
        dist = ds.TransformedDistribution(
            ds.Normal(0. * loc, std=1., is_reparameterized=False),
            bijectors.Affine(loc, scale))
        y = dist.sample(3)
        found = dist.log_prob(y), ds.Normal(loc, std=scale).log_prob(y)
    assert tape.gradient(y, [loc, scale]) == [None, None]
    for got, want in zip(*[tape.gradient(f, [loc, scale]) for f in found]):
        np.testing.assert_allclose(got, want, rtol=1e-4)


def test_the_path_derivative_vanishes_at_the_exact_posterior(mode):
    """Roeder, Wu and Duvenaud, 2017: for every sample, not only on average."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.normal("z", 3., std=tf.constant([2., 0.5]), group_ndims=1)
        return bn

    def gradients(shift, scale):
        found = []
        for path_derivative in False, True:
            with tf.GradientTape() as tape, zs.seeded(2):
                tape.watch([shift, scale])
                q = zs.BayesianNet()
                q.transformed("z", ds.Normal(tf.zeros([2]), std=1.),
                              bijectors.Affine(shift, scale), group_ndims=1)
                cost = zs.variational.elbo(model(), {}, variational=q).sgvb(
                    path_derivative=path_derivative)
            found.append(tf.stack(tape.gradient(cost, [shift, scale])))
        return found

    shift, scale = np.float32([3., 3.]), np.float32([2., 0.5])
    plain, path = modes.run(mode, gradients, shift, scale)
    assert np.abs(plain).max() > 0.1
    np.testing.assert_allclose(path, np.zeros([2, 2]), atol=1e-5)


@pytest.mark.parametrize("mode, flow", [
    ("graph", "RealNVP"), ("function", "MAF"), ("eager", "IAF"), ("xla", "IAF")])
def test_flows_are_posteriors(far_from_identity, mode, flow):
    """The bound is below the evidence, and its gradient reaches every variable."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([3], tf.float64), std=1., group_ndims=1)
        bn.normal("x", z, std=1., group_ndims=1)
        return bn

    make_flow = zs.reuse_variables("flow")(FLOWS[flow])

    def make():
        make_flow()  # XLA of TensorFlow 1.15 cannot make variables

        def bound(x):
            with tf.GradientTape() as tape:
                q = zs.BayesianNet()
                base = ds.Normal(tf.zeros([3], tf.float64), std=1.)
                z = q.transformed("z", base, make_flow(), n_samples=400)
                lower = zs.variational.elbo(model(), {"x": x}, variational=q, axis=0)
                cost = lower.sgvb()
            gradients = tape.gradient(cost, tape.watched_variables())
            return z.tensor, lower.tensor, [tf.norm(g) for g in gradients]
        return bound

    x = np.array([1., -1., 0.5])
    z, bound, gradients = modes.program(mode, make)(x)
    assert z.shape == (400, 3)
    assert bound < np.sum(stats.norm(0., np.sqrt(2.)).logpdf(x))
    assert len(gradients) == 2 * 2 * 3 and np.all(np.asarray(gradients) > 0.)


# -- Errors --

@pytest.mark.parametrize("base, bijector, exception, words", [
    (lambda: 3., bijectors.Exp, TypeError, "`base` must be a zhusuan"),
    (lambda: ds.Normal(0., std=1.), lambda: tf.exp, TypeError, "`bijector` must be"),
    (lambda: ds.Normal([0.], std=1., group_ndims=1), bijectors.Exp, ValueError,
     "group_ndims=0"),
    (lambda: ds.Poisson(1.), bijectors.Exp, ValueError, "must be continuous"),
    (lambda: ds.Normal(0., std=1.), bijectors.Ordered, ValueError, "maps vectors"),
    (lambda: ds.Normal(0., std=1.), lambda: bijectors.Affine([1., 2.]), ValueError,
     "batch shape to which the parameters"),
], ids=["number", "function", "grouped", "discrete", "no vectors", "enlarged"])
@eagerly
def test_unsuitable_arguments_raise(base, bijector, exception, words):
    with pytest.raises(exception, match=words):
        ds.TransformedDistribution(base(), bijector()).sample()


@eagerly
def test_vectors_have_no_cdf():
    dist = ds.TransformedDistribution(BASES["vectors"](), bijectors.Exp())
    with pytest.raises(NotImplementedError, match="no cdf"):
        dist.cdf(np.ones([3]))
    with pytest.raises(NotImplementedError, match="no quantile"):
        dist.quantile(np.ones([3]))
