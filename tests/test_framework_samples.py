"""A latent node has one sample, wherever in a program it is used first."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs

ONES = np.ones(4, "float32")


def new_node():
    return zs.BayesianNet().normal("z", [0.0, 0.0], std=1.0)


def test_one_sample_for_all_uses(mode):
    def uses():
        z = new_node()
        return z.tensor, z + 0.0, tf.stack([z, z]), z.bn["z"].tensor

    first, second, stacked, third = modes.run(mode, uses)
    for other in [second, stacked[0], stacked[1], third]:
        np.testing.assert_array_equal(first, other)
    assert first[0] != first[1]


def test_each_run_of_a_graph_draws_anew():
    step = modes.program("graph", lambda: lambda: new_node())
    assert (step() != step()).all()


def test_each_call_of_a_function_draws_anew():
    for mode in ["function", "xla"]:
        step = modes.program(mode, lambda: lambda: new_node())
        assert (step() != step()).all()


def in_map_fn(z):
    return tf.map_fn(lambda one: z * one, ONES)


def in_while_loop(z):
    return tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, x + z),
                         (tf.constant(0), tf.zeros([2])))[1] / 3.0


def in_cond(z):
    return tf.cond(tf.reduce_sum(tf.ones([2])) > 0.0, lambda: z + 0.0,
                   lambda: z - 100.0)


def in_nested_loops(z):
    def outer(one):
        return tf.map_fn(lambda o: tf.cond(o > 0.0, lambda: z * o, lambda: z * one),
                         ONES)
    return tf.map_fn(outer, ONES)


INNER_PLACES = [in_map_fn, in_while_loop, in_cond, in_nested_loops]


def inside_and_out():
    z = new_node()
    return [use(z) for use in INNER_PLACES], z.tensor, z.cond_log_p


def check_one_sample(inside, outside, log_prob):
    for value in inside:
        np.testing.assert_allclose(
            value, np.broadcast_to(outside, value.shape), rtol=1e-6)
    np.testing.assert_allclose(
        log_prob, -0.5 * np.log(2 * np.pi) - outside ** 2 / 2, rtol=1e-5)


def test_loops_and_branches_share_the_sample(mode):
    check_one_sample(*modes.run(mode, inside_and_out))


@pytest.mark.parametrize("use", INNER_PLACES)
def test_any_of_them_may_be_the_first(use):
    def run():
        z = new_node()
        return [use(z)], z.tensor, z.cond_log_p

    for mode in ["graph", "function"]:
        check_one_sample(*modes.run(mode, run))


def test_a_sample_used_outside_first():
    def run():
        z = new_node()
        sample = z.tensor
        return [use(z) for use in INNER_PLACES], sample, z.cond_log_p

    for mode in ["graph", "function"]:
        check_one_sample(*modes.run(mode, run))


def test_a_density_first_used_in_a_loop_is_available_outside(mode):
    def run():
        bn = new_node().bn
        inside = tf.map_fn(lambda one: bn.log_joint() * one, ONES)
        return inside, bn.log_joint(), bn["z"].cond_log_p

    inside, outside, log_prob = modes.run(mode, run)
    np.testing.assert_array_equal(outside, log_prob)
    np.testing.assert_allclose(inside, np.stack([outside] * 4), rtol=1e-6)


def test_a_net_made_inside_of_a_loop_draws_in_every_iteration(mode):
    def run():
        return tf.map_fn(lambda one: new_node() * one, ONES)

    samples = modes.run(mode, run)
    assert len(np.unique(samples)) == 8


def test_a_sample_of_an_eager_net_raises_in_a_function():
    def make():
        z = new_node()
        return lambda: z + 1.0

    for mode in ["function", "xla"]:
        with pytest.raises(RuntimeError, match="'z' was created eagerly, and its "
                           "sample is now used in the function"):
            modes.program(mode, make)()


def test_an_observed_eager_net_may_be_used_in_a_function():
    def make():
        x = zs.BayesianNet(observed={"x": 2.0}).normal("x", 0.0, std=1.0)
        return lambda: (x + 1.0, x.cond_log_p)

    plus_one, log_prob = modes.program("function", make)()
    assert plus_one == 3.0
    np.testing.assert_allclose(log_prob, -0.5 * np.log(2 * np.pi) - 2.0, rtol=1e-6)


def test_a_sample_does_not_leave_its_function():
    kept = []

    def make():
        def step():
            kept.append(new_node())
            return kept[0] + 1.0
        return step

    step = modes.program("function", make)
    step()
    for use in [lambda: kept[0].tensor, lambda: kept[0].cond_log_p,
                lambda: kept[0].bn.log_joint()]:
        with pytest.raises(RuntimeError, match="'z' was created in the function.*Build "
                                               "the BayesianNet inside"):
            modes.run("eager", use)


def test_a_sample_does_not_go_to_another_graph():
    with tf.Graph().as_default():
        z = new_node()
        z.tensor  # noqa: B018
    with tf.Graph().as_default():
        with pytest.raises(RuntimeError, match="in a graph, .* used in a graph"):
            z.tensor  # noqa: B018


def test_a_sample_does_not_leave_a_loop():
    kept = []

    def body(one):
        kept.append(new_node())
        return kept[0] * one

    with modes.session():
        tf.map_fn(body, ONES)
        with pytest.raises(RuntimeError, match="'z' was created in"):
            kept[0] + 1.0


@pytest.mark.skipif(modes.IS_TF1, reason="1.15 has these loops without asking")
def test_loops_of_tensorflow_1_share_the_sample_on_2():
    """`import zhusuan.tf1` turns control flow v2 off, for the program."""
    v1.disable_control_flow_v2()
    try:
        check_one_sample(*modes.run("graph", inside_and_out))
    finally:
        v1.enable_control_flow_v2()
