"""MetaBayesianNet: observing a model again and again."""
import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from scipy import stats

import zhusuan as zs


def chain_model():
    """z ~ N(0, 1), x ~ N(w z, 1), with a variable w = 2."""
    bn = zs.BayesianNet()
    z = bn.normal("z", 0.0, std=1.0)
    bn.normal("x", tf.Variable(2.0) * z, std=1.0)
    return bn


@zs.meta_bayesian_net(scope="model", reuse_variables=True)
def shared_model():
    return chain_model()


@zs.meta_bayesian_net()
def two_normals(n, std=1.0):
    """Two."""
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n]), std=std, group_ndims=1)
    bn.normal("x", z, std=std, group_ndims=1)
    return bn


def test_the_decorator_keeps_the_function_and_its_arguments():
    model = two_normals(3, std=2.0)
    assert isinstance(model, zs.MetaBayesianNet)
    assert (two_normals.__name__, two_normals.__doc__) == ("two_normals", "Two.")
    assert model.observe()["z"].shape.as_list() == [3]
    assert two_normals(n=4).observe()["z"].shape.as_list() == [4]


def test_observe(mode):
    def run(z, x):
        model = two_normals(2)
        some, all_, none = model.observe(x=x), model.observe(z=z, x=x), model.observe()
        assert [node.is_observed() for node in some.get(["z", "x"])] == [False, True]
        assert [node.is_observed() for node in none.get(["z", "x"])] == [False] * 2
        return all_.log_joint(), some.log_joint(), some["z"].tensor, all_["z"] + 0.0

    z, x = np.array([0.5, -1.0], "float32"), np.array([2.0, 0.0], "float32")
    log_joint, drawn_log_joint, drawn, observed = modes.run(mode, run, z, x)
    np.testing.assert_array_equal(observed, z)
    for latent, value in [(z, log_joint), (drawn, drawn_log_joint)]:
        expected = stats.norm.logpdf(latent).sum() + stats.norm.logpdf(x, latent).sum()
        np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_without_the_decorator():
    model = zs.MetaBayesianNet(chain_model)
    assert model.observe(x=1.0)["x"].is_observed()
    model = zs.MetaBayesianNet(two_normals.__wrapped__, args=[2], kwargs={"std": 3.0})
    assert model.observe()["z"].shape.as_list() == [2]


def test_observations_of_the_net_and_of_the_model_add_up():
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet(observed={"z": 1.0})
        bn.normal("z", 0.0, std=1.0)
        bn.normal("x", 0.0, std=1.0)
        return bn

    bn = build().observe(x=2.0)
    assert bn["z"].is_observed()
    assert bn["x"].is_observed()
    assert tf.get_static_value(build().observe(z=5.0)["z"].tensor) == 5.0


# -- Errors -------------------------------------------------------------------

@pytest.mark.parametrize("observed", [{"zz": 1.0}, {"x": [0.0, 0.0], "zz": 1.0}])
def test_a_name_that_the_model_does_not_have(observed):
    with pytest.raises(ValueError, match="'two_normals' has no stochastic node named "
                                         "'zz'.* mean 'z'.*Known names: x, z"):
        two_normals(2).observe(**observed)


def test_a_deterministic_name():
    @zs.meta_bayesian_net()
    def build():
        bn = zs.BayesianNet()
        bn.deterministic("mean", bn.normal("z", 0.0, std=1.0))
        return bn

    with pytest.raises(ValueError, match="'mean' is deterministic.*observed"):
        build().observe(mean=1.0)


def test_a_model_function_without_return():
    @zs.meta_bayesian_net()
    def build():
        zs.BayesianNet().normal("z", 0.0, std=1.0)

    with pytest.raises(TypeError, match="'build' must return a BayesianNet.*None"
                                        ".*return bn"):
        build().observe()


def test_reuse_needs_a_scope():
    with pytest.raises(ValueError, match="Cannot reuse variables without a scope"):
        zs.MetaBayesianNet(chain_model, reuse_variables=True)
    decorate = zs.meta_bayesian_net(reuse_variables=True)
    with pytest.raises(ValueError, match="Cannot reuse variables without a scope"):
        decorate(chain_model)()


# -- The log joint density ----------------------------------------------------

def test_log_joint_can_be_replaced(mode):
    def run(x):
        model = two_normals(1)
        assert model.log_joint is None
        model.log_joint = lambda bn: 3.0 * bn.cond_log_prob("x")
        bn = model.observe(z=x, x=x)
        replaced = bn.log_joint()
        model.log_joint = None
        return replaced, model.observe(z=x, x=x).log_joint(), bn.cond_log_prob("x")

    replaced, restored, log_x = modes.run(mode, run, np.ones(1, "float32"))
    np.testing.assert_allclose(replaced, 3.0 * stats.norm.logpdf(0.0), rtol=1e-5)
    np.testing.assert_allclose(restored, log_x + stats.norm.logpdf(1.0), rtol=1e-5)


def test_log_joint_must_be_a_function():
    model = two_normals(1)
    with pytest.raises(TypeError, match="must be a function of a BayesianNet.*3.0"):
        model.log_joint = 3.0


# -- Nets within nets ---------------------------------------------------------

def test_models_within_models_have_their_own_observations():
    @zs.meta_bayesian_net()
    def outer():
        inner = two_normals(1).observe(x=[7.0])
        bn = zs.BayesianNet()
        bn.normal("x", inner["x"], std=1.0)
        bn.deterministic("inner_x", inner["x"])
        bn.deterministic("inner_log_joint", inner.log_joint())
        return bn

    bn = outer().observe(x=[1.0])
    assert tf.get_static_value(bn["x"].tensor)[0] == 1.0
    assert tf.get_static_value(bn["inner_x"])[0] == 7.0
    assert zs.BayesianNet().normal("x", 0.0, std=1.0).is_observed() is False


def test_a_helper_net_need_not_know_all_observed_names():
    @zs.meta_bayesian_net()
    def build():
        helper = zs.BayesianNet()
        helper.normal("w", 0.0, std=1.0)
        bn = zs.BayesianNet()
        bn.normal("x", helper.log_joint(), std=1.0)
        return bn

    assert build().observe(x=1.0).log_joint().shape.rank == 0


def test_an_error_in_the_model_leaves_no_observations_behind():
    @zs.meta_bayesian_net()
    def build():
        raise KeyError("from the model")

    with pytest.raises(KeyError, match="from the model"):
        build().observe(x=1.0)
    assert not zs.BayesianNet().normal("x", 0.0, std=1.0).is_observed()


# -- Variables ----------------------------------------------------------------

def test_observe_shares_variables_with_reuse(mode):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 makes no variables")

    def make():
        model, other = shared_model(), shared_model()

        def run():
            means = [m.observe(z=3.0)["x"].dist.mean for m in (model, model, other)]
            assert len(model.variables) == len(other.variables) == 1
            assert model.variables == model.trainable_variables
            assert model.variables[0] is not other.variables[0]
            return means
        return run

    assert modes.program(mode, make)() == [6.0, 6.0, 6.0]


def test_variables_of_two_models_are_two_sets(mode):
    def make():
        model, other = shared_model(), shared_model()
        for each in [model, other]:
            each.observe()
        assign = model.variables[0].assign if mode != "graph" else (
            lambda value: v1.assign(model.variables[0], value))

        def step(value):
            with tf.control_dependencies([assign(value)]):
                return [m.observe(z=tf.ones([]))["x"].dist.mean + 0.0
                        for m in (model, other)]
        return step

    assert modes.program(mode, make)(np.float32(5.0)) == [5.0, 2.0]


def test_observe_makes_new_variables_without_reuse():
    for decorator in [zs.meta_bayesian_net(), zs.meta_bayesian_net(scope="m")]:
        with modes.session():
            model = decorator(chain_model)()
            model.observe()
            model.observe()
            assert len(v1.global_variables()) == 2
            assert model.variables == ()


def test_scope_names_the_variables():
    def build():
        bn = zs.BayesianNet()
        bn.normal("x", v1.get_variable("w", []), std=1.0)
        return bn

    with modes.session():
        model = zs.meta_bayesian_net(scope="gen", reuse_variables=True)(build)()
        for _ in range(2):
            model.observe()
        other = zs.meta_bayesian_net(scope="gen", reuse_variables=True)(build)()
        other.observe()
        assert [v.name for v in v1.global_variables()] == ["gen/w:0", "gen_1/w:0"]
        assert [v.name for v in model.variables] == ["gen/w:0"]
        assert [v.name for v in other.variables] == ["gen_1/w:0"]


def test_a_model_lives_in_two_graphs():
    model = shared_model()
    for value in [3.0, 4.0]:
        with modes.session() as sess:
            mean = model.observe(z=value)["x"].dist.mean
            again = model.observe(z=value)["x"].dist.mean
            assert len(model.variables) == len(v1.global_variables()) == 1
            sess.run(v1.global_variables_initializer())
            sess.run(v1.assign(model.variables[0], 10.0))
            assert sess.run([mean, again]) == [10 * value, 10 * value]


@zs.meta_bayesian_net()
def with_input(x, scale=2.):
    bn = zs.BayesianNet()
    z = bn.normal("z", 0., std=1.)
    bn.normal("y", scale * z * x, std=1.)
    return bn


def test_observed_values_of_missing_arguments_are_inputs(mode):
    def run(x):
        bn = with_input().observe(x=x, z=1., y=5.)
        assert bn.stochastic_names == ("z", "y")
        return bn.log_joint()

    np.testing.assert_allclose(
        modes.run(mode, run, np.float32(3.)),
        stats.norm.logpdf(1.) + stats.norm.logpdf(5., 6.), rtol=1e-5)


def test_missing_input_and_unknown_name_raise():
    with pytest.raises(TypeError, match="'with_input' requires the input 'x', but the "
                       "given values are: xs, z. Did you mean 'x' instead of 'xs'. "
                       "Pass it in `observed` or `data`, or to the model function"):
        with_input().observe(z=1., xs=1.)
    with pytest.raises(TypeError, match="requires the input 'x'. Pass it in"):
        with_input().observe()
    with pytest.raises(ValueError, match="no stochastic node named 'scales'"):
        with_input().observe(x=1., scales=1.)
    with pytest.raises(ValueError, match="no stochastic node named 'scale'"):
        with_input(scale=3.).observe(x=1., scale=1.)  # which is given


def test_observed_values_of_default_arguments_are_inputs(mode):
    density = modes.run(
        mode, lambda x: with_input().observe(x=x, z=1., y=5., scale=4.).log_joint(),
        np.float32(3.))
    np.testing.assert_allclose(
        density, stats.norm.logpdf(1.) + stats.norm.logpdf(5., 12.), rtol=1e-5)


@zs.meta_bayesian_net()
def with_equal_names(x, y=None, rate=3.):
    bn = zs.BayesianNet()
    rate = bn.exponential("rate", rate)
    bn.normal("y", rate * x, std=1. if y is None else 1e3)
    return bn


def test_nodes_precede_default_arguments_of_their_name(mode):
    """As in 0.4, where arguments are never observed."""
    density = modes.run(
        mode, lambda y: with_equal_names(2.).observe(y=y, rate=2.).log_joint(),
        np.float32(5.))
    np.testing.assert_allclose(
        density, stats.expon.logpdf(2., scale=1. / 3.) + stats.norm.logpdf(5., 4.),
        rtol=1e-5)


def test_values_of_nodes_may_not_fit_default_arguments_of_their_name(mode):
    @zs.meta_bayesian_net()
    def gammas(n, rate=2.):
        bn = zs.BayesianNet()
        bn.gamma("rate", tf.fill([n], rate), 1., group_ndims=1)
        return bn

    model, values = gammas(3), np.array([1., 2., 3.], "f")
    for _ in range(2):
        density = modes.run(
            mode, lambda rate: model.observe(rate=rate).log_joint(), values)
        np.testing.assert_allclose(
            density, stats.gamma.logpdf(values, 2.).sum(), rtol=1e-5)
    with pytest.raises((ValueError, TypeError, tf.errors.InvalidArgumentError)):
        gammas().observe(n="a", rate=3.)


@pytest.mark.parametrize("infer", [
    lambda model, data: model.observe(**data),
    lambda model, data: zs.laplace(model, data),
    lambda model, data: zs.variational.fit(model, data, n_steps=2, progress_bar=False),
    lambda model, data: zs.NUTS().run(model, data, progress_bar=False),
    lambda model, data: zs.NUTS().run(
        model, data, {"w": np.float32(0.)}, progress_bar=False)])
def test_a_required_argument_with_the_name_of_a_node_raises(infer):
    @zs.meta_bayesian_net()
    def regression(x, y):
        bn = zs.BayesianNet()
        w = bn.normal("w", 0., std=1.)
        bn.normal("y", w[..., None] * x, std=1., group_ndims=1)
        return bn

    data = {"x": np.ones(3, "f"), "y": np.ones(3, "f")}
    with pytest.raises(ValueError, match="'regression' has an argument and a "
                                         "stochastic node named 'y'"):
        infer(regression(), data)
    assert regression(y=0.).observe(**data)["y"].is_observed()


def test_minibatches_are_scaled_where_arguments_have_the_names_of_nodes():
    """The posterior has the precision 1 + 400. At 8 standard errors."""
    @zs.meta_bayesian_net()
    def regression(x=None, y=None):
        bn = zs.BayesianNet()
        w = bn.normal("w", 0., std=1.)
        bn.normal("y", w[..., None] * x, std=1., group_ndims=1)
        return bn

    data = {"x": np.ones(400, "f"), "y": np.full(400, 2., "f")}
    with chain_models.eagerly():
        fit = zs.variational.fit(regression, data=data, batch_size=40, seed=1,
                                 n_steps=600, progress_bar=False)
        std = np.std(fit.draws(1000, seed=1)["w"])
        drawn = zs.evaluation.predictive(
            regression(), fit, ["y"], observed={"x": np.ones(5, "f")}).samples["y"]
        drawn = drawn.numpy()
    np.testing.assert_allclose(std, 401. ** -0.5, rtol=0.2)
    assert drawn.shape[-1] == 5 and (np.std(drawn, 0) > 0.5).all()
