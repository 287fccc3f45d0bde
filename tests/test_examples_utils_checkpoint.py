"""Checkpoints of the examples: exact, whole, and only of the same model."""
import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from test_examples_utils_files import run_until_killed

from examples.utils import checkpoint
from examples.utils.checkpoint import CheckpointError
from examples.utils.files import prepare_result_dir

SETTINGS = {"layers": (3, 1), "seed": 5, "dataset": "mnist"}


class Regression:
    """A little model with an optimizer that has a state, in its own graph."""

    def __init__(self, units=3, optimizer=tf.train.AdamOptimizer, scope="net",
                 use_resource=False):
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.x = tf.placeholder(tf.float32, [None, 4])
            with tf.variable_scope(scope, use_resource=use_resource):
                w = tf.get_variable(
                    "w", [4, units], initializer=tf.constant_initializer(0.1))
            cost = tf.reduce_mean(tf.square(tf.matmul(self.x, w) - 1))
            self.train = optimizer(0.1).minimize(cost)
            self.variables = tf.global_variables()
            init = tf.global_variables_initializer()
        self.graph.finalize()  # saving and restoring add no ops
        self.sess = tf.Session(graph=self.graph)
        self.sess.run(init)

    def run_epoch(self, epoch):
        rng = checkpoint.epoch_rng(5, epoch)
        for _ in range(3):
            self.sess.run(self.train, {self.x: rng.normal(size=[8, 4])})

    def values(self):
        return {v.op.name: value for v, value in zip(
            self.variables, self.sess.run(self.variables))}

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.sess.close()


def assert_same(given, expected):
    assert sorted(given) == sorted(expected)
    for name in expected:
        np.testing.assert_array_equal(given[name], expected[name])


@pytest.mark.parametrize("use_resource", [False, True])
def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path, use_resource):
    folder = str(tmp_path)
    with Regression(use_resource=use_resource) as whole:
        for epoch in range(1, 5):
            whole.run_epoch(epoch)
        expected = whole.values()
    with Regression(use_resource=use_resource) as first:
        for epoch in (1, 2):
            first.run_epoch(epoch)
            checkpoint.save(first.sess, folder, epoch, SETTINGS, {"best": -1.5})
        first.run_epoch(3)  # lost
    assert os.listdir(folder) == [checkpoint.FILE_NAME]
    with Regression(use_resource=use_resource) as second:
        restored = checkpoint.restore(second.sess, folder, SETTINGS)
        assert (restored.epoch, restored.extras) == (2, {"best": -1.5})
        for epoch in (3, 4):
            second.run_epoch(epoch)
        assert_same(second.values(), expected)
        assert len(expected) == 5  # w, two moments, two powers of beta


def test_epoch_rng_depends_on_both():
    draws = {checkpoint.epoch_rng(seed, epoch).random_sample()
             for seed in (0, 1) for epoch in (0, 1)}
    assert len(draws) == 4
    assert checkpoint.epoch_rng(1, 0).random_sample() in draws


def test_restoring_without_a_checkpoint_returns_none(tmp_path):
    with Regression() as model:
        before = model.values()
        assert checkpoint.restore(model.sess, str(tmp_path), SETTINGS) is None
        assert_same(model.values(), before)


@pytest.mark.parametrize("change, reason", [
    ({"layers": [3, 2]}, r"setting 'layers' is \[3, 1\] in it and \[3, 2\]"),
    ({"dataset": "fashion_mnist"}, "setting 'dataset' is mnist in it and fashion"),
    ({"extra": 1}, "setting 'extra' is absent in it and 1 in this run")])
def test_other_settings_are_named(tmp_path, change, reason):
    with Regression() as model:
        checkpoint.save(model.sess, str(tmp_path), 1, SETTINGS)
        with pytest.raises(CheckpointError, match=reason):
            checkpoint.restore(model.sess, str(tmp_path), dict(SETTINGS, **change))


@pytest.mark.parametrize("change, reason", [
    ({"units": 2}, r"variable 'net/w' is \[4, 3\] in it and \[4, 2\]"),
    ({"scope": "gen"}, r"variable 'gen/w' is absent in it and \[4, 3\]"),
    ({"optimizer": tf.train.GradientDescentOptimizer},
     r"variable 'beta1_power' is \[\] in it and absent")])
def test_another_model_is_named_and_nothing_is_changed(tmp_path, change, reason):
    with Regression() as model:
        model.run_epoch(1)
        checkpoint.save(model.sess, str(tmp_path), 1, SETTINGS)
    with Regression(**change) as other:
        before = other.values()
        with pytest.raises(CheckpointError, match=reason) as caught:
            checkpoint.restore(other.sess, str(tmp_path), SETTINGS)
        assert_same(other.values(), before)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def cut(data):
    return data[:len(data) // 2]


def flip(data):
    """One bit within an array, away from names and sizes."""
    at = data.index(b"NUMPY") + 200
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


@pytest.mark.parametrize("damage", [cut, flip, lambda data: b"",
                                    lambda data: b"PK no zip"])
def test_a_damaged_checkpoint_is_named(tmp_path, damage):
    arrays = {"w": np.arange(1000.)}
    checkpoint.save_arrays(str(tmp_path), 1, arrays, SETTINGS)
    path = tmp_path / checkpoint.FILE_NAME
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match="damaged.*start afresh"):
        checkpoint.load_arrays(str(tmp_path), {"w": [1000]}, SETTINGS)


def test_a_foreign_npz_is_named(tmp_path):
    np.savez(str(tmp_path / checkpoint.FILE_NAME), w=np.zeros(3))
    with pytest.raises(CheckpointError, match="no checkpoint of these examples"):
        checkpoint.load_arrays(str(tmp_path), {"w": [3]}, SETTINGS)


def test_settings_that_cannot_be_kept_leave_the_old_checkpoint(tmp_path):
    arrays = {"w": np.zeros(3), "file": np.ones(2), "manifest": np.ones(1)}
    checkpoint.save_arrays(str(tmp_path), 1, arrays, SETTINGS)
    with pytest.raises(TypeError):
        checkpoint.save_arrays(str(tmp_path), 2, arrays, {"f": object()})
    restored = checkpoint.load_arrays(
        str(tmp_path), {name: a.shape for name, a in arrays.items()}, SETTINGS)
    assert restored.epoch == 1
    assert_same(restored.arrays, arrays)
    assert os.listdir(str(tmp_path)) == [checkpoint.FILE_NAME]


@pytest.mark.parametrize("last", ["np.zeros(2)", "Deadly()"],
                         ids=["before the rename", "between two arrays"])
def test_kill_in_the_middle_of_saving_keeps_the_last_epoch(tmp_path, last):
    arrays = {"w": np.arange(1000.)}
    checkpoint.save_arrays(str(tmp_path), 1, arrays, SETTINGS)
    run_until_killed("""
import numpy as np
from examples.utils import checkpoint
class Deadly:
    def __array__(self, *args, **kwargs):
        os.replace()
arrays = {"w": np.zeros(1000), "z": """ + last + """}
checkpoint.save_arrays(".", 2, arrays, {})
""", tmp_path)
    assert len(os.listdir(str(tmp_path))) == 2
    prepare_result_dir(str(tmp_path))
    assert os.listdir(str(tmp_path)) == [checkpoint.FILE_NAME]
    restored = checkpoint.load_arrays(str(tmp_path), {"w": [1000]}, SETTINGS)
    assert restored.epoch == 1
    assert_same(restored.arrays, arrays)
