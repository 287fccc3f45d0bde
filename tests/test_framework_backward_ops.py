"""get_backward_ops: what a graph computes before some Tensors."""
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

import zhusuan as zs


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def check_topological(ops):
    assert len(set(ops)) == len(ops)
    place = {op: i for i, op in enumerate(ops)}
    for op in ops:
        for before in [x.op for x in op.inputs] + list(op.control_inputs):
            assert before not in place or place[before] < place[op]


def names(ops):
    return {op.name for op in ops}


def diamond():
    a = tf.constant(1.0, name="a")
    b, c = tf.exp(a, name="b"), tf.sin(a, name="c")
    return a, b, c, tf.add(b, c, name="d")


def test_all_that_is_needed_in_order(graph):
    a, b, c, d = diamond()
    tf.cos(d, name="unrelated")
    ops = zs.get_backward_ops([d])
    assert names(ops) == {"a", "b", "c", "d"}
    check_topological(ops)
    assert names(zs.get_backward_ops([b])) == {"a", "b"}
    assert names(zs.get_backward_ops([b, c])) == {"a", "b", "c"}
    assert zs.get_backward_ops([]) == []


def test_the_walk_stops_at_inputs():
    a, b, c, d = diamond()
    assert names(zs.get_backward_ops([d], treat_as_inputs=[b])) == {"a", "c", "d"}
    assert names(zs.get_backward_ops([d], treat_as_inputs=[b, c])) == {"d"}
    assert zs.get_backward_ops([d], treat_as_inputs=[d]) == []
    assert zs.get_backward_ops([d, b], treat_as_inputs=[d]) == (
        zs.get_backward_ops([b]))


def test_control_inputs_count():
    first = tf.constant(1.0, name="first")
    with tf.control_dependencies([first]):
        second = tf.constant(2.0, name="second")
    assert [op.name for op in zs.get_backward_ops([second])] == ["first", "second"]


def behind_a_control_input():
    a = tf.constant(1.0, name="a")
    b = tf.exp(a, name="b")
    with tf.control_dependencies([b]):
        c = tf.constant(2.0, name="c")
    return a, b, c, tf.sin(c, name="d")


def test_all_behind_a_control_input_counts():
    a, b, c, d = behind_a_control_input()
    for seeds in c, [c]:
        assert [op.name for op in zs.get_backward_ops(seeds)] == ["a", "b", "c"]
    assert zs.get_backward_ops(d) == [a.op, b.op, c.op, d.op]


def test_inputs_stop_the_flow_of_values_only():
    a, b, c, d = behind_a_control_input()
    assert names(zs.get_backward_ops(d, treat_as_inputs=[c])) == {"d"}
    assert names(zs.get_backward_ops(d, treat_as_inputs=[b])) == {"a", "b", "c", "d"}


def test_another_output_of_the_same_op_is_no_input():
    first, second = tf.unstack(tf.constant([1.0, 2.0], name="both"))
    total = tf.add(first, second, name="total")
    assert names(zs.get_backward_ops(total, treat_as_inputs=[first])) == {
        "both", "unstack", "total"}


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: (x,),
                                  lambda x: {x.op}])
def test_one_tensor_or_a_collection(wrap):
    a, b, c, d = diamond()
    assert names(zs.get_backward_ops(wrap(c))) == {"a", "c"}


def test_inputs_may_be_one_tensor():
    a, b, c, d = diamond()
    expected = zs.get_backward_ops(d, treat_as_inputs=[c])
    assert zs.get_backward_ops(d, treat_as_inputs=c) == expected
    assert names(expected) == {"a", "b", "d"}


@pytest.mark.parametrize("use_resource", [True, False])
def test_variables_and_nodes(use_resource):
    variable = v1.get_variable("v", [], use_resource=use_resource)
    bn = zs.BayesianNet()
    z = bn.normal("z", variable + 0.0, std=1.0)
    cost = z * 2.0
    with_z = zs.get_backward_ops([cost])
    check_topological(with_z)
    assert variable.op in with_z
    assert z.tensor.op in with_z
    assert zs.get_backward_ops([z]) == zs.get_backward_ops([z.tensor])
    assert zs.get_backward_ops(z) == zs.get_backward_ops([z.tensor])
    assert names(zs.get_backward_ops(variable)) >= {"v"}
    assert variable.op not in zs.get_backward_ops([cost], treat_as_inputs=[z])
    assert variable.op not in zs.get_backward_ops([cost], treat_as_inputs=[variable])
    assert names(zs.get_backward_ops([variable])) >= {"v"}


def test_a_long_chain_is_no_deep_recursion():
    x = tf.constant(0.0)
    for _ in range(2000):
        x = tf.identity(x)
    assert len(zs.get_backward_ops([x])) == 2001


def test_loops():
    total = tf.while_loop(lambda i, _: i < 3, lambda i, x: (i + 1, x * 2.0),
                          (tf.constant(0), tf.constant(1.0)))[1]
    ops = zs.get_backward_ops([total])
    assert total.op in ops
    assert {op.type for op in ops} > {"Const"}
