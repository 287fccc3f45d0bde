"""Errors of every distribution: their types and messages, static and at run time."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from cases import every_form, every_own_check

DTYPE = "float32"


def ordinary(case, batch=()):
    """The first parameter set, as arrays of shape ``batch + E``."""
    return {name: np.broadcast_to(value, (() if name in case.shared else batch) +
                                  np.shape(value)).astype(DTYPE)
            for name, value in case.rounded_sets(DTYPE)[0].items()}


def batched(case):
    return [name for name in case.parameter_names if name not in case.shared]


def point(case, batch=()):
    points = case.inside_points(case.rounded_sets(DTYPE)[0], DTYPE)
    value = points[len(points) // 2].astype(case.sample_dtype(DTYPE))
    return np.broadcast_to(value, batch + value.shape)


def refuses(exception, words, function, *args, **kwargs):
    with pytest.raises(exception, match=words):
        function(*args, **kwargs)


def refuses_at_run_time(mode, words, function, *arrays):
    """With shapes or values that are known at run time only; shapes in any words."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        modes.run(mode, function, *arrays, dynamic_shapes="rank")


symbolic = pytest.mark.parametrize("mode", ["graph", "function"])


# -- Parameters --

@every_form
def test_wrong_dtypes_of_parameters_raise(case):
    parameters = ordinary(case)
    for name in parameters:
        for wrong in "int32", "complex64":
            refuses(TypeError, "must have a dtype in", case.make,
                    {**parameters, name: tf.cast(parameters[name], wrong)})
    names = list(parameters)
    for name in names[1:]:
        two = {**parameters, names[0]: tf.constant(parameters[names[0]], "float32"),
               name: tf.constant(parameters[name], "float64")}
        refuses(TypeError, "must have the same dtype as", case.make, two)


@every_form
def test_a_wrong_dtype_of_samples_raises(case):
    if case.is_discrete:
        refuses(TypeError, r"`dtype`\(uint8\) not in", case.make, ordinary(case),
                dtype=tf.uint8)
    else:
        refuses(TypeError, "dtype", case.make, ordinary(case),
                dtype=tf.float32)


@every_form
def test_wrong_shapes_of_parameters_raise(case):
    names = batched(case)
    for name in case.shared:
        refuses(ValueError, "%s should be a scalar" % name, case.make,
                {**ordinary(case), name: np.ones([2], DTYPE)})
    for name in names:
        if case.event_ndims(name):
            short = ordinary(case)[name][(0,) * case.event_ndims(name)]
            refuses(ValueError, "%s should have rank" % name, case.make,
                    {**ordinary(case), name: short})
    for name in names[1:]:
        wrong = {**ordinary(case, (2,)), name: ordinary(case, (3,))[name]}
        refuses(ValueError, "should be broadcastable to match", case.make, wrong)


@symbolic
@every_form
def test_wrong_shapes_of_parameters_raise_at_run_time(case, mode):
    names = batched(case)
    if len(names) < 2:
        pytest.skip("has one parameter")
    wrong = {**ordinary(case, (2,)), names[-1]: ordinary(case, (3,))[names[-1]]}
    given = point(case)

    def compute(*values):
        return case.make(dict(zip(wrong, values))).log_prob(given)

    refuses_at_run_time(mode, None, compute, *wrong.values())


@every_form
def test_check_numerics_names_the_parameter(case, mode):
    """The message names the quantity; XLA has no such check."""
    if "check_numerics" not in case.accepts:
        pytest.skip("has no check_numerics")
    if mode == "xla":
        pytest.skip("XLA leaves checks out")
    parameters = ordinary(case)
    names, given = list(parameters), point(case)
    for name in names:
        for wrong in np.nan, np.inf:

            def compute(*values):
                dist = case.make(dict(zip(names, values)), check_numerics=True)
                return dist.log_prob(given)

            bad = {**parameters, name: np.full_like(parameters[name], wrong)}
            with pytest.raises(tf.errors.InvalidArgumentError, match=name):
                modes.run(mode, compute, *bad.values())


@every_form
def test_each_class_states_its_own_checks(case):
    assert case.errors is not None, "add `errors` to the row, or NO_OWN_CHECKS"


@every_own_check
def test_own_checks_raise(case, check):
    replaced, exception, words = check
    parameters = {name: value for name, value in ordinary(case).items()
                  if name not in replaced}
    with pytest.raises(exception, match=words):
        case.make(parameters, **replaced).log_prob(point(case))


# -- Keywords --

@every_form
def test_misspelt_and_deprecated_keywords_raise(case):
    refuses(ValueError, "has been deprecated", case.make, ordinary(case),
            group_event_ndims=1)
    refuses(TypeError, "Did you mean 'group_ndims'", case.make, ordinary(case),
            group_ndim=1)


@every_form
def test_a_wrong_group_ndims_raises(case):
    refuses(ValueError, "must be non-negative", case.make, ordinary(case),
            group_ndims=-1)
    refuses(ValueError, "should be a scalar", case.make, ordinary(case),
            group_ndims=tf.constant([1]))


@symbolic
@every_form
def test_a_negative_group_ndims_raises_at_run_time(case, mode):
    parameters, given = ordinary(case, (2,)), point(case)

    def compute(group_ndims):
        return case.make(parameters, group_ndims=group_ndims).log_prob(given)

    refuses_at_run_time(mode, "must be non-negative", compute, np.int32(-1))


# -- Samples and values --

@every_form
def test_a_wrong_n_samples_raises(case):
    if not case.is_sampled:
        refuses(NotImplementedError, "sample", case.make(ordinary(case)).sample)
        return
    for wrong in [2], tf.constant([2, 3]):
        refuses(ValueError, "should be a scalar", case.make(ordinary(case)).sample,
                wrong)


@every_form
def test_wrong_values_raise(case):
    dist = case.make(ordinary(case, (2,)), **case.kwargs_for(DTYPE))
    for function in dist.log_prob, dist.prob:
        refuses(ValueError, "broadcast to match", function, point(case, (3,)))
        refuses(TypeError, "must have the dtype", function,
                tf.cast(point(case), "complex64"))


@symbolic
@every_form
def test_wrong_shapes_of_values_raise_at_run_time(case, mode):
    parameters = ordinary(case, (2,))

    dtype = case.kwargs_for(DTYPE)

    def compute(given):
        return case.make(parameters, **dtype).log_prob(given)

    refuses_at_run_time(mode, None, compute, point(case, (3,)))
