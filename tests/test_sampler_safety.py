"""Mistakes that samplers report: shapes, supports, short warm-ups."""
import gc
import weakref

import chains
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

SAMPLERS = {
    "SGLD": lambda: zs.SGLD(0.1), "PSGLD": lambda: zs.PSGLD(0.1),
    "SGHMC": lambda: zs.SGHMC(0.05), "SGNHT": lambda: zs.SGNHT(0.05, 0.1),
    "HMC": lambda: zs.HMC(1., 5, adapt_step_size=True),
    "HMC-mass": lambda: zs.HMC(1., 5, adapt_step_size=True, adapt_mass=True),
    "NUTS": zs.NUTS, "NUTS-dense": lambda: zs.NUTS(dense_mass=True)}
every_sampler = pytest.mark.parametrize("sampler", sorted(SAMPLERS))
# Those of a kind share the code that these tests are about.
few_samplers = pytest.mark.parametrize("sampler", [
    name if name in ("SGLD", "HMC", "NUTS") else pytest.param(
        name, marks=pytest.mark.slow) for name in sorted(SAMPLERS)])
every_place = pytest.mark.parametrize(
    "place", ["session", "eager"] + ([] if modes.IS_TF1 else ["xla"]))


def run(sampler, model, latent, n_samples=30, n_warmup=0, place="eager", **options):
    options = dict({"observed": {}, "seed": 1, "progress_bar": False,
                    "jit_compile": place == "xla"}, **options)
    observed = options.pop("observed")
    one = SAMPLERS[sampler]() if isinstance(sampler, str) else sampler
    with modes.session() if place == "session" else chains.eagerly():
        return one.run(model, observed, latent, n_samples, n_warmup, **options)


# -- Short warm-ups ----------------------------------------------------------------

@pytest.mark.slow
@pytest.mark.parametrize("scale", [1., 0.01])
@pytest.mark.parametrize("n_warmup", [1, 5, 10, 20, 50])
@pytest.mark.parametrize("sampler", ["HMC", "HMC-mass", "NUTS", "NUTS-dense"])
def test_short_warmups_leave_chains_that_move(sampler, n_warmup, scale):
    """8 chains of 60 draws: a right variance of 30 effective draws is within 3 sd."""
    def log_joint(values):
        return -0.5 * tf.reduce_sum((values["x"] / scale) ** 2, axis=-1)

    out = run(sampler, log_joint, {"x": np.zeros([8, 3])}, 60, n_warmup)
    x = out["x"]
    assert (x[1:] != x[:-1]).any(-1).mean() > 0.3
    assert 0.4 < x.var() / scale ** 2 < 1.8


@pytest.mark.slow
@pytest.mark.parametrize("n_warmup", [0, 1, 20])
@every_sampler
def test_standard_normals_need_no_warmup(sampler, n_warmup):
    def log_joint(values):
        return -0.5 * tf.reduce_sum(values["x"] ** 2, axis=-1)

    start = np.random.RandomState(0).randn(20, 3)
    x = run(sampler, log_joint, {"x": start}, 60, n_warmup)["x"]
    assert (x[1:] != x[:-1]).any(0).all() and 0.6 < x.var() < 1.5


@pytest.mark.parametrize("sampler, named, not_named", [
    (zs.HMC(1e4, 3), "adapt_step_size=True", "learning_rate"),
    (zs.NUTS(1e4), "n_warmup", "adapt_step_size")])
def test_warnings_name_options_of_the_sampler(sampler, named, not_named):
    with pytest.warns(UserWarning, match="never moved") as found:
        run(sampler, lambda v: -v["x"] ** 4, {"x": np.ones(2)})
    message = str(found[0].message)
    assert named in message and not_named not in message


def test_transitions_that_diverge_are_reported():
    def log_joint(values):  # flat up to a cliff
        x = values["x"]
        return tf.where(tf.abs(x) < 1., 0. * x, -1e4 * x ** 2)

    with pytest.warns(UserWarning, match="239 of 240 transitions diverged"):
        run(zs.NUTS(0.5), log_joint, {"x": np.zeros(8)})


# -- Shapes of starts --------------------------------------------------------------

@zs.meta_bayesian_net()
def vector(n=None, shape=(3,)):
    bn = zs.BayesianNet()
    x = bn.normal("x", tf.zeros(shape, "float64"), std=1., group_ndims=1, n_samples=n)
    bn.normal("y", x.tensor + tf.zeros(shape, "float64"), std=1., group_ndims=1)
    return bn


@pytest.mark.filterwarnings("ignore:The observation of node")
@every_place
@few_samplers
@pytest.mark.parametrize("shape, n_chains", [((1,), None), ((), None), ((4, 1), None),
                                             ((1,), 4)])
def test_a_start_that_is_stretched_to_its_node_raises(shape, n_chains, sampler, place):
    with pytest.raises(ValueError, match=r"latent 'x' .*node has shape \(3,\)"):
        run(sampler, vector(n_chains), {"x": np.ones(shape)}, n_chains=n_chains,
            observed={"y": np.ones(3)}, place=place)


@every_place
@pytest.mark.parametrize("start, n_chains", [((3,), 4), ((4, 3), None), ((3,), None)])
def test_starts_of_the_shape_of_their_node_run(start, n_chains, place):
    out = run("SGLD", vector(), {"x": np.ones(start)}, 3, n_chains=n_chains,
              observed={"y": np.ones(3)}, place=place)
    assert out["x"].shape[-1] == 3


@pytest.mark.parametrize("sampler", ["HMC", "NUTS", "SGLD"])
def test_steps_check_starts_too(sampler, mode):
    def make():
        x, one = chains.variable("x", np.ones([1])), SAMPLERS[sampler]()
        return lambda: one.sample(vector(), {"y": np.ones(3)}, {"x": x})[0]

    with pytest.raises(ValueError, match="node has shape"):
        modes.program(mode, make)()


def test_dynamic_shapes_of_nodes_are_checked():
    with modes.session() as sess:
        mean, x = v1.placeholder(tf.float64, [None]), tf.Variable(np.ones([1]))

        @zs.meta_bayesian_net()
        def model():
            bn = zs.BayesianNet()
            bn.normal("x", mean, std=1., group_ndims=1)
            return bn

        op, _ = zs.SGLD(0.1).sample(model(), {}, {"x": x})
        sess.run(v1.global_variables_initializer())
        sess.run(op, {mean: np.zeros(1)})
        with pytest.raises(tf.errors.InvalidArgumentError, match="node has shape"):
            sess.run(op, {mean: np.zeros(3)})


# -- Chains that are summed --------------------------------------------------------

def whole(values):
    return -0.5 * tf.reduce_sum(values["x"] ** 2)


def partly(values):
    x = values["x"]
    return -0.5 * tf.reduce_sum(x ** 2, -1) - tf.reduce_sum((x - 1.) ** 2)


def wrong_axis(values):
    return -0.5 * tf.reduce_sum(values["x"] ** 2, axis=0)


@every_place
@few_samplers
@pytest.mark.parametrize("log_joint, message", [
    (whole, r"n_chains=4, .* shape \[4\].* has \[\]"),
    (partly, "depends on the positions of others"),
    (wrong_axis, "depends on the positions of others")])
def test_functions_that_sum_over_chains_raise(log_joint, message, sampler, place):
    with pytest.raises(ValueError, match=message):
        run(sampler, log_joint, {"x": np.zeros(4)} if log_joint is wrong_axis
            else {"x": np.zeros(2)}, n_chains=4, place=place)


@zs.meta_bayesian_net()
def swallowing(group_of_x, group_of_y):
    bn = zs.BayesianNet()
    x = bn.normal("x", tf.zeros([2], "float64"), std=1., group_ndims=group_of_x)
    bn.normal("y", x.tensor, std=1., group_ndims=group_of_y)
    return bn


@every_place
@few_samplers
@pytest.mark.parametrize("groups, message", [
    ((2, 2), "at most the rank of its batch shape"),
    ((1, 2), "positions of others.*see 'y'")])
def test_models_whose_groups_hold_the_chains_raise(groups, message, sampler, place):
    with pytest.raises(ValueError, match=message):
        run(sampler, swallowing(*groups), {"x": np.zeros(2)}, n_chains=4,
            observed={"y": np.ones(2)}, place=place)


# -- Supports ----------------------------------------------------------------------

@every_place
@pytest.mark.parametrize("sampler", ["SGLD", "PSGLD", "SGHMC", "SGNHT"])
def test_draws_outside_of_the_support_warn(sampler, place):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.exponential("x", tf.ones([20], "float64"))
        return bn

    with pytest.warns(UserWarning, match="last draws are outside .* latent 'x'"):
        run(sampler, model(), {"x": np.full(20, 0.2)}, 20, constraints=None,
            place=place)


# -- Memory ------------------------------------------------------------------------

every_sampler_slowly = pytest.mark.parametrize("sampler", ["HMC"] + [
    pytest.param(name, marks=pytest.mark.slow)
    for name in ("NUTS", "SGHMC", "SGNHT", "PSGLD", "SGLD")])


@every_sampler_slowly
@pytest.mark.usefixtures("quick_collections")
def test_samplers_release_latents_with_their_graph(sampler):
    one, graphs = SAMPLERS[sampler](), []
    for _ in range(2):
        with modes.session() as sess:
            x = v1.get_variable("x", initializer=np.zeros(3))
            one.sample(lambda v: -v["x"] ** 2, {}, {"x": x})
            graphs.append(weakref.ref(sess.graph))
        del sess, x
    gc.collect()
    assert [graph() for graph in graphs] == [None, None]


@every_sampler_slowly
@pytest.mark.usefixtures("quick_collections")
def test_samplers_release_latents_with_their_variables(sampler):
    one, gone = SAMPLERS[sampler](), []
    with chains.eagerly():
        for _ in range(2):
            x = tf.Variable(np.zeros(3))
            for _ in range(2):
                one.sample(lambda v: -v["x"] ** 2, {}, {"x": x})
            gone.append(weakref.ref(x))
            assert len(one._memories._eager) == 1
            del x
            gc.collect()
    assert [x() for x in gone] == [None, None] and not one._memories._eager
