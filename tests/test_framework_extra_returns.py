"""Model functions that return more than the BayesianNet, as scripts for 0.4 do."""
from collections import OrderedDict, namedtuple

import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs
from zhusuan.evaluation import AIS, predictive

Named = namedtuple("Named", "layers model")

# Return values of a model function, given the net.
FORMS = {
    "tuple": lambda bn: (bn, ["w"]),
    "last": lambda bn: ("w", 3, None, bn),
    "list": lambda bn: [tf.zeros([2]), bn],
    "dict": lambda bn: {"names": ["w"], "bn": bn},
    "ordered": lambda bn: OrderedDict([("z", None), ("a", bn)]),
    "named": lambda bn: Named(layers=[1, 2], model=bn),
    "nested": lambda bn: ([], {"a": (np.zeros(3), {"b": [bn]})}),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def fields(returned):
    return returned.keys() if isinstance(returned, dict) else len(returned)


def build(form, shape=(4,), group_ndims=0):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros(shape), std=1.0, group_ndims=group_ndims)
        bn.normal("x", z, std=1.0, group_ndims=group_ndims)
        return form(bn)
    return model()


@every_form
def test_observe_keeps_the_structure_of_return_values(form, mode):
    def run(x):
        model = build(form)
        returned = model.observe(z=x, x=x)
        assert type(returned) is type(form(None))
        assert fields(returned) == fields(form(None))
        return zs.variational.elbo(model, {"z": x, "x": x}, latent={}).tensor

    x = np.array([0.5, -1.0, 2.0, 0.0], "float32")
    with pytest.warns(FutureWarning, match="latent"):
        value = modes.run(mode, run, x)
    np.testing.assert_allclose(value, stats.norm.logpdf(x) + stats.norm.logpdf(0.0),
                               rtol=1e-5)


@every_form
def test_inference_uses_the_net(form):
    def run():
        zs_model, posterior = build(form), form(_posterior())
        observed = {"x": tf.ones([4])}
        bound = zs.variational.elbo(zs_model, observed, variational=posterior)
        importance = zs.is_loglikelihood(zs_model, observed, proposal=posterior)
        prediction = predictive(zs_model, {"z": tf.zeros([5, 4])}, observed)
        assert bound.bn.stochastic_names == ("z", "x")
        assert list(zs_model.graph().edges) == [("z", "x")]
        lines = []
        zs_model.summary(lines.append)
        assert lines[2].startswith("z  ")
        return bound.sgvb(), importance, prediction.log_density

    cost, importance, density = modes.run("eager", run)
    np.testing.assert_allclose(-cost, importance, rtol=1e-6)
    np.testing.assert_allclose(density, [stats.norm.logpdf(1.0)] * 4, rtol=1e-5)


def _posterior():
    bn = zs.BayesianNet(observed={"z": tf.zeros([4])})
    bn.normal("other", tf.zeros([4]), std=1.0)
    latent = zs.BayesianNet()
    latent.normal("z", tf.fill([4], 0.5), std=0.0001)
    return latent


@pytest.mark.parametrize("make", [
    lambda: zs.HMC(0.3, n_leapfrogs=5), lambda: zs.NUTS(), lambda: zs.SGLD(0.01)])
def test_samplers_use_the_net(make):
    def run():
        chains = make().run(
            build(FORMS["nested"], group_ndims=1), {"x": tf.ones([4])},
            {"z": tf.zeros([4])}, n_samples=5, n_warmup=5, seed=1,
            progress_bar=False)
        return {"z": chains["z"]}

    draws = modes.run("eager", run)["z"]
    assert draws.shape[-1] == 4
    assert len(np.unique(draws)) > 4


def test_ais_uses_the_net_in_both_models():
    def run():
        @zs.meta_bayesian_net()
        def prior():
            bn = zs.BayesianNet()
            bn.normal("z", tf.zeros([20, 1]), std=1.0, group_ndims=1)
            return "prior", bn

        z = tf.Variable(tf.zeros([20, 1]))
        return {"ais": AIS(
            build(FORMS["tuple"], (1,), 1), prior(), zs.HMC(0.3), {"x": tf.ones([1])},
            {"z": z}, n_temperatures=20, n_adapt=2).run()}

    # The estimate of 20 chains has a standard deviation of about 0.02.
    truth = stats.norm.logpdf(1.0, 0.0, 2.0 ** 0.5)
    assert abs(modes.run("eager", run)["ais"] - truth) < 0.2


def test_shared_variables_and_a_log_joint_of_ones_own(mode):
    @zs.meta_bayesian_net(scope="net", reuse_variables=True)
    def model():
        bn = zs.BayesianNet()
        weight = tf.Variable(3.0)
        bn.normal("x", weight * 1.0, std=1.0)
        return bn, {"weight": weight}

    def make():
        shared = model()
        shared.observe()  # makes the variable, outside of what XLA compiles
        shared.log_joint = lambda bn: 2.0 * bn.cond_log_prob("x")

        def run(x):
            (bn, extra), (_, again) = shared.observe(x=x), shared.observe(x=x)
            assert extra["weight"] is again["weight"]
            return bn.log_joint()
        return run

    value = modes.program(mode, make)(np.float32(2.0))
    np.testing.assert_allclose(value, 2.0 * stats.norm.logpdf(1.0), rtol=1e-5)


def test_the_first_of_several_nets_counts_and_all_may_be_observed():
    def two():
        first, second = zs.BayesianNet(), zs.BayesianNet()
        first.normal("a", 0.0, std=1.0)
        second.normal("b", 0.0, std=1.0)
        return {"z": first, "a": second}

    model = zs.MetaBayesianNet(two)
    assert model.observe(a=1.0, b=2.0)["a"]["b"].is_observed()
    assert model.graph().nodes == ("a",)
    with pytest.raises(ValueError, match="no stochastic node named 'c'.*: a, b"):
        model.observe(c=1.0)


@pytest.mark.parametrize("returned", [
    None, (), [], {}, ("x", 3), {"bn": None}, np.zeros(3), "bn"])
def test_no_net_at_all_raises(returned):
    model = zs.MetaBayesianNet(lambda: returned)
    with pytest.raises(TypeError, match="must return a BayesianNet, alone or in a "
                                        "tuple, list or dict.*return bn, extra"):
        model.observe()
