"""The dtype of nodes: Python numbers and arrays adapt to Tensors, pandas to all."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from cases import every_form
from scipy import stats

import zhusuan as zs

X = np.random.RandomState(0).randn(20)


class Column:
    """The interface that pandas columns share: an array inside, with a name."""

    def __init__(self, values):
        self._values = np.asarray(values)
        self.dtype, self.shape, self.name = self._values.dtype, self._values.shape, "c"

    def __array__(self, dtype=None, copy=None):
        return self._values if dtype is None else self._values.astype(dtype)

    def __len__(self):
        return len(self._values)

    def __getitem__(self, i):
        raise KeyError(i)  # as for an index that is not 0, 1, 2, ...


@zs.meta_bayesian_net()
def float_free_model(group_ndims=1):
    """Nothing in it has a dtype."""
    bn = zs.BayesianNet()
    mean = bn.normal("mean", 0., std=10.)
    scale = bn.gamma("scale", 2., 1.)
    bn.bernoulli("flag", 0.)
    bn.normal("x", tf.expand_dims(mean, -1), std=tf.expand_dims(scale, -1),
              group_ndims=group_ndims)
    return bn


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_python_numbers_take_the_dtype_of_observed_tensors(dtype, mode):
    def run(mean, scale):
        bn = float_free_model().observe(mean=mean, scale=scale, flag=1, x=X)
        assert {node.dist.param_dtype.name for node in bn.nodes.values()} == {dtype}
        assert bn["flag"].dtype == tf.int32
        return bn.log_joint()

    want = (stats.norm.logpdf(0.5, 0., 10.) + stats.gamma.logpdf(1.5, 2.) +
            np.log(0.5) + stats.norm.logpdf(X, 0.5, 1.5).sum())
    np.testing.assert_allclose(
        modes.run(mode, run, *np.array([0.5, 1.5], dtype)), want,
        rtol=1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("observed, dtype", [
    (lambda: {"x": tf.constant(0., tf.float64)}, "float64"),
    (lambda: {"x": tf.constant(0.)}, "float32"),
    (lambda: {"x": tf.constant(0., tf.float16)}, "float16"),
    (lambda: {"x": tf.Variable(np.float64(0.))}, "float64"),
    (lambda: {"y": tf.constant(0., tf.float64)}, "float64"),
    (lambda: {"x": np.float64(0.)}, "float64"),
    (lambda: {"x": X}, "float64"),
    (lambda: {"x": Column(X)}, "float64"),
    (lambda: {"x": X.astype("float32")}, "float32"),
    (lambda: {"x": X, "y": tf.constant(0.)}, "float32"),
    (lambda: {"y": X}, "float32"),
    (lambda: {"x": 0.}, "float32"),
    (lambda: {"x": [0., 1.]}, "float32"),
    (lambda: {"x": np.arange(3)}, "float32"),
    (dict, "float32"),
])
def test_the_default_dtype_of_a_node(observed, dtype):
    def run():
        bn = zs.BayesianNet(observed())
        x = bn.normal("x", 0., std=1.)
        assert x.dtype == dtype
        assert x.cond_log_p.dtype == dtype
        # Later nodes follow.
        assert bn.gamma("later", 1., 1.).dtype == dtype
        return []

    modes.run("eager", run)


def test_arrays_of_parameters_adapt_to_an_observed_tensor():
    def run():
        bn = zs.BayesianNet({"x": tf.zeros([3]), "y": tf.zeros([3], tf.float64)})
        return [bn.normal(name, np.zeros(3), std=1.).cond_log_p for name in "xy"]

    assert [x.dtype for x in modes.run("eager", run)] == ["float32", "float64"]


def test_terms_of_several_dtypes_add_up_in_the_widest():
    def run():
        bn = zs.BayesianNet({"x": tf.constant(1.), "y": tf.constant(1., tf.float64)})
        bn.stochastic("x", zs.distributions.Normal(0., std=1.))
        bn.stochastic("y", zs.distributions.Normal(np.float64(0.), std=1.))
        return bn.log_joint()

    total = modes.run("eager", run)
    assert total.dtype == "float64"
    np.testing.assert_allclose(total, 2. * stats.norm.logpdf(1.), rtol=1e-6)


@pytest.mark.parametrize("make", [zs.NUTS, lambda: zs.HMC(0.1), lambda: zs.SGLD(.01)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samplers_keep_the_dtype_of_their_start(make, dtype):
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        mean = bn.normal("mean", 0., std=10.)
        bn.normal("x", tf.expand_dims(mean, -1), std=1., group_ndims=1)
        return bn

    def run():
        chains = make().run(model(), {"x": X}, {"mean": np.zeros(3, dtype)},
                            n_samples=5, n_warmup=5, progress_bar=False, seed=1)
        return {"mean": chains["mean"]}

    assert modes.run("eager", run)["mean"].dtype == dtype


# -- pandas and the like ------------------------------------------------------

@every_form
@pytest.mark.parametrize("partner", ["float32", "float64", None])
def test_columns_are_as_arrays(case, partner):
    """As parameters and as values; the dtype is that of a Tensor among them."""
    one = case.rounded_sets("float32")[0]
    points = case.inside_points(one, "float32")[:1]
    firm = list(one)[0]

    def run():
        def values(wrap):
            return {n: tf.constant(v, partner) if partner and n == firm else wrap(v)
                    for n, v in one.items()}

        found = []
        for wrap in np.asarray, Column:
            dist = case.make(values(wrap), **case.kwargs_for("float32"))
            found.append(dist.log_prob(wrap(points)))
        return found

    plain, column = modes.run("eager", run)
    assert plain.dtype == column.dtype == (partner or "float64")
    np.testing.assert_array_equal(plain, column)


def test_integer_columns_convert():
    def run():
        rate = Column([1, 2, 3])
        return [zs.distributions.Poisson(rate).log_prob(Column([1, 2, 3])),
                zs.distributions.Normal(rate, std=Column([1., 2., 3.])).log_prob(rate),
                zs.distributions.Exponential(rate).log_prob(rate),
                zs.distributions.Bernoulli(0.).log_prob(Column([True, False, True]))]

    poisson, normal, exponential, bernoulli = modes.run("eager", run)
    k = np.arange(1, 4)
    np.testing.assert_allclose(poisson, stats.poisson.logpmf(k, k), rtol=1e-6)
    np.testing.assert_allclose(normal, stats.norm.logpdf(0., 0., k), rtol=1e-6)
    np.testing.assert_allclose(exponential, stats.expon.logpdf(k, 0., 1. / k))
    np.testing.assert_allclose(bernoulli, np.log([.5] * 3), rtol=1e-6)
    assert (poisson.dtype, normal.dtype) == ("float32", "float64")


def test_columns_as_observations(mode):
    def run(mean):
        bn = zs.BayesianNet({"x": Column(X), "n": Column(np.arange(20))})
        bn.normal("x", mean, std=1., group_ndims=1)
        bn.poisson("n", tf.exp(mean), group_ndims=1)
        return bn.cond_log_prob(["x", "n"])

    mean = np.linspace(-1., 1., 20)
    got = modes.run(mode, run, mean)
    np.testing.assert_allclose(got, [
        stats.norm.logpdf(X, mean).sum(),
        stats.poisson.logpmf(np.arange(20), np.exp(mean)).sum()], rtol=1e-10)


def test_pandas():
    pd = pytest.importorskip("pandas")

    def run():
        frame = pd.DataFrame({"count": [3, 0, 2], "mean": [1., 2., 3.]},
                             index=[5, 7, 9])
        nullable = frame["count"].astype("Int64")
        bn = zs.BayesianNet({"a": frame["count"], "b": nullable, "c": frame["mean"],
                             "d": frame})
        bn.poisson("a", frame["mean"])
        bn.poisson("b", nullable + 1)
        bn.normal("c", frame["count"], std=1.)
        bn.normal("d", frame, std=tf.ones([2], tf.float64), group_ndims=2)
        with pytest.raises(TypeError, match="rate must have a dtype in"):
            zs.distributions.Poisson(pd.Series(["a", "b"]))
        with pytest.raises(TypeError, match="Incompatible types.*'e'"):
            zs.BayesianNet({"e": nullable.where(nullable > 0)}).poisson("e", [1.] * 3)
        return bn.cond_log_prob(list("abcd"))

    a, b, c, d = modes.run("eager", run)
    counts, means = np.array([3, 0, 2]), np.array([1., 2., 3.])
    np.testing.assert_allclose(a, stats.poisson.logpmf(counts, means), rtol=1e-6)
    np.testing.assert_allclose(b, stats.poisson.logpmf(counts, counts + 1), rtol=1e-5)
    np.testing.assert_allclose(c, stats.norm.logpdf(means, counts), rtol=1e-6)
    np.testing.assert_allclose(d, 6. * stats.norm.logpdf(0.))


# -- Errors -------------------------------------------------------------------

@pytest.mark.parametrize("run, advice", [
    (lambda: zs.distributions.Normal(0., std=1.).log_prob(np.float64(0.) * tf.ones(
        [], tf.float64)), r"parameters of dtype float64, such as tf.constant\(0., "),
    (lambda: zs.distributions.Normal(np.float64(0.), std=1.).log_prob(tf.ones([])),
     r"Write tf.cast\(value, tf.float64\)"),
    (lambda: zs.distributions.Normal(tf.ones([]), std=tf.ones([], tf.float64)),
     r"Write tf.cast\(mean, tf.float64\)"),
    (lambda: zs.distributions.Normal(tf.ones([], tf.float64), std=tf.ones([])),
     r"Write tf.cast\(std, tf.float64\)"),
    (lambda: zs.distributions.Poisson(1.).log_prob(tf.ones([], tf.int64)),
     "dtype=tf.int64"),
    (lambda: zs.BayesianNet({"x": tf.ones([], tf.float64)}).stochastic(
        "x", zs.distributions.Normal(0., std=1.)), "'x'.*parameters of dtype float64"),
    (lambda: tf.convert_to_tensor(zs.BayesianNet().normal(
        "x", np.float64(0.), std=1.), dtype=tf.float32),
     r"tf.cast\(x, tf.float64\) of the other"),
])
def test_errors_advise_the_wider_dtype(run, advice):
    with pytest.raises((TypeError, ValueError), match=advice) as caught:
        modes.run("eager", run)
    assert "tf.float32" not in str(caught.value)


@pytest.mark.parametrize("run, message", [
    (lambda: zs.BayesianNet().normal("z", tf.zeros([3]), std=tf.ones([4])),
     r"Node 'z': std and mean should be broadcastable to match each other, but their "
     r"shapes are \(4,\) and \(3,\)\. Reshape one of them\."),
    (lambda: zs.BayesianNet().normal("z", tf.constant([1]), std=1.),
     r"Node 'z': mean must have a dtype in \(.*\), but it has int32\. Write tf\.cast"),
    (lambda: zs.BayesianNet().normal("z", 0., std=1., logstd=0.),
     "Node 'z': Normal requires exactly one of std and logstd"),
    (lambda: zs.BayesianNet({"z": tf.zeros([3], tf.int32)}).normal("z", 0., std=1.),
     r"Incompatible types of the .* node 'z'.*float32, but it has int32\. Write "
     r"tf\.cast\(value, tf\.float32\)\.$")])
def test_errors_of_node_methods_name_the_node(run, message):
    with pytest.raises((TypeError, ValueError), match=message):
        modes.run("eager", run)


def test_numbers_beside_an_observed_float64_tensor_advise_to_cast_it():
    def run():
        bn = zs.BayesianNet({"y": tf.zeros([3], tf.float64)})
        noise = bn.half_normal("noise", 1.)  # float64
        bn.normal("y", tf.zeros([3]), std=noise)
        return []

    with pytest.raises(TypeError, match=(
            r"Node 'y': std must have the same dtype as mean, but std has float64 and "
            r"mean has float32\. Parameters that are Python numbers take the dtype of "
            r"observed Tensors\. Write tf\.cast\(y, tf\.float32\) for the observa")):
        modes.run("eager", run)
