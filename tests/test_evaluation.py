"""is_loglikelihood against the evidence of a linear Gaussian model.

z ~ N(0, I), x ~ N(A z, 0.5^2) with orthogonal columns in A, so that the posterior is
a product of normals, and with it as proposal every weight equals the evidence.
A statistic may be 5 standard errors off: 6e-7 of correct ones; seeds are fixed.
"""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

A = np.array([[1.0, 1.0], [1.0, -1.0], [2.0, 0.0]])
NOISE_STD, N_DATA = 0.5, 4
X = np.random.RandomState(3).normal(size=[N_DATA, 3]).astype("float32")
VARIANCE = 1.0 / (1.0 + (A**2).sum(0) / NOISE_STD**2)
POSTERIOR_MEAN = (X @ A * VARIANCE / NOISE_STD**2).astype("float32")
POSTERIOR_STD = np.sqrt(VARIANCE).astype("float32")
EVIDENCE = stats.multivariate_normal(
    np.zeros(3), A @ A.T + NOISE_STD**2 * np.eye(3)).logpdf(X)


@zs.meta_bayesian_net(scope="linear", reuse_variables=True)
def linear_model(n_samples=None):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([N_DATA, 2]), std=1.0, group_ndims=1,
                  n_samples=n_samples)
    weights = tf.Variable(A.T.astype("float32"))
    bn.normal("x", tf.tensordot(z, weights, 1), std=NOISE_STD, group_ndims=1)
    return bn


def proposal(n_samples, std=POSTERIOR_STD, mean=POSTERIOR_MEAN):
    with zs.seeded(11):
        q = zs.BayesianNet()
        q.normal("z", mean, std=std, group_ndims=1, n_samples=n_samples)
        q["z"].tensor  # noqa: B018
    return q


def estimate(mode, n_samples, std=POSTERIOR_STD, **options):
    def make():
        model = linear_model(n_samples)
        model.observe()  # makes the variables, which XLA of 1.15 cannot
        return lambda x: zs.is_loglikelihood(
            model, {"x": x}, proposal=proposal(n_samples, std), **options)

    return modes.program(mode, make)(X)


def test_the_posterior_as_proposal_gives_the_evidence(mode):
    np.testing.assert_allclose(estimate(mode, 5, axis=0), EVIDENCE, rtol=1e-5)


@pytest.mark.parametrize("n_samples, shape", [(None, (N_DATA,)), (5, (5, N_DATA))])
def test_without_axis_nothing_is_reduced(mode, n_samples, shape):
    value = estimate(mode, n_samples)
    np.testing.assert_allclose(value, np.broadcast_to(EVIDENCE, shape), rtol=1e-5)


def test_another_proposal_is_unbiased():
    """exp(estimate) is, over independent samples, on average the likelihood."""
    log_weights = estimate("graph", 20000, std=2.0 * POSTERIOR_STD)
    ratio = np.exp(log_weights - EVIDENCE)
    z = (ratio.mean(0) - 1.0) / (ratio.std(0) / np.sqrt(20000))
    assert ratio.std() > 0.1
    assert np.abs(z).max() < 5


@pytest.mark.parametrize("axis", [0, -2, 1, [0], [0, 1], [-1], (0, 1)])
def test_axes(axis):
    log_weights = estimate("graph", 6, std=2.0 * POSTERIOR_STD)
    value = estimate("graph", 6, std=2.0 * POSTERIOR_STD, axis=axis)
    axis = tuple(axis) if isinstance(axis, list) else axis
    np.testing.assert_allclose(
        value, np.log(np.exp(log_weights).mean(axis)), rtol=1e-5)


def test_chunks_do_not_change_the_estimate(mode):
    def make():
        model = linear_model(12)
        model.observe()

        def compute(x):
            q = proposal(12, std=2.0 * POSTERIOR_STD)
            return [zs.is_loglikelihood(model, {"x": x}, proposal=q, axis=axis,
                                        n_chunks=n)
                    for axis, n in [(0, None), (0, 1), (0, 3), (-2, 12)]]
        return compute

    whole, one, three, twelve = modes.program(mode, make)(X)
    for chunked in [one, three, twelve]:
        np.testing.assert_allclose(chunked, whole, rtol=1e-6)


def test_chunks_of_unknown_shapes():
    def compute(x, mean, n_samples):
        q = proposal(n_samples, mean=mean)
        return [zs.is_loglikelihood(linear_model(n_samples), {"x": x}, proposal=q,
                                    axis=0, n_chunks=n) for n in (1, 3)]

    program = modes.program("graph", lambda: compute, dynamic_shapes=True)
    for value in program(X, POSTERIOR_MEAN, np.int32(6)):
        np.testing.assert_allclose(value, EVIDENCE, rtol=1e-5)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"n_chunks \(3\) must"):
        program(X, POSTERIOR_MEAN, np.int32(7))


def test_each_chunk_is_evaluated_on_its_own():
    """The memory is that of one part: the model gets only its samples."""
    seen = []

    def log_joint(values):
        seen.append(values["z"].shape.as_list())
        return linear_model(values["z"].shape[0]).observe(**values).log_joint()

    def compute(x):
        return zs.is_loglikelihood(log_joint, {"x": x}, proposal=proposal(12), axis=0,
                                   n_chunks=4)

    np.testing.assert_allclose(modes.run("graph", compute, X), EVIDENCE, rtol=1e-5)
    assert {tuple(shape) for shape in seen} == {(3, N_DATA, 2)}


@pytest.mark.parametrize("options, words", [
    ({"axis": 0, "n_chunks": 5}, r"n_chunks \(5\) must divide .* samples, 12"),
    ({"axis": None, "n_chunks": 3}, "n_chunks=3 requires `axis` to be one int.*None"),
    ({"axis": [0], "n_chunks": 3}, r"n_chunks=3 requires `axis` to be one int.*\[0\]"),
    ({"axis": 2, "n_chunks": 3}, "n_chunks=3 requires `axis` to be one int.*axis is 2"),
    ({"axis": 2}, "axis=2 is out of range for the log weights.*'z'.*group_ndims"),
])
def test_unsuitable_axes_and_chunks_raise(options, words):
    with pytest.raises(ValueError, match=words):
        estimate("graph", 12, **options)


def test_chunks_need_latents():
    with pytest.raises(ValueError, match="log q are none"):
        zs.is_loglikelihood(linear_model(), {"x": X, "z": POSTERIOR_MEAN}, axis=0,
                            proposal=zs.BayesianNet(), n_chunks=2)


# -- Ways to give the proposal, and errors ------------------------------------

def test_latent_is_deprecated_and_works():
    def compute(x):
        q = proposal(5)
        latent = {"z": (q["z"], q["z"].cond_log_p)}
        with pytest.warns(FutureWarning, match="`latent` is deprecated") as caught:
            value = zs.is_loglikelihood(linear_model(5), {"x": x}, latent, axis=0)
        assert caught[0].filename == __file__
        return value

    np.testing.assert_allclose(modes.run("graph", compute, X), EVIDENCE, rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="Exactly one of .* none was"):
        zs.is_loglikelihood(linear_model(), {"x": X})
    with pytest.raises(ValueError, match="The proposal has no node 'z', which is a"):
        zs.is_loglikelihood(linear_model(), {"x": X}, proposal=zs.BayesianNet())
    with pytest.raises(ValueError, match="no stochastic node named 'y'"):
        zs.is_loglikelihood(linear_model(), {"y": X}, proposal=proposal(None))
