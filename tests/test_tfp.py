"""Distributions of TensorFlow Probability, and similar objects, as nodes."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from optional_tfp import require_tfp
from scipy import stats
from tfp_priors import tfp_priors

import zhusuan as zs

LOC, SCALE = np.float32([0.5, -1.]), np.float32(2.)


class Laplace:
    """A distribution with the methods of TensorFlow Probability's, not made there."""

    dtype = tf.float32
    reparameterization_type = "FULLY_REPARAMETERIZED"
    event_shape = tf.TensorShape([])

    def __init__(self, loc, scale):
        self.parameters = {"loc": loc, "scale": scale}
        self.batch_shape = loc.shape

    def batch_shape_tensor(self):
        return tf.shape(self.parameters["loc"])

    def event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def sample(self, sample_shape, seed=None):
        shape = tf.concat([[sample_shape], self.batch_shape_tensor()], axis=0)
        u = (tf.random.uniform(shape, -0.5, 0.5) if seed is None else
             tf.random.stateless_uniform(shape, seed, -0.5, 0.5))
        noise = -tf.sign(u) * tf.math.log1p(-2. * tf.abs(u))
        return self.parameters["loc"] + self.parameters["scale"] * noise

    def log_prob(self, x):
        loc, scale = self.parameters["loc"], self.parameters["scale"]
        return -tf.abs(x - loc) / scale - tf.math.log(2. * scale)

    def mean(self):
        return self.parameters["loc"]


def tfp_laplace(loc, scale):
    return require_tfp().distributions.Laplace(
        loc, scale)


every_kind = pytest.mark.parametrize("make", [Laplace, tfp_laplace],
                                     ids=["look-alike", "tfp"])


@every_kind
def test_a_node_in_every_mode(make, mode):
    def compute(loc, scale):
        with tf.GradientTape() as tape, zs.seeded(3):
            tape.watch(loc)
            bn = zs.BayesianNet({"x": [1., 2.]})
            z = bn.stochastic("z", make(loc, scale), n_samples=5)
            x = bn.stochastic("x", make(loc, scale))
            total = tf.reduce_sum(z) + tf.reduce_sum(x.cond_log_p)
        return z.tensor, z.cond_log_p, x.cond_log_p, tape.gradient(total, loc)

    z, log_z, log_x, gradient = modes.run(mode, compute, LOC, SCALE)
    law = stats.laplace(LOC, SCALE)
    assert z.shape == (5, 2) and len(np.unique(z)) == 10
    np.testing.assert_allclose(log_z, law.logpdf(z), rtol=1e-5)
    np.testing.assert_allclose(log_x, law.logpdf([1., 2.]), rtol=1e-5)
    np.testing.assert_allclose(gradient, 5. + np.sign([1., 2.] - LOC) / SCALE)
    again = modes.run(mode, compute, LOC, SCALE)[0]
    np.testing.assert_array_equal(z, again)


@every_kind
@eagerly
def test_shapes_and_statistics(make):
    law = make(tf.constant(LOC), tf.constant(SCALE))
    dist = zs.BayesianNet().stochastic("z", law).dist
    assert dist.dtype == dist.param_dtype == tf.float32
    assert dist.is_continuous and dist.is_reparameterized
    assert dist.get_batch_shape().as_list() == [2] and dist.get_value_shape() == []
    assert dist.batch_shape.numpy() == [2] and dist.value_shape.shape == (0,)
    np.testing.assert_array_equal(dist.mean, LOC)
    assert "Laplace" in repr(dist)
    with pytest.raises(ValueError, match="broadcast to match"):
        dist.log_prob(np.zeros([3], "float32"))


@every_kind
@eagerly
def test_the_path_derivative(make):
    loc, scale = tf.constant(LOC), tf.constant(SCALE)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([loc, scale])
        dist = zs.BayesianNet().stochastic("z", make(loc, scale)).dist
        log_prob = dist.with_path_derivative().log_prob(dist.sample())
        x = tf.constant([3., 4.])
        tape.watch(x)
        at_x = dist.with_path_derivative().log_prob(x)
    assert np.all(np.abs(tape.gradient(log_prob, loc)) > 0.)
    assert tape.gradient(at_x, loc) is None
    np.testing.assert_allclose(tape.gradient(at_x, x), [-0.5, -0.5])


@every_kind
@eagerly
def test_as_a_part_of_ours(make):
    base = make(tf.constant(LOC), tf.constant(SCALE))
    dist = zs.distributions.TransformedDistribution(
        base, zs.distributions.bijectors.Exp())
    y = np.float32([0.5, 3.])
    want = stats.laplace(LOC, SCALE).logpdf(np.log(y)) - np.log(y)
    np.testing.assert_allclose(dist.log_prob(y), want, rtol=1e-5)


@pytest.mark.parametrize("name, base", [
    ("Sinh", [0.3, -1., 0.5]), ("NormalCDF", [0.3, -1., 0.5]),
    ("Log", [0.3, 1., 0.5]), ("FillTriangular", [0.3, -1., 0.5]),
    ("Cumsum", [0.3, -1., 0.5]), ("FillScaleTriL", [0.3, -1., 0.5])])
def test_bijectors_transform_distributions(name, base, mode):
    tfp = require_tfp()
    base = np.float32(base)

    def compute(low, wide):
        """Both densities at values of the distribution, and ours far from them."""
        bijector = getattr(tfp.bijectors, name)()
        ours = zs.distributions.TransformedDistribution(
            zs.distributions.Uniform(low, low + wide), bijector)
        theirs = tfp.distributions.TransformedDistribution(
            tfp.distributions.Independent(tfp.distributions.Uniform(low, low + wide),
                                          bijector.forward_min_event_ndims), bijector)
        y = bijector.forward(low + 0.3 * wide)
        far = bijector.forward(low + 1.5 * wide)
        with zs.seeded(1):
            sample = ours.sample(2)
        return ours.log_prob(y), theirs.log_prob(y), ours.log_prob(far), sample

    ours, theirs, far, sample = modes.run(mode, compute, base, np.float32(0.2))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert np.all(far == -np.inf) and np.isfinite(sample).all()


@eagerly
def test_bijectors_that_are_not_injective_raise():
    tfb = require_tfp().bijectors
    with pytest.raises(ValueError, match="is not injective"):
        zs.distributions.TransformedDistribution(
            zs.distributions.Normal(0., std=1.), tfb.AbsoluteValue())


@eagerly
def test_discrete_ones_vectors_and_groups():
    tfd = require_tfp().distributions
    bn = zs.BayesianNet({"n": 3., "b": [1, 0, 1]})
    n = bn.stochastic("n", tfd.Poisson(2.))
    assert not n.dist.is_continuous and not n.dist.is_reparameterized
    b = bn.stochastic("b", tfd.Independent(
        tfd.Bernoulli(logits=np.zeros([3])), reinterpreted_batch_ndims=1))
    assert b.dtype == tf.int32 and b.dist.param_dtype == tf.float64
    np.testing.assert_allclose(b.cond_log_p, 3. * np.log(0.5))
    v = bn.stochastic("v", tfd.MultivariateNormalDiag(np.zeros([4, 2]), np.ones([2])))
    assert v.shape.as_list() == [4, 2] and v.cond_log_p.shape.as_list() == [4]
    with pytest.raises(TypeError, match="one Tensor"):
        bn.stochastic("j", tfd.JointDistributionSequential([tfd.Normal(0., 1.)]))
    with pytest.raises(NotImplementedError):
        n.dist.quantile(0.5)


def test_unsuitable_distributions_raise():
    with pytest.raises(TypeError, match="requires a .*distributions.Distribution"):
        zs.BayesianNet().stochastic("x", 3.)
    with pytest.raises(TypeError, match="requires a .*distributions.Distribution"):
        zs.BayesianNet().stochastic("x", Laplace)


# -- Constraints of latents -----------------------------------------------------------

@pytest.mark.parametrize("name", ["exponential"] + [
    pytest.param(name, marks=pytest.mark.slow) for name in (
        "independent", "mixture", "dirichlet", "lkj", "gamma", "log_normal", "uniform",
        "pareto", "von_mises", "sample", "transformed", "cholesky_lkj", "wishart",
        "normal")])
def test_draws_stay_in_the_support_of_a_prior(name):
    """The means of 400 draws or more, within 0.35 sd (5 standard errors of 200)."""
    tfp = require_tfp()

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.stochastic("t", tfp_priors(tfp.distributions, tfp.bijectors)[name][1])
        return bn

    with modes.context.eager_mode():
        start, dist = tfp_priors(tfp.distributions, tfp.bijectors)[name]
        out = zs.NUTS(0.5, max_depth=5).run(
            model(), {}, {"t": start}, 50, 100, n_chains=16, seed=1,
            progress_bar=False, jit_compile=False)
        exact = dist.sample(2000, seed=1).numpy()
    x = out["t"].reshape((-1,) + exact.shape[1:])
    assert out.statistics["is_divergent"].mean() < 0.05
    assert (np.abs(x.mean(0) - exact.mean(0)) <= 0.35 * exact.std(0) + 1e-6).all()


def test_priors_of_unknown_support_raise():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.stochastic("t", Laplace(tf.zeros([]), tf.ones([])))
        return bn

    with modes.context.eager_mode(), pytest.raises(
            ValueError, match="latent 't' cannot be inferred"):
        zs.NUTS().run(model(), {}, {"t": np.float32(0.)}, 5, 5, progress_bar=False)


def test_starts_outside_of_the_support_of_a_prior_raise():
    tfp = require_tfp()

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.stochastic("t", tfp.distributions.Exponential(2.))
        return bn

    with modes.context.eager_mode(), pytest.raises(
            ValueError, match="latent 't' must be an image of"):
        zs.NUTS().run(model(), {}, {"t": np.float32(-1.)}, 5, 5, progress_bar=False)


def test_supports_may_depend_on_other_latents():
    tfp = require_tfp()

    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        low = bn.normal("low", 0., std=1.)
        bn.stochastic("t", tfp.distributions.Uniform(low.tensor, 9.))
        return bn

    latent = {"low": np.float32(0.), "t": np.float32(1.)}
    with modes.context.eager_mode():
        chains = zs.NUTS().run(model(), {}, latent, 20, 20, progress_bar=False, seed=1)
    assert np.all(chains["t"] > chains["low"]) and np.all(chains["t"] < 9.)
    assert len(np.unique(chains["low"])) > 5
