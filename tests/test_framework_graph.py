"""The directed graph of a model's nodes, found from its Tensors."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from tensorflow.python.eager import context

import zhusuan as zs

Y = np.array([28., 8., -3.], "float32")


@zs.meta_bayesian_net()
def eight_schools(sigma, n_chains=None):
    """The usual hierarchical model, not centred, of three of the schools."""
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=5., n_samples=n_chains)
    tau = bn.half_cauchy("tau", 5., n_samples=n_chains)
    eta = bn.normal("eta", tf.zeros([3]), std=1., group_ndims=1, n_samples=n_chains)
    theta = bn.deterministic(
        "theta", mu[..., tf.newaxis] + tau[..., tf.newaxis] * eta)
    bn.normal("y", theta, std=sigma, group_ndims=1)
    return bn


SCHOOLS = (("mu", "theta"), ("tau", "theta"), ("eta", "theta"), ("theta", "y"))


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def vae(n, n_particles):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n, 2]), std=1., group_ndims=1, n_samples=n_particles)
    weights = tf.Variable(tf.ones([2, 4]), name="weights")
    logits = tf.tensordot(tf.tanh(z), weights, 1)
    bn.deterministic("x_mean", tf.sigmoid(logits))
    bn.bernoulli("x", logits, group_ndims=1)
    return bn


VAE = (("z", "x_mean"), ("z", "x"))


@zs.meta_bayesian_net()
def mixture(n):
    """Discrete latents, through which no gradient flows."""
    bn = zs.BayesianNet()
    weights = bn.normal("weights", tf.zeros([3]), std=1., group_ndims=1)
    which = bn.categorical("which", weights, n_samples=n)
    place = bn.normal("place", tf.zeros([3]), std=10.)
    bn.normal("x", tf.gather(place.tensor, which.tensor), std=1.)
    return bn


MIXTURE = (("weights", "which"), ("which", "x"), ("place", "x"))


@pytest.mark.parametrize("build, observed, edges", [
    (lambda: eight_schools([15., 10., 16.], n_chains=4), {"y": Y}, SCHOOLS),
    (lambda: vae(3, 5), {"x": np.ones([3, 4], "int32")}, VAE),
    (lambda: mixture(7), {"which": np.zeros(7, "int32")}, MIXTURE)],
    ids=["schools", "vae", "mixture"])
def test_edges(mode, build, observed, edges):
    """Of the model, and of a BayesianNet made from it, in each mode."""
    if mode == "xla" and modes.IS_TF1 and edges is VAE:
        pytest.skip("XLA of TensorFlow 1.15 makes no variables")
    (name, value), = observed.items()
    found = []

    def make():
        model = build()

        def run(value):
            bn = model.observe(**{name: value})
            for graph in model.graph(**{name: value}), model.graph(), bn.graph():
                assert graph.nodes == tuple(bn.nodes)
                found.append((set(graph.edges), graph.mermaid.count(":::observed")))
            return tf.zeros([])
        return run

    modes.program(mode, make)(value)
    assert found[:3] == [(set(edges), 1), (set(edges), 0), (set(edges), 1)]


def random_net(adjacency, observed=None):
    bn = zs.BayesianNet(observed)
    for i, row in enumerate(adjacency):
        mean = sum((np.float32(i + j + 1) * bn["n%d" % j] for j in row), tf.zeros([]))
        bn.normal("n%d" % i, mean, std=1.)
    return bn


@pytest.mark.parametrize("seed", range(5))
def test_edges_are_where_gradients_are(seed):
    """A child's log density has a gradient at its parents' values, no others."""
    rng = np.random.RandomState(seed)
    adjacency = [[j for j in range(i) if rng.rand() < 0.4] for i in range(7)]
    model = zs.MetaBayesianNet(random_net, args=[adjacency])
    with context.eager_mode():
        values = {"n%d" % i: tf.constant(float(i) + 0.5) for i in range(7)}
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(list(values.values()))
            bn = model.observe(**values)
            densities = {name: bn.cond_log_prob(name) for name in values}
        by_gradients = {
            (parent, child) for child in values for parent in values
            if parent != child
            and tape.gradient(densities[child], values[parent]) is not None}
        assert set(model.graph().edges) == by_gradients
        assert set(bn.graph().edges) == by_gradients


# -- Dependencies -------------------------------------------------------------

def edges_of(build, *args):
    """In a v1 graph, so that the BayesianNet itself is looked at."""
    with modes.session():
        return set(build(*args).graph().edges)


def two(second):
    def build():
        bn = zs.BayesianNet()
        a = bn.normal("a", tf.zeros([3]), std=1., n_samples=2)
        second(bn, a)
        return bn
    return build


@pytest.mark.parametrize("second", [
    lambda bn, a: bn.normal("b", a, std=1.),
    lambda bn, a: bn.normal("b", 0., std=tf.exp(a)),
    lambda bn, a: bn.normal("b", tf.stop_gradient(a), logstd=0.),
    lambda bn, a: bn.normal("b", tf.cond(tf.reduce_sum(a) > 0., lambda: a + 1.,
                                         lambda: a * 2.), std=1.),
    lambda bn, a: bn.normal("b", tf.while_loop(
        lambda i, _: i < 3, lambda i, x: (i + 1, x + a), (0, tf.zeros([2, 3])))[1],
        std=1.),
    lambda bn, a: bn.normal("b", tf.map_fn(lambda x: x * x, a.tensor), std=1.),
    lambda bn, a: bn.normal("b", tf.function(lambda x: x + 1.)(a.tensor), std=1.),
    lambda bn, a: bn.concrete("b", tf.exp(tf.reduce_mean(a)), tf.zeros([3])),
    lambda bn, a: bn.binomial("b", tf.zeros([]), n_experiments=1 + tf.cast(
        tf.abs(tf.reduce_sum(a)), tf.int32)),
    lambda bn, a: bn.unnormalized_multinomial("b", a),
    lambda bn, a: bn.mixture_same_family(
        "b", tf.zeros([3]), zs.distributions.Normal(a, std=1.)),
    lambda bn, a: bn.transformed(
        "b", zs.distributions.Normal(tf.zeros([2, 3]), std=1.),
        zs.distributions.bijectors.Affine(shift=a.tensor)),
    lambda bn, a: bn.deterministic("b", a)])
def test_dependent_nodes_have_edges(second):
    assert edges_of(two(second)) == {("a", "b")}


@pytest.mark.parametrize("second", [
    lambda bn, a: bn.normal("b", tf.zeros_like(a), std=1.),
    lambda bn, a: bn.normal("b", tf.zeros(tf.shape(a)), std=1.),
    lambda bn, a: bn.normal("b", tf.cast(tf.size(a), tf.float32), std=1.)])
def test_shapes_alone_do_not_count(second):
    def build():
        bn = zs.BayesianNet()
        n_samples = v1.placeholder(tf.int32, [])
        second(bn, bn.normal("a", 0., std=1., n_samples=n_samples))
        return bn

    assert edges_of(build) == set()


def test_only_direct_parents_count():
    def build():
        bn = zs.BayesianNet()
        a = bn.normal("a", 0., std=1.)
        b = bn.deterministic("b", a + 1.)
        again = bn.deterministic("c", b)  # the same Tensor by another name
        bn.normal("d", again, std=1.)
        bn.normal("e", bn["d"] * a, std=1.)
        return bn

    assert edges_of(build) == {("a", "b"), ("b", "c"), ("b", "d"), ("d", "e"),
                               ("a", "e")}


def labelled(x):
    """x | z where z ~ q(z | x): the observed Tensor is also used directly."""
    bn = zs.BayesianNet(observed={"x": x})
    z = bn.normal("z", 2. * x, std=1.)
    bn.normal("x", z, std=1.)
    bn.normal("more", 3. * x, std=1.)
    return bn


def test_an_observation_used_by_itself():
    """The model separates it from the node, the net does not. It makes no cycle."""
    assert edges_of(lambda: labelled(tf.zeros([]))) == {("z", "x"), ("x", "more")}

    @zs.meta_bayesian_net()
    def build(x):
        bn = zs.BayesianNet()
        bn.normal("x", bn.normal("z", 2. * x, std=1.), std=1.)
        bn.normal("more", 3. * x, std=1.)
        return bn

    x = tf.zeros([])
    assert set(build(x).graph(x=x).edges) == {("z", "x")}


def test_nodes_that_share_an_observation():
    def build():
        value = tf.zeros([])
        bn = zs.BayesianNet({"a": value, "b": value})
        bn.normal("a", 0., std=1.)
        b = bn.normal("b", 0., std=1.)
        bn.normal("c", b, std=1.)
        return bn

    assert edges_of(build) == {("a", "c"), ("b", "c")}


def test_a_net_made_in_a_loop():
    found = []

    def body(total):
        bn = zs.BayesianNet()
        bn.normal("x", bn.normal("z", total, std=1.) + total, std=1.)
        found.append(bn.graph().edges)
        return [total + bn["x"]]

    with modes.session():
        tf.while_loop(lambda x: x < 1., body, [0.])
    assert set(found) == {(("z", "x"),)}


# -- Limits -------------------------------------------------------------------

def test_a_net_made_eagerly():
    with context.eager_mode():
        bn = random_net([[], [0]])
        bn.summary(print_fn=lambda line: None)
        with pytest.raises(RuntimeError, match="created eagerly.*meta_bayesian_net"):
            bn.graph()
        one = zs.BayesianNet()
        one.normal("z", 0., std=1.)
        assert (one.graph().nodes, one.graph().edges) == (("z",), ())


def test_a_net_beside_that_of_the_model():
    helpers = []

    @zs.meta_bayesian_net()
    def build():
        helpers.append(random_net([[], [0]]))
        return random_net([[], [0], [0, 1]])

    with context.eager_mode():
        build().observe()
        with pytest.raises(RuntimeError, match="created eagerly"):
            helpers[0].graph()
