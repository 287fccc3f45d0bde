"""Bijectors to ordered and zero-sum vectors, angles and matrices; compositions."""
import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from scipy import integrate, stats

import zhusuan as zs
from zhusuan import diagnostics
from zhusuan._model import constraints

ds = zs.distributions
bijectors = ds.bijectors
X = np.array([[-3., 0.5, 1.], [0., 0., 0.], [2., -2., 0.25]])


def below(y, k):
    """The numbers of the lower triangles of matrices, the diagonal at k=0."""
    rows, columns = np.tril_indices(y.shape[-1], k)
    return y[..., rows, columns]


# A bijector, how many numbers it takes, and the coordinates of its images.
ROWS = {
    "positive_ordered": (bijectors.PositiveOrdered(), 3, lambda y: y),
    "sum_to_zero": (bijectors.SumToZero(), 3, None),
    "cholesky_corr": (bijectors.CholeskyCorr(), 3, lambda y: below(y, -1)),
    "cholesky_corr of 4": (bijectors.CholeskyCorr(), 6, lambda y: below(y, -1)),
    "positive_definite": (bijectors.PositiveDefinite(), 3, lambda y: below(y, 0)),
    "positive_definite of 3": (bijectors.PositiveDefinite(), 6, lambda y: below(y, 0)),
    "chain": (bijectors.Chain([bijectors.Affine(1., -0.5), bijectors.Exp()]), 3,
              lambda y: y),
    "chain of vectors": (bijectors.Chain([bijectors.Exp(), bijectors.Ordered()]), 3,
                         lambda y: y),
    "chain to matrices": (bijectors.Chain([
        bijectors.PositiveDefinite(), bijectors.Affine(0.1, 2.)]), 3,
        lambda y: below(y, 0))}
every_row = pytest.mark.parametrize("name", ROWS)


def inputs(length, seed=0):
    return np.concatenate([np.zeros([1, length]),
                           np.random.RandomState(seed).normal(size=[4, length])])


def jacobian(function, x):
    """By central differences of the fourth order."""
    columns = []
    for step in 1e-3 * np.eye(len(x)):
        near = function(x + step) - function(x - step)
        far = function(x + 2. * step) - function(x - 2. * step)
        columns.append((8. * near - far) / 12e-3)
    return np.stack(columns, axis=-1)


@every_row
def test_log_determinant_matches_differences(name, mode):
    bijector, length, coordinates = ROWS[name]
    x = inputs(length)
    y, log_det = modes.run(mode, bijector.forward_and_log_det, x)
    alone = modes.run(mode, bijector.forward_log_det_jacobian, x)
    total = log_det if bijector.input_ndims else log_det.sum(axis=-1)
    np.testing.assert_allclose(alone, log_det, rtol=1e-12)
    assert y.shape[1:] == tuple(bijector.forward_lengths([length])) or (
        not bijector.input_ndims)

    def forward(one):
        with chains.eagerly():
            image = bijector.forward(tf.constant(one)).numpy()
        return image if coordinates is None else coordinates(image)

    for one, got in zip(x, total):
        slopes = jacobian(forward, one)
        # Of a map to a plane, the root of the determinant of J^T J.
        want = 0.5 * np.linalg.slogdet(slopes.T @ slopes)[1]
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


@every_row
def test_inverse_of_forward_is_the_identity(name, mode):
    bijector, length, _ = ROWS[name]
    x = inputs(length, seed=1)
    back, inside = modes.run(mode, lambda x: (
        bijector.inverse(bijector.forward(x)), bijector.contains(bijector.forward(x))),
        x)
    np.testing.assert_allclose(back, x, rtol=1e-9, atol=1e-10)
    assert inside.all()


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@every_row
@eagerly
def test_every_float_dtype_is_kept(name, dtype):
    bijector, length, _ = ROWS[name]
    x = tf.constant(inputs(length), dtype)
    y = bijector.forward(x)
    assert y.dtype == dtype
    assert bijector.forward_log_det_jacobian(x).dtype == dtype
    np.testing.assert_allclose(
        y, bijector.forward(tf.cast(x, "float64")), rtol=3e-2, atol=3e-3)


OUTSIDE = {
    "positive_ordered": [[0., 1., 2.], [1., 1., 2.], [-1., 0., 1.]],
    "sum_to_zero": [[1., -1., 0.1], [1., 1., 1.]],
    "cholesky_corr": [[[1., 0.], [0.5, 0.5]], [[1., 0.], [0., -1.]],
                      [[1., 0.1], [0., 1.]], [[-1., 0.], [0., 1.]]],
    "positive_definite": [[[1., 2.], [2., 1.]], [[-1., 0.], [0., 1.]],
                          [[1., 0.5], [0., 1.]], [[0., 0.], [0., 0.]],
                          [[np.inf, 0.], [0., 1.]]],
    "chain": [[2., 0., 0.], [1., 1., 1.]]}


@pytest.mark.parametrize("name", OUTSIDE)
@eagerly
def test_other_values_are_outside(name):
    inside = ROWS[name][0].contains(np.array(OUTSIDE[name]))
    assert not np.reshape(inside, [len(OUTSIDE[name]), -1]).all(axis=-1).any()


@eagerly
def test_large_matrices_are_factored_without_errors():
    """Beyond the size that is eliminated row by row, too."""
    root = np.random.RandomState(0).normal(size=[20, 25])
    good = root @ root.T
    values = np.stack([good, good - 10. * np.eye(20), np.full([20, 20], np.nan)])
    bijector = bijectors.PositiveDefinite()
    assert bijector.contains(values).numpy().tolist() == [True, False, True]
    x = bijector.inverse(values)
    np.testing.assert_allclose(bijector.forward(x[0]), good, rtol=1e-9, atol=1e-9)
    assert np.isnan(x[2]).all()


@eagerly
def test_zero_sum_vectors_are_isometric():
    x = np.random.RandomState(0).normal(size=[7, 4])
    y = bijectors.SumToZero().forward(tf.constant(x)).numpy()
    np.testing.assert_allclose(y.sum(axis=-1), 0., atol=1e-14)
    np.testing.assert_allclose(y @ y.T, x @ x.T, rtol=1e-12, atol=1e-14)


@eagerly
def test_angles_are_wrapped():
    bijector = bijectors.Circular()
    for dtype in "float32", "float64":
        x = np.array([0., 3., -3., 3.5, -3.5, 40., np.pi, -np.pi], dtype)
        y = bijector.forward(tf.constant(x)).numpy()
        assert bijector.contains(y).numpy().all()
        np.testing.assert_allclose(np.exp(1j * y), np.exp(1j * x), atol=1e-5)
        assert np.all(np.abs(y) <= np.asarray(np.pi, dtype))
        np.testing.assert_array_equal(bijector.forward_log_det_jacobian(x), 0.)
    np.testing.assert_array_equal(
        bijector.contains(np.array([4., np.nan])), [False, True])


# -- Transformed distributions -----------------------------------------------------

@eagerly
def test_transformed_distributions_give_matrices():
    base = ds.MultivariateNormalDiag(np.zeros([5, 3]), np.ones([5, 3]))
    dist = ds.TransformedDistribution(base, bijectors.CholeskyCorr())
    samples = dist.sample(4)
    assert samples.shape == (4, 5, 3, 3)
    assert dist.get_value_shape().as_list() == [3, 3]
    assert dist.value_shape.numpy().tolist() == [3, 3]
    x = dist.bijector.inverse(samples)
    np.testing.assert_allclose(
        dist.log_prob(samples),
        base.log_prob(x) - dist.bijector.forward_log_det_jacobian(x), rtol=1e-9)
    assert np.all(np.isneginf(dist.log_prob(2. * samples)))
    batched = ds.TransformedDistribution(
        ds.Normal(np.zeros([5, 3]), std=1.), bijectors.CholeskyCorr())
    assert batched.get_batch_shape().as_list() == [5]
    np.testing.assert_allclose(batched.log_prob(samples), dist.log_prob(samples))


@eagerly
def test_a_chain_transforms_as_its_parts_do():
    chain = bijectors.Chain([bijectors.Affine(2., -3.), bijectors.Exp()])
    dist = ds.TransformedDistribution(ds.Normal(0.5, std=0.7), chain)
    law = stats.lognorm(0.7, scale=np.exp(0.5))
    y = np.array([-4., 0., 1.5], "float32")
    np.testing.assert_allclose(dist.prob(y), law.pdf((2. - y) / 3.) / 3., rtol=1e-5)
    np.testing.assert_allclose(dist.cdf(y), law.sf((2. - y) / 3.), rtol=1e-5)
    assert np.isneginf(dist.log_prob(2.5))


# -- Errors --------------------------------------------------------------------------

@pytest.mark.parametrize("make, error, message", [
    (lambda: bijectors.Chain([]), TypeError, "list of at least one Bijector"),
    (lambda: bijectors.Chain([bijectors.Exp(), tf.exp]), TypeError,
     r"bijectors\[1\] must be a .*Bijector.*Write a subclass of Bijector"),
    (lambda: bijectors.Chain([bijectors.Exp(), bijectors.PositiveDefinite()]),
     ValueError, "PositiveDefinite are dependent.*first in the list"),
    (lambda: bijectors.Chain([bijectors.Exp(), bijectors.SoftmaxCentered()]),
     ValueError, "SoftmaxCentered are dependent"),
    (lambda: bijectors.Chain([bijectors.Exp]), TypeError, r"Write Exp\(\.\.\.\)"),
    (lambda: ds.TransformedDistribution(ds.Normal(0., std=1.), np.exp), TypeError,
     "`bijector` must be a .*Write a subclass of Bijector"),
    (lambda: ds.TransformedDistribution(ds.Normal(0., std=1.), bijectors.Circular()),
     ValueError, "Circular is not injective"),
    (lambda: bijectors.CholeskyCorr().forward(tf.zeros([4])), ValueError,
     "CholeskyCorr: the last axis of x must have the length of a lower triangle"),
    (lambda: constraints.bijector_to("w", tf.exp), TypeError,
     "latent 'w' is .* which is not a Bijector"),
    (lambda: constraints.bijector_to("w", bijectors.Ordered), TypeError,
     r"Write Ordered\(\.\.\.\)")])
def test_clear_errors(make, error, message):
    with pytest.raises(error, match=message):
        modes.run("eager", lambda: make() and [])


# -- Samplers ------------------------------------------------------------------------

N_CHAINS = 20


def run_nuts(log_joint, latent, given, **options):
    with chains.eagerly():
        return zs.NUTS().run(
            log_joint, {}, latent, 250, 150, seed=3, progress_bar=False,
            constraints=given, jit_compile=not modes.IS_TF1, **options)


def assert_mean(x, want):
    """Within 5 standard errors: failure rate below 1e-6 for each number."""
    assert np.all(np.abs(x.mean((0, 1)) - want) <= 5. * diagnostics.mcse(x))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*transitions diverged")  # one or two
def test_zero_sum_and_ordered_latents_have_exact_moments():
    """A standard normal vector on the plane has the variances 1 - 1/K."""
    out = run_nuts(
        lambda v: -0.5 * tf.reduce_sum(v["a"] ** 2, -1) - tf.reduce_sum(v["b"], -1),
        {"a": np.tile([-1., 0., 1.], [N_CHAINS, 1]),
         "b": np.tile([0.5, 1.], [N_CHAINS, 1])},
        {"a": "sum_to_zero", "b": "positive_ordered"})
    np.testing.assert_allclose(out["a"].sum(-1), 0., atol=1e-12)
    assert_mean(out["a"] ** 2, 2. / 3.)
    # The lesser and the larger one of two exponential variables.
    assert_mean(out["b"], [0.5, 1.5])


@pytest.mark.filterwarnings("ignore:.*transitions diverged")  # of long steps
def test_an_angle_crosses_the_end_of_the_circle():
    """Cosine moments of a von Mises law around pi; the chains start on either side."""
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.von_mises("angle", tf.constant(np.pi, "float64"), 2., n_samples=N_CHAINS)
        return bn

    out = run_nuts(model(), {"angle": np.linspace(2., 3., N_CHAINS)}, "auto")
    angle = out["angle"]
    assert np.all(np.abs(angle) <= np.pi)
    assert (angle < -2.5).any(axis=0).all() and (angle > 2.5).any(axis=0).all()
    want, _ = integrate.quad(
        lambda x: np.cos(x) * stats.vonmises(2., np.pi).pdf(x), -np.pi, np.pi)
    assert_mean(np.cos(angle), want)
    assert_mean(np.sin(angle), 0.)


def test_a_positive_definite_start_is_checked():
    with pytest.raises(ValueError, match="'w' must be a symmetric positive definite"):
        run_nuts(lambda v: -tf.linalg.trace(v["w"]),
                 {"w": np.tile([[1., 2.], [2., 1.]], [3, 1, 1])},
                 {"w": "positive_definite"})
