"""predictive(): against closed forms of a normal model."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs

X = np.array([-1., 0.2, 2.5])


@zs.meta_bayesian_net()
def model():
    """z ~ N(0, 1); x ~ N(z, 0.5^2) for three data, whose axis is not grouped."""
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([], tf.float64), std=1.)
    bn.normal("x", z + tf.zeros([3], tf.float64), std=0.5)
    return bn


def prediction(as_net, n=20000, **options):
    """From the posterior N(0.4, 0.3^2), whose predictive is N(0.4, 0.3^2 + 0.5^2)."""
    def predict(x):
        with zs.seeded(3):
            q = zs.BayesianNet()
            q.normal("z", np.full([1], 0.4), std=0.3, n_samples=n)
            posterior = q if as_net else {"z": q["z"].tensor}
            p = zs.evaluation.predictive(model(), posterior, {"x": x}, **options)
            return p.samples["x"], p.log_density, p.standard_error
    return predict


@pytest.mark.parametrize("as_net", [True, False], ids=["variational", "samples"])
def test_density_matches_the_exact_predictive(mode, as_net):
    """Failure rate 1e-4 per run: 3 z-tests at 4.5 standard errors, and their scale."""
    samples, log_density, error = modes.run(mode, prediction(as_net), X)
    exact = stats.norm(0.4, np.hypot(0.3, 0.5))
    assert samples.shape == (20000, 3)
    assert (np.abs(log_density - exact.logpdf(X)) < 4.5 * error).all()
    # The second moment of N(x|z, s^2) is N(x|m, v + s^2 / 2) / (2 s sqrt(pi)).
    second = stats.norm.pdf(X, 0.4, np.sqrt(0.3 ** 2 + 0.125)) / np.sqrt(np.pi)
    truth = np.sqrt((second / exact.pdf(X) ** 2 - 1) / 20000)
    np.testing.assert_allclose(error, truth, rtol=0.1)
    assert (np.abs(samples.mean(0) - 0.4) < 4.5 * exact.std() / 20000 ** 0.5).all()


def test_autocorrelated_samples_count_less():
    error, doubled = [modes.run("eager", prediction(False, n=1000, **options), X)[2]
                      for options in ({}, {"n_effective": 250})]
    np.testing.assert_allclose(doubled, 2 * error)


def test_names_only():
    def predict():
        p = zs.evaluation.predictive(model(), {"z": np.zeros([7, 1])}, ["x"])
        assert p.log_density is None and p.standard_error is None
        return p.samples["x"]
    assert modes.run("eager", predict).shape == (7, 3)


def test_samples_of_no_density():
    """The result shows them, so there is no warning about the support."""
    def predict():
        p = zs.evaluation.predictive(
            model(), {"z": np.full([2, 1], 1e200)}, {"x": np.zeros(3)})
        return p.log_density, p.standard_error
    log_density, error = modes.run("eager", predict)
    assert (log_density == -np.inf).all() and (error == 0).all()


@pytest.mark.parametrize("posterior, held_out, message", [
    ({"z": np.zeros([2, 1])}, {"y": 0.}, "no stochastic node 'y' to "
     "predict. Nodes to predict: "),
    ({"z": np.zeros([2, 1])}, ["z"], "'z' is to be predicted, but"),
    ({}, ["x"], "'z' have no posterior samples"),
], ids=str)
def test_errors(posterior, held_out, message):
    with pytest.raises(ValueError, match=message):
        modes.run("eager", lambda: zs.evaluation.predictive(
            model(), posterior, held_out).samples)


@pytest.mark.parametrize("arguments, message", [
    ((lambda values: 0., {}, ["x"]), "model must be a MetaBayesianNet"),
    ((None, 3, ["x"]), "`posterior` must be")], ids=["model", "posterior"])
def test_wrong_types(arguments, message):
    arguments = [model() if a is None else a for a in arguments]
    with pytest.raises(TypeError, match=message):
        zs.evaluation.predictive(*arguments)
