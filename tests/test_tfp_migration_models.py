"""Layers and models of the page "From TensorFlow Probability to ZhuSuan"."""
import warnings

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
import tfp_equivalents
from case_programs import eagerly
from keras_3 import HAS_KERAS_3
from optional_tfp import require_tfp

import zhusuan as zs

ROWS = tfp_equivalents.rows("`tfp.layers`")
Z, Y = np.float32(0.4), np.float32([0.3, -1., 2.])

requires_keras_3 = pytest.mark.skipif(not HAS_KERAS_3, reason="requires Keras 3")


def with_ids(rows):
    return [pytest.param(row, id=row.tfp) for row in rows]


# -- Layers with random weights -------------------------------------------------------

WEIGHTS = [row for row in ROWS if row.ours and row.ours.startswith("zs.layers.")]
N_CALLS = 400


def data_for(name):
    """Two data for a layer: vectors, or images with two channels."""
    n_axes = int(name[len("Convolution")]) if name.startswith("Conv") else 0
    return tf.random.stateless_normal([2] + [3] * n_axes + [2], [1, 2])


def posterior_functions(tfp, wrap):
    """Functions for DenseVariational; `wrap` makes a layer of a function."""
    def function(shift, scale):
        def make(kernel_size, bias_size, dtype):
            n = kernel_size + bias_size
            loc = shift + tf.linspace(-1., 1., n)
            return wrap(lambda _: tfp.distributions.Independent(
                tfp.distributions.Normal(loc, scale), 1))
        return make

    return {"posterior": function(0., 0.3), "prior": function(0.5, 1.)}


def both_layers(row, tfp):
    """A layer of each library, with the same posterior of the weights."""
    theirs = eval(row.tfp, dict(vars(tfp.layers), **posterior_functions(
        tfp, tfp.layers.DistributionLambda)))
    ours = eval(row.ours, dict(posterior_functions(tfp, lambda f: f), zs=zs))
    x = data_for(row.name)
    with warnings.catch_warnings():  # their layers call old methods of Keras 2
        warnings.simplefilter("ignore")
        theirs(x)
    ours(x)
    if row.name != "DenseVariational":  # larger means and standard deviations
        mean = 2. * theirs.kernel_posterior.mean()
        std = 7. * theirs.kernel_posterior.stddev()
        for layer, scale in (theirs, tf.math.log(tf.math.expm1(std))), (
                ours, tf.math.log(std)):
            layer.weights[0].assign(mean)
            layer.weights[1].assign(scale)
            layer.weights[2].assign(tf.range(4.))  # the bias
    return theirs, ours, x


@requires_keras_3
@pytest.mark.parametrize("row", with_ids(WEIGHTS))
@eagerly
def test_layers_have_the_same_divergence(row):
    theirs, ours, x = both_layers(row, require_tfp())
    theirs(x)
    ours(x)
    assert len(theirs.losses) == len(ours.losses) == 1
    np.testing.assert_allclose(ours.losses[0], theirs.losses[0], rtol=1e-4)


@requires_keras_3
@pytest.mark.parametrize("row", [
    pytest.param(row, id=row.tfp, marks=() if row.name == "DenseFlipout"
                 else pytest.mark.slow) for row in WEIGHTS])
@eagerly
def test_layers_have_the_same_moments_of_outputs(row):
    """Means within 5 standard errors, logs of variances within 5 times sqrt(4 / n).

    At most 72 outputs fail with a probability below 1e-4 for each seed.
    """
    theirs, ours, x = both_layers(row, require_tfp())
    tf.random.set_seed(1)

    @tf.function(autograph=False)
    def outputs():
        return tf.map_fn(lambda _: (theirs(x), ours(x)), tf.zeros([N_CALLS]),
                         fn_output_signature=(tf.float32, tf.float32))

    a, b = [y.numpy().astype(float) for y in outputs()]
    error = np.sqrt((a.var(0) + b.var(0)) / N_CALLS)
    assert a.shape == b.shape
    assert np.all(np.abs(a.mean(0) - b.mean(0)) < 5. * error)
    assert np.all(np.abs(np.log(a.var(0) / b.var(0))) < 5. * np.sqrt(4. / N_CALLS))


# -- Layers that return distributions -------------------------------------------------

@pytest.mark.parametrize("row", with_ids(
    row for row in ROWS if row.ours and not row.ours.startswith("zs.layers.")))
@eagerly
def test_distributions_of_layers_agree(row):
    tfp = require_tfp()
    outputs = tf.random.stateless_normal([5, 2], [1, 2])
    names = {"outputs": outputs, "softplus": tf.nn.softplus, "tf": tf}
    theirs = eval(row.tfp, dict(vars(tfp.layers), **names))
    ours = eval(row.ours, dict(vars(zs.distributions), **names))
    x = theirs.sample(3, seed=[1, 2])
    np.testing.assert_allclose(
        ours.log_prob(tf.cast(x, ours.dtype)), theirs.log_prob(x), rtol=1e-4)


# -- Joint distributions --------------------------------------------------------------

def joint_distributions(tfp):
    """The same joint distribution of z and y in each way, and its arguments."""
    tfd = tfp.distributions
    root = tfd.JointDistributionCoroutine.Root

    def prior():
        return tfd.Normal(0., 1.)

    def likelihood(z):
        return tfd.Independent(tfd.Normal(z + tf.zeros([3]), 2.), 1)

    def coroutine():
        z = yield root(prior())
        yield likelihood(z)

    def batched():
        z = yield prior()
        yield likelihood(z)

    named, listed = {"z": prior(), "y": likelihood}, [prior(), likelihood]
    return {
        "JointDistributionCoroutine": tfd.JointDistributionCoroutine(coroutine),
        "JointDistributionCoroutineAutoBatched":
            tfd.JointDistributionCoroutineAutoBatched(batched),
        "JointDistributionNamed": tfd.JointDistributionNamed(named),
        "JointDistributionNamedAutoBatched":
            tfd.JointDistributionNamedAutoBatched(named),
        "JointDistributionSequential": tfd.JointDistributionSequential(listed),
        "JointDistributionSequentialAutoBatched":
            tfd.JointDistributionSequentialAutoBatched(listed)}


@zs.meta_bayesian_net()
def model():
    bn = zs.BayesianNet()
    z = bn.normal("z", 0., std=1.)
    bn.normal("y", z[..., tf.newaxis] + tf.zeros([3]), std=2., group_ndims=1)
    return bn


@pytest.mark.parametrize("name", [
    row.name for row in tfp_equivalents.rows("Joint distributions")
    if row.name != "JointDistributionPinned"])
@eagerly
def test_log_joint_is_that_of_joint_distributions(name):
    joint = joint_distributions(require_tfp())[name]
    if "Named" in name:
        density, parts = joint.log_prob(z=Z, y=Y), joint.log_prob_parts(
            {"z": Z, "y": Y})
        parts = [parts["z"], parts["y"]]
        pinned = joint.experimental_pin(y=Y).unnormalized_log_prob(z=Z)
    else:
        density, parts = joint.log_prob(Z, Y), list(joint.log_prob_parts([Z, Y]))
        pinned = joint.experimental_pin(None, Y).unnormalized_log_prob(Z)
    bn = model().observe(z=Z, y=Y)
    for theirs in density, pinned:
        np.testing.assert_allclose(bn.log_joint(), theirs, rtol=1e-6)
    np.testing.assert_allclose(bn.cond_log_prob(["z", "y"]), parts, rtol=1e-6)
    with pytest.raises(TypeError, match="one dtype|Add one node for each part"):
        zs.BayesianNet().stochastic("j", joint)


def test_the_table_of_joint_distributions_is_complete():
    tfp = require_tfp()
    named = {row.name for row in tfp_equivalents.rows("Joint distributions")}
    public = {name for name in dir(tfp.distributions) if name.startswith("JointDist")}
    assert named == public - {"JointDistribution"} | {"JointDistributionPinned"}


# -- Variational losses ---------------------------------------------------------------

@eagerly
def test_the_loss_at_the_exact_posterior_is_the_negative_bound():
    """Where all estimates are equal: minus the log evidence."""
    tfp = require_tfp()
    mean, std = np.float32(Y.sum() / (3. + 4.)), np.float32((1. + 3. / 4.) ** -0.5)

    def joint(z):
        return model().observe(z=z, y=Y).log_joint()

    posterior = zs.BayesianNet()
    posterior.normal("z", mean, std=std, n_samples=5)
    bound = zs.variational.elbo(model(), {"y": Y}, variational=posterior, axis=0)
    loss = tfp.vi.monte_carlo_variational_loss(
        joint, tfp.distributions.Normal(mean, std), sample_size=5, seed=[1, 2])
    np.testing.assert_allclose(loss, -bound.tensor, rtol=1e-5)
    covariance = np.eye(3) * 4. + 1.
    exact = -0.5 * (Y @ np.linalg.solve(covariance, Y)
                    + np.linalg.slogdet(2. * np.pi * covariance)[1])
    np.testing.assert_allclose(bound.tensor, exact, rtol=1e-5)


@eagerly
def test_log_means_of_exp_agree():
    x = np.random.RandomState(1).randn(5, 3) * 100.
    np.testing.assert_allclose(zs.log_mean_exp(x, axis=0), require_tfp().math
                               .reduce_logmeanexp(x, axis=0), rtol=1e-12)
