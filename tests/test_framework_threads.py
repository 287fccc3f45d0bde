"""Threads that build models at the same time are independent."""
import threading
from concurrent.futures import ThreadPoolExecutor

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

import zhusuan as zs
from zhusuan.framework.utils import Context

N_THREADS = 2
TIMEOUT = 60  # seconds until a barrier gives up: a failure, not a hang


def in_threads(work):
    """`work(i, meet)` in parallel; all wait for each other in each `meet()`."""
    barrier = threading.Barrier(N_THREADS)
    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(
            lambda i: work(i, lambda: barrier.wait(TIMEOUT)), range(N_THREADS)))


@pytest.mark.parametrize("mode", ["graph", "eager"])
def test_observations(mode):
    def work(i, meet):
        @zs.meta_bayesian_net(scope="model", reuse_variables=True)
        def build():
            meet()  # both are within observe() now
            bn = zs.BayesianNet()
            meet()
            bn.normal("x", tf.Variable(1.0), std=1.0)
            meet()
            return bn

        return modes.run(mode, lambda: build().observe(x=10.0 + i)["x"].tensor)

    assert in_threads(work) == [10.0, 11.0]


def test_one_model_observed_in_two_graphs():
    @zs.meta_bayesian_net(scope="model", reuse_variables=True)
    def build(meet):
        meet()
        bn = zs.BayesianNet()
        w = v1.get_variable("w", [], initializer=v1.ones_initializer())
        bn.normal("x", w + tf.Variable(1.0), std=1.0)
        meet()
        return bn

    models = {}

    def work(i, meet):
        model = models.setdefault("the", build(meet)) if i == 0 else None
        meet()
        model = model or models["the"]
        with modes.session() as sess:
            means = [model.observe(x=float(i))["x"].dist.mean for _ in range(2)]
            assert len(model.variables) == len(v1.global_variables()) == 2
            sess.run(v1.global_variables_initializer())
            return sess.run(means)

    assert in_threads(work) == [[2.0, 2.0], [2.0, 2.0]]


def test_contexts_of_nets():
    def work(i, meet):
        with tf.Graph().as_default():
            bn = zs.BayesianNet()
            Context.__enter__(bn)  # without the warning of `with bn`
            meet()
            seen = zs.BayesianNet.get_contexts() == [bn]
            meet()
            bn.__exit__(None, None, None)
        return seen

    assert in_threads(work) == [True, True]


def test_seeds():
    def draw(seed, meet):
        with context.eager_mode(), zs.seeded(seed):
            meet()
            z = zs.BayesianNet().normal("z", np.zeros(3, "float32"), std=1.0)
            meet()
            return z.tensor.numpy()

    alone = [draw(seed, lambda: None) for seed in range(N_THREADS)]
    np.testing.assert_array_equal(in_threads(draw), alone)
