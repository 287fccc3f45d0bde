"""Runs of the examples: checkpoints, metrics, minibatches and options."""
import argparse
import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from examples.utils import runs, script
from examples.utils.files import UserError, write_atomically

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def options(folder, resume=True, **others):
    return argparse.Namespace(**{
        "result_dir": str(folder), "epochs": 4, "batch_size": 8, "seed": 5,
        "resume": resume, "layers": [3, 1], **others})


class Regression:
    """A linear model with Adam, in its own graph and Session."""

    def __init__(self, units=3, scope="net", use_resource=False):
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.x = tf.placeholder(tf.float32, [None, 4])
            with tf.variable_scope(scope, use_resource=use_resource):
                w = tf.get_variable(
                    "w", [4, units], initializer=tf.constant_initializer(0.1))
            self.cost = tf.reduce_mean(tf.square(tf.matmul(self.x, w) - 1))
            self.train = tf.train.AdamOptimizer(0.1).minimize(self.cost)
            self.variables = tf.global_variables()

    def run(self, args, stop_in=None, fixed=()):
        """Train, but end within an epoch if it is `stop_in`; return the variables."""
        data = np.random.RandomState(0).normal(size=[30, 4])
        with self.graph.as_default(), tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            run = runs.Run(args, fixed)
            for epoch in run.epochs():
                for x in run.minibatches(epoch, data):
                    cost, _ = sess.run([self.cost, self.train], {self.x: x})
                run.write(epoch, cost=cost)
                if epoch == stop_in:
                    break
            return sess.run(self.variables)


def read_metrics(folder):
    with open(str(folder / "metrics.csv"), newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("use_resource", [False, True])
def test_resumed_run_equals_an_uninterrupted_one(tmp_path, use_resource):
    expected = Regression(use_resource=use_resource).run(options(tmp_path / "whole"))
    broken = options(tmp_path / "broken")
    Regression(use_resource=use_resource).run(broken, stop_in=3)
    assert len(read_metrics(tmp_path / "broken")) == 4  # a row beyond the checkpoint
    resumed = Regression(use_resource=use_resource).run(broken)
    assert len(expected) == 5  # w, two moments, two powers of beta
    for value, want in zip(resumed, expected):
        np.testing.assert_array_equal(value, want)
    assert (tmp_path / "broken" / "metrics.csv").read_bytes() == (
        tmp_path / "whole" / "metrics.csv").read_bytes()
    values = read_events(tmp_path / "broken" / "events")
    assert sorted(values) == [1, 2, 3, 4]
    for epoch, cost in read_metrics(tmp_path / "broken")[1:]:
        assert values[int(epoch)] == np.float32(cost)


def read_events(folder):
    """The last value of a metric by step."""
    return {event.step: value.simple_value for path in sorted(folder.iterdir())
            for event in tf.train.summary_iterator(str(path))
            for value in event.summary.value}


def test_finished_run_resumes_without_training(tmp_path, capsys):
    expected = Regression().run(options(tmp_path))
    capsys.readouterr()
    for value, want in zip(Regression().run(options(tmp_path)), expected):
        np.testing.assert_array_equal(value, want)
    assert capsys.readouterr().out == "Epoch 4 is done already; choose more --epochs.\n"


def test_new_run_does_not_overwrite_another(tmp_path):
    Regression().run(options(tmp_path, epochs=1, resume=False))
    with pytest.raises(UserError, match="has a run already.*--resume.*--result-dir"):
        runs.Run(options(tmp_path, resume=False))


@pytest.mark.parametrize("change, model, reason", [
    ({"layers": [3, 2]}, {}, r"option layers was \[3, 1\], but is \[3, 2\]"),
    ({"seed": 6}, {}, "option seed was 5, but is 6"),
    ({"other": 1}, {}, "option other was None, but is 1"),
    ({"other": 1, "defaults": {"other": 2}}, {}, "option other was 2, but is 1"),
    ({}, {"scope": "gen"}, "damaged or of another model"),
    ({}, {"units": 2}, "damaged or of another model")])
def test_resuming_another_model_raises(tmp_path, change, model, reason):
    Regression().run(options(tmp_path, epochs=1))
    with pytest.raises(UserError, match=reason) as caught:
        Regression(**model).run(options(tmp_path, **change))
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_new_options_have_their_defaults_in_older_runs(tmp_path):
    expected = Regression().run(options(tmp_path / "whole"))
    Regression().run(options(tmp_path / "old", epochs=2))
    resumed = Regression().run(options(
        tmp_path / "old", jit_compile=False, defaults={"jit_compile": False}))
    for value, want in zip(resumed, expected):
        np.testing.assert_array_equal(value, want)


def test_epochs_that_a_schedule_depends_on_may_not_change(tmp_path):
    Regression().run(options(tmp_path), stop_in=3, fixed=["epochs"])
    Regression().run(options(tmp_path), fixed=["epochs"])
    assert len(read_metrics(tmp_path)) == 5
    with pytest.raises(UserError, match="option epochs was 4, but is 5"):
        Regression().run(options(tmp_path, epochs=5), fixed=["epochs"])


def test_other_options_may_change(tmp_path):
    Regression().run(options(tmp_path, epochs=1, save_every=1))
    Regression().run(options(tmp_path, epochs=2, save_every=2))
    assert len(read_metrics(tmp_path)) == 3


def cut(data):
    return data[:len(data) // 2]


def flip(data):
    return bytes([data[len(data) // 2] ^ 1]).join(
        [data[:len(data) // 2], data[len(data) // 2 + 1:]])


@pytest.mark.parametrize("name, damage", [
    ("checkpoints/ckpt-1.index", cut), ("checkpoints/ckpt-1.index", flip),
    ("checkpoints/ckpt-1.data", cut), ("checkpoints/ckpt-1.data", flip),
    ("checkpoints/checkpoint", cut), ("checkpoints/checkpoint", lambda data: b""),
    ("checkpoints/options.json", cut), ("checkpoints/options.json", lambda data: b"[]"),
    ("metrics.csv", lambda data: b"\xff\x00"), ("metrics.csv", lambda data: b"a\n1\n"),
    ("metrics.csv", lambda data: b"epoch,cost\n1,one\n")])
def test_resuming_damaged_files_raises(tmp_path, name, damage):
    Regression().run(options(tmp_path, epochs=1))
    folder, start = (tmp_path / name).parent, (tmp_path / name).name
    for path in folder.iterdir():
        if path.name.startswith(start) and not path.is_dir():
            path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match="damaged .*--result-dir") as caught:
        Regression().run(options(tmp_path))
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_unwritable_directory_raises_before_training(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        runs.Run(options(tmp_path / "file" / "run"))


@pytest.mark.parametrize("value", [float("nan"), -np.inf])
def test_metrics_that_are_not_finite_raise(tmp_path, value):
    run = runs.Run(options(tmp_path))
    with pytest.raises(UserError, match="diverged in epoch 1.*cost = .*--learning"):
        run.write(1, cost=value)
    assert not (tmp_path / "metrics.csv").exists()


def test_metrics_of_some_epochs_have_empty_cells(tmp_path, capsys):
    run = runs.Run(options(tmp_path))
    run.write(1, bound=np.float32(-1.1))
    run.write(2, bound=-1., test=1 / 3)
    assert read_metrics(tmp_path) == [
        ["epoch", "bound", "test"], ["1", repr(float(np.float32(-1.1))), ""],
        ["2", "-1.0", repr(1 / 3)]]
    assert capsys.readouterr().out == (
        "Epoch 1: bound = -1.1000\nEpoch 2: bound = -1.0000, test = 0.3333\n")
    run.plot("bounds", "nats")
    assert (tmp_path / "bounds.png").read_bytes().startswith(b"\x89PNG")


def test_minibatches_are_a_function_of_the_seed_and_the_epoch(tmp_path):
    x, t = np.arange(30), -np.arange(30)
    run = runs.Run(options(tmp_path))

    def batches(seed, epoch):
        run = runs.Run(options(tmp_path, seed=seed))
        return np.concatenate(list(run.minibatches(epoch, x)))

    first = batches(5, 1)
    assert len(first) == len(set(first)) == 24  # three full batches
    np.testing.assert_array_equal(batches(5, 1), first)
    assert {tuple(first), tuple(batches(5, 2)), tuple(batches(6, 1))} == {
        tuple(batches(seed, epoch)) for seed, epoch in [(5, 1), (5, 2), (6, 1)]}
    assert len({tuple(batches(s, e)) for s in (5, 6) for e in (1, 2)}) == 4
    for x_batch, t_batch in run.minibatches(1, x, t):
        np.testing.assert_array_equal(x_batch, -t_batch)


class Clock:
    """A stand-in for the module `time` that advances only when told to."""
    now = 100.

    def time(self):
        return self.now


@pytest.mark.parametrize("n_steps", [None, 1, 3])
def test_printed_time_is_that_of_training(monkeypatch, tmp_path, capsys, n_steps):
    clock = Clock()
    monkeypatch.setattr(runs, "time", clock)
    run = runs.Run(options(tmp_path))
    for epoch, seconds in (1, 1.), (2, 2.):
        for _ in run.minibatches(epoch, np.arange(30), n_steps=n_steps):
            clock.now += (n_steps or 1) * seconds
        for _ in run.test_batches(np.arange(4), 2):
            clock.now += 50.
        run.write(epoch, bound=-1.)
    assert capsys.readouterr().out == (
        "Epoch 1 (3.0s, 8 examples/s): bound = -1.0000\n"
        "Epoch 2 (6.0s, 4 examples/s): bound = -1.0000\n")


def test_stacked_minibatches_are_the_minibatches(tmp_path):
    run = runs.Run(options(tmp_path))
    expected = list(run.minibatches(1, np.arange(30)))
    parts = list(run.minibatches(1, np.arange(30), n_steps=2))
    assert [part.shape for part in parts] == [(2, 8), (1, 8)]
    np.testing.assert_array_equal(np.concatenate(parts), expected)
    singles = list(run.minibatches(1, np.arange(30), n_steps=1))
    np.testing.assert_array_equal(singles, np.expand_dims(expected, 1))


def test_test_batches_are_in_order_with_different_seeds(tmp_path):
    run = runs.Run(options(tmp_path))
    batches, seeds = zip(*run.test_batches(np.arange(10), 4))
    np.testing.assert_array_equal(np.concatenate(batches), np.arange(10))
    assert len({tuple(seed) for seed in seeds}) == 3
    assert all(seed[0] == 5 and seed[1] >= 2 ** 42 for seed in seeds)


# Atomic files

def test_interrupted_file_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), write_atomically(str(path)) as stream:
        stream.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    with write_atomically(str(path)) as stream:
        stream.write(b"next")
    assert path.read_bytes() == b"next"
    assert os.listdir(str(tmp_path)) == ["a.txt"]


def test_killed_process_leaves_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", """
import os, signal, sys
sys.path.insert(0, {!r})
from examples.utils.files import write_atomically
with write_atomically("a.txt") as stream:
    stream.write(b"new")
    os.kill(os.getpid(), signal.SIGKILL)
""".format(ROOT)], cwd=str(tmp_path))
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "a.txt").read_bytes() == b"old"


# Options

def parse(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["example.py"] + list(arguments))
    parser = script.OptionParser("An example.\n\nMore.", "mine", epochs=9,
                                 is_samples=100, learning_rate=0.1, eval_epochs=[],
                                 preset=None)
    return parser.parse({"epochs": 99, "is_samples": 500}, epochs=2)


def test_options_have_defaults_that_smoke_changes(monkeypatch):
    args = parse(monkeypatch)
    assert (args.epochs, args.seed, args.eval_epochs) == (9, 1234, [])
    assert args.result_dir == os.path.join("results", "mine")
    args = parse(monkeypatch, "--smoke", "--eval-epochs", "1", "2")
    assert (args.epochs, args.eval_epochs) == (2, [1, 2])
    assert args.result_dir == os.path.join("results", "mine", "smoke")
    assert args.defaults["epochs"] == 2 and args.defaults["eval_epochs"] == []
    assert parse(monkeypatch, "--smoke", "--epochs", "3").epochs == 3
    json.dumps(vars(args))  # as runs save them


@pytest.mark.parametrize("arguments, epochs, is_samples", [
    ([], 99, 500), (["--epochs", "7"], 7, 500), (["--smoke"], 2, 500),
    (["--smoke", "--is-samples", "200"], 2, 200)])
def test_the_preset_changes_defaults_only(monkeypatch, arguments, epochs, is_samples):
    args = parse(monkeypatch, "--preset", "paper", *arguments)
    assert (args.epochs, args.is_samples, args.seed) == (epochs, is_samples, 1234)


@pytest.mark.parametrize("arguments, reason", [
    (["--preset", "other"], "--preset: invalid choice: 'other'"),
    (["--epochs", "0"], "--epochs: 0 was given, expected an integer of at least 1"),
    (["--epochs", "x"], "--epochs: invalid int value: 'x'"),
    (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
    (["--seed", "-1"], "--seed: -1 was given, expected"),
    (["--learning-rate", "inf"], "--learning-rate: inf was given, expected a positive"),
    (["--is-samples", "150"], "150 was given, expected a multiple of 100")])
def test_wrong_options_exit_with_one_line(monkeypatch, capsys, arguments, reason):
    with pytest.raises(SystemExit) as stop:
        parse(monkeypatch, *arguments)
    err = capsys.readouterr().err
    assert stop.value.code == 2 and reason in err and err.count("\n") == 1


@pytest.mark.parametrize("defaults, message", [
    ({}, "\nInterrupted\n"), ({"resume": True}, "\nInterrupted\n"),
    ({"resume": False}, "\nInterrupted; --resume continues from the last epoch\n")])
def test_interrupted_scripts_name_their_option_to_resume(capsys, defaults, message):
    def main(args):
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        script.run(main, argparse.Namespace(defaults=defaults))
    assert stop.value.code == 130 and capsys.readouterr().err == message


def test_help_shows_the_description_and_defaults(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        parse(monkeypatch, "--help")
    out = capsys.readouterr().out
    assert "An example." in out and "More." not in out and "(default: 9)" in out
