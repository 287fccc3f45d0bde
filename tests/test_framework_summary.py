"""The table of a model's nodes."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from cases import every_form
from optional_tfp import require_tfp

import zhusuan as zs

ds = zs.distributions


@zs.meta_bayesian_net(scope="vae", reuse_variables=True)
def vae(n, n_particles):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n, 2]), std=1., group_ndims=1, n_samples=n_particles)
    weights, offset = tf.Variable(tf.ones([2, 4])), tf.Variable(tf.zeros([4]))
    logits = tf.tensordot(z, weights, 1) + offset
    bn.deterministic("x_mean", tf.sigmoid(logits))
    bn.bernoulli("x", logits, group_ndims=1)
    return bn


TABLE = """\
node    distribution   batch      value      samples  observed  log density  parameters
{}
z       Normal         [3, 2]     []         5        no        [5, 3]       mean [3, 2], std []
x_mean  deterministic             [5, 3, 4]
x       Bernoulli      [5, 3, 4]  []                  [3, 4]    [5, 3]       logits [5, 3, 4]
""".format("-" * 96)  # noqa: E501


def lines_of(model, **observed):
    lines = []
    assert model.summary(print_fn=lines.append, **observed) is None
    return lines


def test_the_table_shows_nodes_and_shapes(mode, capsys):
    if mode == "xla" and modes.IS_TF1:
        pytest.skip("XLA of TensorFlow 1.15 makes no variables")
    found = []

    def make():
        model = vae(3, 5)

        def run(x):
            capsys.readouterr()
            model.summary(x=x)
            found.append(capsys.readouterr().out)
            model.observe(x=x).summary()
            found.append(capsys.readouterr().out)
            return tf.zeros([])
        return run

    modes.program(mode, make)(np.zeros([3, 4], "int32"))
    assert found[0] == TABLE + "Shared variables: 2, with 12 numbers\n"
    assert found[1] == TABLE


def row(bn, name):
    """The cells of one line, by the heads."""
    head, _, *lines = lines_of(bn)
    line, = [line for line in lines if line.split()[0] == name]
    starts = [head.index(word) for word in COLUMNS]
    ends = starts[1:] + [None]
    return {word: line[start:end].strip()
            for word, start, end in zip(COLUMNS, starts, ends)}


COLUMNS = ("node", "distribution", "batch", "value", "samples", "observed",
           "log density", "parameters")


@every_form
@pytest.mark.parametrize("n_samples, group_ndims", [(None, 0), (3, 1)])
@eagerly
def test_the_shape_of_log_densities_is_that_of_the_tensor(case, n_samples, group_ndims):
    one = case.rounded_sets("float32")[0]
    batched = {name: value if name in case.shared else
               np.broadcast_to(value, [2] + list(np.shape(value)))
               for name, value in one.items()}
    dist = case.make(batched, group_ndims=group_ndims)
    value_shape = dist.get_value_shape().as_list()
    observed = {} if case.is_sampled else {
        "x": np.zeros([n_samples or 1, 2] + value_shape, "float32")}
    bn = zs.BayesianNet(observed)
    bn.stochastic("x", dist, n_samples=n_samples)
    found = row(bn, "x")
    assert found["batch"] == "[2]"
    assert found["value"] == str(value_shape)
    assert found["log density"] == str(bn.cond_log_prob("x").shape.as_list())
    assert found["parameters"]


@pytest.mark.parametrize("dist, words", [
    (lambda: ds.Normal(0., logstd=[0., 1.]), "mean [], logstd [2]"),
    (lambda: ds.Binomial([0., 1.], n_experiments=7), "logits [2], n_experiments 7"),
    (lambda: ds.Concrete(0.5, [0., 1.]), "temperature [], logits [2]"),
    (lambda: ds.MultivariateNormalCholesky([0., 1.], [[1., 0.], [1., 1.]]),
     "mean [2], cov_tril [2, 2]"),
    (lambda: ds.MixtureSameFamily([0., 0., 0.], ds.Normal([0., 1., 2.], std=1.)),
     "logits [3], components Normal"),
    (lambda: ds.TransformedDistribution(ds.Normal(0., std=1.), ds.bijectors.Exp()),
     "base Normal, bijector Exp")])
def test_parameters(dist, words):
    bn = zs.BayesianNet()
    bn.stochastic("x", dist())
    assert row(bn, "x")["parameters"] == words


def test_distributions_of_tensorflow_probability():
    tfd = require_tfp().distributions
    bn = zs.BayesianNet()
    bn.stochastic("x", tfd.Independent(tfd.StudentT(3., [0., 1.], 2.), 1))
    bn.stochastic("y", tfd.StudentT(3., tf.zeros([2]), 2.))
    assert row(bn, "x") == {
        "node": "x", "distribution": "Independent", "batch": "[]",
        "value": "[2]", "samples": "", "observed": "no", "log density": "[]",
        "parameters": "distribution StudentT, reinterpreted_batch_ndims 1"}
    assert row(bn, "y")["parameters"] == "df 3.0, loc [2], scale 2.0"


def test_unknown_shapes_are_shown_as_such():
    with modes.session():
        bn = zs.BayesianNet({"y": v1.placeholder(tf.float32, None)})
        mean = v1.placeholder(tf.float32, [None, 4])
        n = v1.placeholder(tf.int32, [])
        bn.normal("x", mean, std=1., group_ndims=1, n_samples=n)
        bn.normal("y", mean, std=1.)
        bn.normal("z", mean, std=1., group_ndims=n)
        x = row(bn, "x")
        assert (x["batch"], x["samples"]) == ("[None, 4]", "?")
        assert x["log density"] == "[None, None]"
        y = row(bn, "y")
        assert (y["observed"], y["log density"]) == ("unknown", "unknown")
        assert row(bn, "z")["log density"] == "unknown"


@eagerly
def test_no_shared_variables():
    model = zs.MetaBayesianNet(lambda: zs.BayesianNet())
    assert len(lines_of(model)) == 2
    model = zs.MetaBayesianNet(vae.__wrapped__, args=[3, 5])
    assert lines_of(model)[-1].split()[0] == "x"


def test_a_misspelt_observation():
    with pytest.raises(ValueError, match="'vae' has no stochastic node named 'xx'"):
        vae(3, 5).summary(xx=1.)
