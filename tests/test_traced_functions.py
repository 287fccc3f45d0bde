"""Functions that are traced once, with arguments in every place."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf

from zhusuan._tf.traced_functions import TracedFunction


def after_first(values):
    """The second value, once the first is there."""
    with tf.control_dependencies([values[0]]):
        return tf.identity(values[1])


def sum_after_first(values):
    """The sum, once the first value is there."""
    with tf.control_dependencies([values[0]]):
        return values[0] + values[1]


def second(values):
    """A function without use of an argument."""
    return 2. * values[1]


@pytest.mark.parametrize("function, expected", [
    (after_first, [3., 5.]), (sum_after_first, [4., 7.]), (second, [6., 10.])])
def test_arguments_are_passed_as_values_and_for_control(function, expected):
    def value(*arrays):
        return TracedFunction(function, arrays)(arrays, [])

    found = modes.run("function", value, np.float32([1., 2.]), np.float32([3., 5.]))
    np.testing.assert_array_equal(found, expected)
