"""Subclasses and wrappers of distributions, written as for 0.4."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from cases import every_form
from scipy import stats

import zhusuan as zs
from zhusuan.distributions.base import Distribution

DTYPE = "float32"
every_shape = pytest.mark.parametrize("dynamic_shapes", [False, True, "rank"])


class Wrapper(Distribution):
    """Hands on to another distribution by the hooks that 0.4 had."""

    def __init__(self, wrapped, group_ndims=0):
        self._wrapped = wrapped
        super(Wrapper, self).__init__(  # noqa: UP008  as scripts of the time write it
            dtype=wrapped.dtype, param_dtype=wrapped.param_dtype,
            is_continuous=wrapped.is_continuous,
            is_reparameterized=wrapped._is_reparameterized,
            use_path_derivative=wrapped.use_path_derivative,
            group_ndims=group_ndims)

    def _value_shape(self):
        return self._wrapped._value_shape()

    def _get_value_shape(self):
        return self._wrapped._get_value_shape()

    def _batch_shape(self):
        return self._wrapped._batch_shape()

    def _get_batch_shape(self):
        return self._wrapped._get_batch_shape()

    def _sample(self, n_samples):
        return self._wrapped._sample(n_samples)

    def _log_prob(self, given):
        return self._wrapped._log_prob(self._wrapped._check_input_shape(given))

    def _prob(self, given):
        return self._wrapped._prob(self._wrapped._check_input_shape(given))


def batch_of_three(case, one):
    return {name: np.asarray(one[name] if name in case.shared else [one[name]] * 3,
                             DTYPE) for name in one}


@every_form
def test_a_wrapper_equals_the_wrapped_distribution(case):
    one = case.rounded_sets(DTYPE)[0]
    parameters = batch_of_three(case, one)
    value = case.densest_point(one, DTYPE).astype(case.sample_dtype(DTYPE))

    def compute(value, *arrays):
        wrapped = case.make(dict(zip(parameters, arrays)), **case.kwargs_for(DTYPE))
        wrapper = Wrapper(wrapped, group_ndims=1)
        found = []
        for dist in wrapped, wrapper:
            found.append({
                "log_prob": dist.log_prob(value), "prob": dist.prob(value),
                "batch_shape": dist.batch_shape, "value_shape": dist.value_shape,
                "hooks": [dist._batch_shape(), dist._value_shape()]})
            assert dist.get_value_shape().ndims == case.value_ndims
            assert dist.get_value_shape().is_compatible_with(value.shape[1:])
            assert isinstance(dist._get_batch_shape(), tf.TensorShape)
        if case.is_sampled:
            samples = [wrapper.sample(), wrapper.sample(3)]
            found.append([tf.shape(x) for x in samples])
        return found

    plain, wrapped, *shapes = modes.run("graph", compute, value, *parameters.values(),
                                        dynamic_shapes=True)
    np.testing.assert_allclose(
        wrapped.pop("log_prob"), np.sum(plain.pop("log_prob"), -1), rtol=1e-5)
    np.testing.assert_allclose(
        wrapped.pop("prob"), np.prod(plain.pop("prob"), -1), rtol=1e-4)
    tf.nest.map_structure(np.testing.assert_array_equal, plain, wrapped)
    np.testing.assert_array_equal(plain["hooks"][0], plain["batch_shape"])
    np.testing.assert_array_equal(plain["hooks"][1], plain["value_shape"])
    for shape in shapes:
        want = list(plain["batch_shape"]) + list(plain["value_shape"])
        assert [list(s) for s in shape] == [want, [3] + want]


@every_form
def test_check_input_shape_converts_or_raises(case):
    one = case.rounded_sets(DTYPE)[0]
    parameters = batch_of_three(case, one)
    value = case.densest_point(one, DTYPE)

    def run():
        dist = case.make(parameters, **case.kwargs_for(DTYPE))
        given = dist._check_input_shape(value)
        assert tf.is_tensor(given)
        assert given.dtype == dist.dtype
        with pytest.raises(ValueError, match="broadcast to match"):
            dist._check_input_shape(np.concatenate([value] * 2))
        with pytest.raises(TypeError, match="dtype"):
            dist._check_input_shape(tf.constant(["a"]))
        return dist._log_prob(given)

    np.testing.assert_allclose(modes.run("eager", run), np.broadcast_to(
        case.log_density(value, one), [3]), rtol=1e-4, atol=1e-4)


class Shifted(Distribution):
    """A normal of a given mean and the variance 1, with every hook of 0.4."""

    def __init__(self, mean, is_reparameterized=True, use_path_derivative=False,
                 group_ndims=0, **kwargs):
        self._mean = tf.convert_to_tensor(mean, dtype=tf.float32)
        super(Shifted, self).__init__(  # noqa: UP008
            dtype=tf.float32, param_dtype=tf.float32, is_continuous=True,
            is_reparameterized=is_reparameterized,
            use_path_derivative=use_path_derivative, group_ndims=group_ndims, **kwargs)

    def _value_shape(self):
        return tf.constant([], dtype=tf.int32)

    def _get_value_shape(self):
        return tf.TensorShape([])

    def _batch_shape(self):
        return tf.shape(self._mean)

    def _get_batch_shape(self):
        return self._mean.shape

    def _sample(self, n_samples):
        shape = tf.concat([[n_samples], self.batch_shape], 0)
        return self._mean + tf.random.normal(shape, seed=1)

    def _log_prob(self, given):
        mean = self.path_param(self._mean)
        return -0.5 * np.log(2.0 * np.pi) - 0.5 * tf.square(given - mean)

    def _prob(self, given):
        return tf.exp(self._log_prob(given))


@every_shape
def test_a_subclass_in_the_style_of_0_4(dynamic_shapes, mode):
    def run(mean, x):
        dist = Shifted(mean, group_ndims=1)
        bn = zs.BayesianNet(observed={"x": x})
        z = bn.stochastic("z", dist, n_samples=4)
        bn.stochastic("x", Shifted(z, group_ndims=1))
        assert dist.sample(4).shape.is_compatible_with([4, 2, 3])
        return [dist.log_prob(x), dist.prob(x), bn.cond_log_prob("x"),
                tf.shape(z.tensor), dist.batch_shape, z.tensor]

    mean = np.array([[0., 1., 2.], [3., 4., 5.]], DTYPE)
    x = np.float32(0.5) + mean[::-1] / 4.0
    log_prob, prob, of_node, shape, batch_shape, z = modes.run(
        mode, run, mean, x, dynamic_shapes=dynamic_shapes)
    want = stats.norm.logpdf(x, mean)
    np.testing.assert_allclose(log_prob, want.sum(-1), rtol=1e-5)
    np.testing.assert_allclose(prob, np.exp(want.sum(-1)), rtol=1e-4)
    np.testing.assert_allclose(of_node, stats.norm.logpdf(x, z).sum(-1), rtol=1e-4)
    assert list(shape) == [4, 2, 3]
    assert list(batch_shape) == [2, 3]


def test_gradients_follow_the_private_switch():
    """Wrapper libraries set `_is_reparameterized` for one call of `sample`."""
    def slope(dist, mean, switch):
        with tf.GradientTape() as tape:
            tape.watch(mean)
            made = dist(mean)
            before, made._is_reparameterized = made.is_reparameterized, switch
            total = tf.reduce_sum(made.sample(3))
            made._is_reparameterized = before
        return tape.gradient(total, mean)

    def run():
        for dist in Shifted, lambda mean: zs.distributions.Normal(mean, std=1.):
            assert slope(dist, tf.constant([0., 1.]), False) is None
            np.testing.assert_array_equal(
                slope(dist, tf.constant([0., 1.]), True), [3., 3.])
        return []

    modes.run("eager", run)


def test_subclasses_take_path_derivatives():
    def run(mean):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(mean)
            slopes = [tf.reduce_sum(Shifted(mean, use_path_derivative=path).log_prob(
                tf.ones([2]))) for path in (False, True)]
        return [tape.gradient(x, mean, unconnected_gradients="zero") for x in slopes]

    plain, path = modes.run("eager", run, np.array([0., 3.], DTYPE))
    np.testing.assert_array_equal(plain, [1., -2.])
    np.testing.assert_array_equal(path, [0., 0.])


def test_unknown_keywords_of_a_subclass_raise():
    with pytest.raises(ValueError, match="has been deprecated"):
        Shifted([0.], group_event_ndims=1)
    with pytest.raises(TypeError, match="Shifted has no argument 'sd'"):
        Shifted([0.], sd=1)
