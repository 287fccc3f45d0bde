"""The harness of the tests runs each mode as it promises."""
import collections
from pathlib import Path

import missing_kernels
import modes
import numpy as np
import pytest
import tensorflow.compat.v1 as v1
import tensorflow.compat.v2 as tf

Pair = collections.namedtuple("Pair", "first second")
X = np.arange(6, dtype="float32").reshape(2, 3)


def test_results_keep_their_structure(mode):
    out = modes.run(mode, lambda x: {"a": Pair(x + 1, None), "b": [tf.shape(x)]}, X)
    assert isinstance(out["a"], Pair)
    assert out["a"].second is None
    np.testing.assert_array_equal(out["a"].first, X + 1)
    np.testing.assert_array_equal(out["b"][0], [2, 3])


def test_a_gradient_matches_its_formula(mode):
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x**2)
        return tape.gradient(y, x)

    np.testing.assert_allclose(modes.run(mode, slope, X), 2 * X)


def test_functions_run_in_the_graph_of_the_mode(mode):
    seen = []

    def look(x):
        graph = None if tf.executing_eagerly() else v1.get_default_graph()
        seen.append(type(graph).__name__)
        return x

    modes.run(mode, look, X)
    kind = {"graph": "Graph", "eager": "NoneType"}.get(mode, "FuncGraph")
    assert seen[0] == kind


def test_only_xla_raises_for_an_op_that_it_cannot_compile(mode):
    """On 1.15 too: this test is not listed in missing_kernels.py."""
    def call():
        return modes.run(mode, tf.strings.as_string, X)

    if mode == "xla":
        with pytest.raises(tf.errors.InvalidArgumentError):
            call()
    else:
        assert call()[0, 1].startswith(b"1.0")


def test_a_listed_test_is_skipped(monkeypatch):
    monkeypatch.setitem(missing_kernels.MISSING_KERNELS, "AsString",
                        ["test_modes::test_a_listed_test_is_skipped"])
    error = tf.errors.InvalidArgumentError(
        None, None, "Detected unsupported operations when trying to compile graph f on "
        "XLA_CPU_JIT: AsString (No registered 'AsString' OpKernel for XLA_CPU_JIT)")
    with pytest.raises(pytest.skip.Exception, match="has no AsString"):
        missing_kernels.skip_if_expected(error)


@pytest.mark.parametrize("op, test, expected", [
    ("BesselI0e", "test_von_mises::test_density_matches-xla-float32", True),
    ("BesselI0e", "test_von_mises::test_density_matches-eager-float32", False),
    ("BesselI0e", "test_hmc::test_a_transition-xla", False),
    ("BesselI1e", "test_von_mises::test_density_matches-xla-float32", False)])
def test_a_missing_kernel_is_expected_in_listed_tests_only(op, test, expected):
    assert missing_kernels.is_expected(op, test) == expected


@pytest.mark.parametrize("parameter", ["a b", "c::d"])
def test_the_running_test_is_named_by_file_and_parameters(parameter):
    assert missing_kernels.running_test() == (
        "test_modes::test_the_running_test_is_named_by_file_and_parameters-"
        + parameter)


def test_listed_tests_are_in_existing_files():
    patterns = sum(missing_kernels.MISSING_KERNELS.values(), [])
    assert patterns
    for pattern in patterns:
        name = pattern.split("::")[0] + ".py"
        assert list(Path(__file__).parent.glob(name)), pattern


@pytest.mark.parametrize("dynamic, shape", [
    (False, [2, 3]), (True, [None, None]), ("rank", None)])
def test_static_shapes_are_those_asked_for(mode, dynamic, shape):
    seen = []

    def look(x):
        seen.append(x.shape)
        return tf.reduce_sum(x)

    assert modes.run(mode, look, X, dynamic_shapes=dynamic) == X.sum()
    if mode == "eager" or (mode == "xla" and modes.IS_TF1 and dynamic is False):
        shape = [2, 3]
    assert seen[0].as_list() == shape if shape else seen[0].rank is None


def test_variables_keep_their_values_between_calls(mode):
    def make():
        count = tf.Variable(0.0)

        def step(x):
            new = count + x
            return (v1.assign(count, new) if mode == "graph" else count.assign(new))

        return step

    step = modes.program(mode, make)
    assert [step(1.0), step(2.0), step(3.0)] == [1.0, 3.0, 6.0]


@pytest.mark.parametrize("use_resource", [True, False])
def test_use_resource_chooses_the_kind_of_variable(use_resource):
    kinds = []

    def read():
        variable = v1.get_variable("v", initializer=2.0)
        kinds.append(variable.dtype._is_ref_dtype)
        return variable

    assert modes.run("graph", read, use_resource=use_resource) == 2.0
    assert kinds == [not use_resource]


@pytest.mark.parametrize("mode", ["graph", "eager", "function"])
def test_equal_seeds_give_equal_numbers(mode):
    def draw(seed):
        return modes.run(mode, lambda: tf.random.normal([3]), seed=seed)

    np.testing.assert_array_equal(draw(7), draw(7))
    assert (draw(7) != draw(8)).all()


def test_python_numbers_have_the_default_dtypes(mode):
    real, whole = modes.run(mode, lambda a, b: (a, b), 1.5, 2)
    assert (real.dtype, whole.dtype) == (np.float32, np.int32)


def test_session_gives_its_own_default_graph():
    with modes.session() as sess:
        assert v1.get_default_graph() is sess.graph
        assert sess.run(tf.constant(1) + 1) == 2
