"""Programs of runs in a graph: later runs add no operations to it."""
import gc
import weakref

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

SAMPLERS = {
    "SGLD": lambda: zs.SGLD(0.01), "HMC": lambda: zs.HMC(0.3, 3, adapt_step_size=True),
    "NUTS": lambda: zs.NUTS(max_depth=3)}
every_sampler = pytest.mark.parametrize("name", SAMPLERS)
START = {"x": np.zeros([3, 2]), "scale": np.ones(3), "u": np.ones(3)}


@zs.meta_bayesian_net()
def model():
    bn = zs.BayesianNet()
    x = bn.normal("x", np.zeros(2), std=1., group_ndims=1)
    scale = bn.gamma("scale", np.float64(2.), 2.)
    u = bn.uniform("u", np.float64(0.), 2.)
    bn.normal("y", (tf.reduce_sum(x.tensor, -1) + u.tensor)[..., None],
              std=scale.tensor[..., None], group_ndims=1)
    return bn


def run(sampler, model, observed=None, latent=START, n_samples=4, **options):
    options = dict({"seed": 1, "progress_bar": False, "jit_compile": False}, **options)
    return sampler.run(model, {"y": np.arange(5.)} if observed is None else observed,
                       latent, n_samples, 4, **options)


def n_added(sess, fn):
    before = len(sess.graph.get_operations())
    fn()
    return len(sess.graph.get_operations()) - before


@pytest.mark.slow
@every_sampler
def test_later_runs_add_no_operation(name):
    sampler = SAMPLERS[name]()
    with modes.session() as sess:
        first = run(sampler, model())
        assert not n_added(sess, lambda: run(sampler, model(), n_samples=9, seed=2))
        again = run(sampler, model())
    np.testing.assert_array_equal(first["x"], again["x"])


@pytest.mark.slow
@pytest.mark.skipif(modes.IS_TF1, reason="XLA compiles runs of TensorFlow 2")
def test_later_runs_by_xla_add_no_operation():
    sampler = SAMPLERS["HMC"]()
    with modes.session() as sess:
        run(sampler, model(), jit_compile=True)
        assert not n_added(sess, lambda: run(sampler, model(), jit_compile=True))


def test_variables_minibatches_and_saved_chains_add_no_operation(tmp_path):
    def log_joint(values):
        return -0.5 * tf.reduce_sum((values["x"] - values["y"]) ** 2, -1)

    sampler, path = SAMPLERS["SGLD"](), str(tmp_path / "chains.npz")
    with modes.session() as sess:
        x = v1.get_variable("x", initializer=np.zeros([3, 2]))
        sess.run(v1.global_variables_initializer())
        data = tf.data.Dataset.from_tensor_slices({"y": np.arange(6.).reshape(3, 2)})
        first = run(sampler, log_joint, {}, {"x": x}, data=data)
        first.save(path)
        assert not n_added(sess, lambda: run(
            sampler, log_joint, {}, {"x": x}, data=data, n_samples=8, resume=path))
        again = run(sampler, log_joint, {}, {"x": x}, data=data)
        np.testing.assert_array_equal(first["x"], again["x"])
        other = run(sampler, log_joint, {}, {"x": x}, data=[{"y": np.full(2, 50.)}])
        assert (other["x"] > first["x"]).all()


@pytest.mark.parametrize("use_resource", [True, False])
def test_values_of_variables_are_those_of_the_run(use_resource):
    """Also where a variable is the end of an interval."""
    @zs.meta_bayesian_net()
    def interval(high):
        bn = zs.BayesianNet()
        bn.uniform("u", np.float64(0.), high)
        return bn

    sampler = SAMPLERS["SGLD"]()
    with modes.session() as sess:
        high = v1.get_variable(
            "high", initializer=np.float64(1.5), use_resource=use_resource)
        sess.run(v1.global_variables_initializer())
        narrow = run(sampler, interval(high), {}, {"u": np.ones(3)})
        assert not n_added(sess, lambda: run(
            sampler, interval(high), {}, {"u": np.ones(3)}))
        high.load(40., sess)
        wide = run(sampler, interval(high), {}, {"u": np.full(3, 30.)})
        assert (narrow["u"] < 1.5).all() and (wide["u"] > 10.).all()


@pytest.mark.slow
def test_a_changed_model_does_not_use_the_cached_program():
    class Model:
        scale, data = 1., np.zeros(2)

        def __call__(self, values):
            x = (values["x"] - self.data) / self.scale
            return -0.5 * tf.reduce_sum(x ** 2, -1)

    one, sampler, latent = Model(), SAMPLERS["SGLD"](), {"x": np.ones([3, 2])}
    with modes.session():
        outs = [run(sampler, one, {}, latent)["x"]]
        one.scale = 3.
        outs.append(run(sampler, one, {}, latent)["x"])
        one.data = np.full(2, 5.)
        outs.append(run(sampler, one, {}, latent)["x"])
        one.data[:] = 7.
        outs.append(run(sampler, one, {}, latent)["x"])
        sampler.learning_rate = 0.2
        outs.append(run(sampler, one, {}, latent)["x"])
        outs.append(run(sampler, one, {}, latent, constraints={"x": "positive"})["x"])
        outs.append(run(sampler, one, {}, latent, constraints={"x": (0., 4.)})["x"])
        outs.append(run(sampler, one, {}, latent, constraints={"x": (0., 5.)})["x"])
        expected = run(SAMPLERS["SGLD"](), Model(), {}, latent)["x"]
    assert all((a != b).any() for i, a in enumerate(outs) for b in outs[:i])
    np.testing.assert_array_equal(outs[0], expected)


@pytest.mark.usefixtures("quick_collections")
def test_programs_are_released_with_their_graph():
    sampler, graphs = SAMPLERS["SGLD"](), []
    for _ in range(2):
        with modes.session() as sess:
            run(sampler, lambda v: -tf.reduce_sum(v["x"] ** 2, -1), {},
                {"x": np.zeros([3, 2])})
            graphs.append(weakref.ref(sess.graph))
        del sess
    gc.collect()
    assert [graph() for graph in graphs] == [None, None]


@pytest.mark.slow
@pytest.mark.usefixtures("quick_collections")
def test_traces_are_released():
    """Also those that use `tf.custom_gradient`, as the density of a gamma does."""
    def n_operations():
        gc.collect()
        return sum(isinstance(x, tf.Operation) for x in gc.get_objects())

    sampler = SAMPLERS["SGLD"]()
    with modes.session():
        run(sampler, model())
        before = n_operations()
        run(sampler, model())
        assert n_operations() == before
