"""Looking at a model leaves no trace; what its graph looks like as text and picture."""
import sys
import types

import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

import zhusuan as zs


@zs.meta_bayesian_net(scope="line", reuse_variables=True)
def shared_line():
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([2]), std=1.)
    bn.normal("x", z * tf.Variable(2. * tf.ones([2]), name="w"), std=1.)
    return bn


@zs.meta_bayesian_net()
def chain():
    bn = zs.BayesianNet()
    z = bn.normal("z", 0., std=1.)
    bn.normal("x", z, std=1., n_samples=3)
    return bn


def look_at(each):
    each.summary(print_fn=lambda line: None)
    each.graph()


# -- Looking leaves no trace --------------------------------------------------

@pytest.mark.parametrize("use_resource", [True, False])
def test_a_v1_graph_gets_no_ops_and_no_variables(use_resource):
    @zs.meta_bayesian_net(scope="m", reuse_variables=True)
    def build(outer):
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([2]), std=1.)
        bn.normal("x", z * v1.get_variable("w", []) + outer, std=1.)
        return bn

    with modes.session() as sess:
        with v1.variable_scope(v1.get_variable_scope(), use_resource=use_resource):
            model = build(v1.get_variable("outer", []))
            assert model.graph().edges == (("z", "x"),)  # makes w
            assert [v.name for v in v1.global_variables()] == ["outer:0", "m/w:0"]
            bn = model.observe(z=tf.zeros([2]))
            before = len(sess.graph.get_operations())
            look_at(model), look_at(bn)
            assert bn.graph().edges == (("z", "x"),)
        assert len(sess.graph.get_operations()) == before
        assert len(v1.global_variables()) == 2
        assert bn["x"]._existing_value() is None


def drawn(look):
    with context.eager_mode():
        tf.random.set_seed(1)
        model = chain()
        bn = model.observe()
        look(model), look(bn)
        return [bn["x"].tensor.numpy(), tf.random.normal([3]).numpy()]


def test_no_random_number_is_drawn():
    np.testing.assert_array_equal(drawn(look_at), drawn(lambda each: None))


def test_no_seed_is_taken(mode):
    def draw(look):
        with zs.seeded(3):
            model = chain()
            look(model)
            bn = model.observe()
            look(bn)
            return bn.normal("last", bn["x"], std=1.).tensor

    with_, without = modes.run(mode, lambda: (draw(look_at), draw(lambda each: None)))
    np.testing.assert_array_equal(with_, without)


def test_a_flow_keeps_its_cached_sample():
    """The density of a planar flow is known at its last sample only."""
    def run():
        bn = zs.BayesianNet()
        z = bn.transformed("z", zs.distributions.Normal(tf.zeros([2]), std=1.),
                           zs.distributions.bijectors.Planar([1., 0.], [1., 1.], 0.))
        bn.normal("x", z, std=1.)
        z.tensor, look_at(bn)
        assert bn.graph().edges == (("z", "x"),)
        return bn.log_joint()

    assert np.isfinite(modes.run("graph", run)).all()


def test_variables_are_made_once():
    with context.eager_mode():
        model = shared_line()
        look_at(model)
        made, = model.variables
        np.testing.assert_array_equal(made.numpy(), [2., 2.])
        made.assign([5., 5.])
        bn = model.observe(z=[1., 2.])
        np.testing.assert_array_equal(bn["x"].dist.mean.numpy(), [5., 10.])
        assert len(model.variables) == 1
        assert model.variables[0] is made


@pytest.mark.skipif(modes.IS_TF1, reason="needs Keras 3")
def test_layers_built_for_the_summary_can_be_used():
    dense = tf.keras.layers.Dense(2)

    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", tf.zeros([5, 3]), std=1.)
        bn.normal("x", dense(z), std=1.)
        return bn

    with context.eager_mode():
        model = zs.MetaBayesianNet(build)
        assert model.graph().edges == (("z", "x"),)
        made = dense.kernel
        assert model.observe()["x"].shape == [5, 2]
        assert dense.kernel is made


def test_a_model_with_variables_of_its_own():
    def build():
        bn = zs.BayesianNet()
        z = bn.normal("z", 0., std=1.)
        bn.normal("x", z * tf.Variable(2., name="w"), std=1.)
        return bn

    model = zs.MetaBayesianNet(build)
    with context.eager_mode():
        assert model.graph().edges == (("z", "x"),)
    with modes.session():
        with pytest.raises(RuntimeError, match=r"'build' creates variables .*\(w\).*"
                                               r"model\.observe.*reuse_variables=True"):
            model.graph()
        assert v1.global_variables() == []
        assert model.observe().graph().edges == (("z", "x"),)


# -- Text and pictures --------------------------------------------------------

@pytest.fixture
def drawing():
    with modes.session():
        bn = zs.BayesianNet({"x": 1})
        z = bn.normal("z", 0., std=1.)
        bn.bernoulli("x", bn.deterministic('say "<end#"', z + 1.))
        return bn.graph()


def test_mermaid(drawing):
    assert str(drawing) == drawing.mermaid == """\
flowchart TD
    n0(["z ~ Normal"])
    n1["say #quot;#lt;end#35;#quot;"]
    n2(["x ~ Bernoulli"]):::observed
    n0 --> n1
    n1 --> n2
    classDef observed fill:#ccc,color:#000"""


def test_dot(drawing):
    assert drawing.dot == r"""digraph {
    "z" [label="z ~ Normal"];
    "say \"<end#\"" [label="say \"<end#\"", shape=box];
    "x" [label="x ~ Bernoulli", style=filled];
    "z" -> "say \"<end#\"";
    "say \"<end#\"" -> "x";
}"""


def test_repr(drawing):
    assert repr(drawing) == ("<zhusuan.ModelGraph with nodes z, say \"<end#\", x and "
                             "edges z -> say \"<end#\", say \"<end#\" -> x>")


def fake_graphviz(pipe):
    module = types.ModuleType("graphviz")
    module.Source = lambda text: types.SimpleNamespace(
        source=text, pipe=lambda format: pipe(text, format))
    return module


def test_a_notebook_shows_what_graphviz_draws(drawing, monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", fake_graphviz(
        lambda text, format: ("<%s>%s" % (format, text)).encode()))
    assert drawing.graphviz().source == drawing.dot
    assert drawing._repr_mimebundle_() == {
        "text/plain": drawing.mermaid, "image/svg+xml": "<svg>" + drawing.dot}


def no_program(text, format):
    raise RuntimeError("dot is not there")


@pytest.mark.parametrize("module", [None, fake_graphviz(no_program)])
def test_a_notebook_shows_mermaid_otherwise(drawing, monkeypatch, module):
    monkeypatch.setitem(sys.modules, "graphviz", module)  # None: cannot be imported
    assert drawing._repr_mimebundle_() == {
        "text/plain": drawing.mermaid,
        "text/markdown": "```mermaid\n%s\n```" % drawing.mermaid}
    if module is None:
        with pytest.raises(ImportError, match="pip install graphviz"):
            drawing.graphviz()
