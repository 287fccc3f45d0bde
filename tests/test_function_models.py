"""Functions of a dict as models: shapes of chains, and dtypes of data and starts."""
import chains as chain_models
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from scipy import stats
from test_framework_dtypes import Column
from test_sampler_safety import SAMPLERS, few_samplers, run

import zhusuan as zs
from zhusuan.distributions import Normal

# -- The density of n_chains chains -----------------------------------------------

def log_joint_of_shape(shape_of):
    """A function whose density has the shape that `shape_of` makes of x, [4, 3]."""
    return lambda values: shape_of(-0.5 * values["x"] ** 2)


WRONG = {
    "scalar": (tf.reduce_sum, r"shape \[4\].* has \[\]"),
    "[1]": (lambda p: tf.reshape(tf.reduce_sum(p), [1]), r"is \(1,\)"),
    "[1, 1]": (lambda p: tf.reshape(tf.reduce_sum(p), [1, 1]), r"is \(1, 1\)"),
    "data axis": (lambda p: tf.reduce_sum(p, 0), r"is \(3,\)"),
    "longer": (lambda p: tf.pad(tf.reduce_sum(p, 1), [[0, 1]]), r"is \(5,\)"),
    "[4, 1]": (lambda p: tf.reduce_sum(p, 1, keepdims=True), r"is \(4, 1\)"),
    "extra axis": (lambda p: tf.reduce_sum(p, 1)[:, None] * np.ones(2),
                   r"is \(4, 2\)"),
    "third axis": (lambda p: p[..., None] * np.ones(2), r"is \(4, 3, 2\)"),
}


# The sampler and the place matter little.
few_runs = pytest.mark.parametrize("sampler, place", [
    ("SGLD", "session"), ("HMC", "eager"), ("NUTS", "eager")] + [
    pytest.param(sampler, place, marks=pytest.mark.slow)
    for sampler in sorted(SAMPLERS) for place in ("session", "eager", "xla")
    if not (modes.IS_TF1 and place == "xla")])


@few_runs
@pytest.mark.parametrize("wrong", WRONG)
def test_densities_of_another_shape_raise(wrong, sampler, place):
    shape_of, message = WRONG[wrong]
    with pytest.raises(ValueError, match=message):
        run(sampler, log_joint_of_shape(shape_of), {"x": np.ones(3)}, 3, n_chains=4,
            place=place)


@pytest.mark.filterwarnings("ignore:The log joint density has shape .4, 3")
@few_samplers
def test_terms_that_are_not_summed_raise(sampler):
    with pytest.raises(ValueError, match=r"must have shape \[4\].* has \[4, 3\]"):
        run(sampler, log_joint_of_shape(tf.identity), {"x": np.ones(3)}, 3, n_chains=4)


@few_samplers
def test_one_chain_has_an_axis_if_n_chains_is_given(sampler):
    summed = log_joint_of_shape(lambda p: tf.reduce_sum(p, -1))
    start = {"x": np.ones(3)}
    assert run(sampler, summed, start, 3, n_chains=1)["x"].shape == (3, 1, 3)
    assert run(sampler, summed, start, 3)["x"].shape == (3, 3)
    with pytest.raises(ValueError, match=r"shape \[1\].* has \[\]"):
        run(sampler, log_joint_of_shape(tf.reduce_sum), start, 3, n_chains=1)


@pytest.mark.parametrize("wrong", sorted(set(WRONG) - {"scalar", "data axis"}))
@few_samplers
def test_single_transitions_check_the_shape(wrong, sampler):
    """By `sample`, whose variables have the chain axes. A scalar is of one chain."""
    shape_of, message = WRONG[wrong]

    def make():
        x, one = chain_models.variable("x", np.ones([4, 3])), SAMPLERS[sampler]()
        return lambda: one.sample(log_joint_of_shape(shape_of), {}, {"x": x})[0]

    for mode in "graph", "eager":
        with pytest.raises(ValueError, match=message):
            modes.program(mode, make)()


# -- The dtype of data and starts --------------------------------------------------

Y = np.random.RandomState(0).randn(6)


def literal(values):
    """Nothing in it has a dtype, apart from the arguments."""
    prior = Normal(0., std=10.).log_prob(values["mu"])
    scale = zs.distributions.Gamma(2., 1.).log_prob(tf.exp(values["s"]))
    y = Normal(values["mu"][..., None], std=tf.exp(values["s"])[..., None]).log_prob(
        values["y"])
    return prior + scale + tf.reduce_sum(y, -1), {"sd": tf.exp(values["s"])}


def arithmetic(values):
    """Tensors are made of the data alone before they meet the latents."""
    size = tf.reduce_sum(tf.square(values["y"]))
    return -0.5 * (size + 1.) * (values["mu"] ** 2 + values["s"] ** 2)


@zs.meta_bayesian_net()
def net():
    bn = zs.BayesianNet()
    mu = bn.normal("mu", 0., std=10.)
    s = bn.normal("s", 0., std=1.)
    bn.normal("y", mu[..., None], logstd=s[..., None], group_ndims=1)
    return bn


MODELS = {"literal": lambda: literal, "arithmetic": lambda: arithmetic, "net": net}
every_model = pytest.mark.parametrize("model", MODELS)

# The data, the start of mu, that of s, and the dtype of draws.
DTYPES = {
    "float64 data": (Y, 0., 0., "float64"),
    "float64 column": (Column(Y), 0., 0., "float64"),
    "float64 Tensor": (lambda: tf.constant(Y), 0., 0., "float64"),
    "masked data": (np.ma.masked_array(Y, Y > 9.), 0., 0., "float64"),
    "float32 data": (Y.astype("float32"), 0., 0., "float32"),
    "float32 Tensor": (lambda: tf.constant(Y, tf.float32), 0., 0., "float32"),
    "list": (Y.tolist(), 0., 0., "float32"),
    "ints": (Y, 0, 1, "float64"),
    "lists": (Y, [0., 0.], [0, 1], "float64"),
    "float64 start": (Y.astype("float32"), np.float64(0.), 0., "float64"),
    "float64 start, list": (Y.tolist(), np.zeros(2), [0., 0.], "float64"),
    "float64 Tensor start": (
        Y.tolist(), lambda: tf.constant(0., tf.float64), 0., "float64"),
    "float32 start": (Y, np.float32(0.), 0., "float32"),
    "float32 start, last": (Y, 0., np.float32(0.), "float32"),
    "float32 starts": (Y, np.zeros(2, "float32"), [0., 1.], "float32"),
}


def made(x):
    return x() if callable(x) else x


@pytest.mark.slow
@pytest.mark.parametrize("case", DTYPES)
@every_model
def test_the_dtype_is_that_of_data_and_start(model, case):
    y, mu, s, dtype = DTYPES[case]
    if "masked" in case and model != "net":
        y = np.asarray(y)  # a function gets the array itself
    with chain_models.eagerly():
        chains = zs.HMC(0.01, 2).run(
            MODELS[model](), {"y": made(y)}, {"mu": made(mu), "s": made(s)}, 2, 1,
            n_chains=None if np.ndim(made(mu)) else 2, progress_bar=False,
            jit_compile=False)
    assert chains["mu"].dtype == chains["s"].dtype == dtype
    if model == "literal":
        assert chains["sd"].dtype == dtype
    assert chains.statistics["log_prob"].dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_literals_take_the_dtype_of_the_position(dtype, mode):
    def log_density(mu, s):
        return zs._model.target.Target(literal, {"y": Y}, ["mu", "s"])([mu, s])[0]

    mu, s = np.array([0.3, -1.], dtype), np.array([0.1, 0.2], dtype)
    expected = (stats.norm.logpdf(mu, 0., 10.) + stats.gamma.logpdf(np.exp(s), 2.)
                + stats.norm.logpdf(Y, mu[:, None], np.exp(s)[:, None]).sum(-1))
    np.testing.assert_allclose(modes.run(mode, log_density, mu, s), expected,
                               rtol=1e-13 if dtype == "float64" else 1e-5)


@few_runs
def test_every_sampler_takes_the_dtype_of_the_data(sampler, place):
    draws = run(sampler, literal, {"mu": 0., "s": 0.}, 3, observed={"y": Y}, n_chains=2,
                place=place)
    assert draws["mu"].dtype == "float64"


def test_minibatches_have_a_dtype_too():
    batches = [{"y": Y}, {"y": Y + 1.}]
    draws = run("SGLD", literal, {"mu": 0., "s": 0.}, 3, data=batches)
    assert draws["mu"].dtype == "float64"


@pytest.mark.parametrize("model", ["literal", "arithmetic"])
@pytest.mark.parametrize("of_data, of_start", [
    ("float32", "float64"), ("float64", "float32")])
def test_tensors_of_another_dtype_than_the_start_raise(of_data, of_start, model, mode):
    def log_density(y, mu, s):
        return zs._model.target.Target(
            MODELS[model](), {"y": y}, ["mu", "s"])([mu, s])[0]

    with pytest.raises(TypeError, match="several dtypes: 'y': %s, 'mu': %s, 's': %s" % (
            of_data, of_start, of_start)):
        modes.run(mode, log_density, Y.astype(of_data), np.zeros(2, of_start),
                  np.zeros(2, of_start))


def test_starts_of_two_dtypes_raise():
    with pytest.raises(TypeError, match="'mu': float32, 's': float64"):
        run("HMC", literal, {"mu": np.float32(0.), "s": np.float64(0.)}, 3,
            observed={"y": Y})


@pytest.mark.parametrize("start", [True, "zero", [[0.], [1., 2.]], np.arange(3), None])
def test_starts_that_are_no_floats_raise(start):
    with pytest.raises(TypeError, match="latent.* 'mu'"):
        run("HMC", arithmetic, {"mu": start, "s": 0.}, 3, observed={"y": Y})


def test_a_density_of_another_dtype_raises():
    with pytest.raises(TypeError, match="has dtype float32, but the latents .*float64"):
        run("HMC", lambda values: tf.cast(values["x"], tf.float32), {"x": np.ones(3)})


def test_errors_of_the_function_itself_stay():
    def wrong(values):
        return values["x"] + "one"

    errors = TypeError, ValueError, tf.errors.InvalidArgumentError
    with pytest.raises(errors) as caught:
        run("HMC", wrong, {"x": np.ones(3)})
    assert "several dtypes" not in str(caught.value)
