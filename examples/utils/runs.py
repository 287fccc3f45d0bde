"""A training run: minibatches, metrics, and a checkpoint per epoch to resume from.

A resumed run gives the numbers of an uninterrupted one if the randomness of an epoch is
a function of the seed and the epoch or the step only.
"""

import csv
import json
import os
import time

import numpy as np
import tensorflow as tf

from examples.utils import dataset, results
from examples.utils.files import UserError, write_atomically
from examples.utils.optional import find_package, progress_bar

# Options that may differ between a run and its continuation.
NOT_SETTINGS = {"epochs", "steps", "data_dir", "result_dir", "resume", "save_every",
                "checkpoint_every", "eval_epochs", "is_samples", "devices"}
NOT_A_STEP = 2 ** 42  # seeds of tests are numbered from here, beyond any training step


def epoch_rng(seed, epoch):
    """The `numpy.random.RandomState` of an epoch, a function of both arguments."""
    return np.random.RandomState([seed, epoch])


class Run:
    """A training run, with its metrics and checkpoints in the result directory::

        run = runs.Run(args)
        for epoch in run.epochs():
            for x in run.minibatches(epoch, x_train):
                ...
            run.write(epoch, lower_bound=...)

    :param args: The options `result_dir`, `seed`, `epochs`, `batch_size`, `resume`
        and others, which a resumed run must share.
    """

    def __init__(self, args):
        self._args, self._rows, self._events, self._speed = args, [], None, ""
        self._settings = {name: value for name, value in vars(args).items()
                          if name not in NOT_SETTINGS}
        self._folder = self.path("checkpoints")
        if not args.resume and os.path.exists(os.path.join(self._folder, "checkpoint")):
            raise UserError(
                "The result directory {!r} has a run already. Continue it with "
                "--resume, or choose another directory with --result-dir.".format(
                    args.result_dir))
        os.makedirs(self._folder, exist_ok=True)

    def path(self, name):
        """The path of a file in the result directory."""
        return os.path.join(self._args.result_dir, name)

    def epochs(self, checkpoint=None):
        """Iterate over the remaining epochs; save a checkpoint after each of them.

        :param checkpoint: A `tf.train.Checkpoint` of all variables; by default, of
            those of the v1 graph, which the default Session must have initialized.
        """
        checkpoint = checkpoint or tf.train.Checkpoint(**{
            variable.op.name: variable for variable in tf.compat.v1.global_variables()})
        last = self.restore(checkpoint)
        if last >= self._args.epochs:
            print("Epoch {} is done already; choose more --epochs.".format(last))
        for epoch in range(last + 1, self._args.epochs + 1):
            yield epoch
            self.save(epoch)

    def restore(self, checkpoint):
        """Restore the last checkpoint; return its number, 0 if there is none."""
        self._manager = tf.train.CheckpointManager(checkpoint, self._folder, 1)
        if not os.path.exists(os.path.join(self._folder, "checkpoint")):
            return 0
        try:
            with open(os.path.join(self._folder, "options.json")) as stream:
                _check_same(json.load(stream), json.loads(json.dumps(self._settings)))
            path = self._manager.latest_checkpoint
            checkpoint.restore(path).assert_consumed().run_restore_ops()
            last = int(path.rpartition("-")[2])
            self._rows = self._read_rows(last)
        except (AssertionError, AttributeError, KeyError, OSError, TypeError,
                ValueError, csv.Error, tf.errors.OpError) as error:
            reason = str(error).split("\n")[0].rstrip(".")
            raise UserError(
                "Cannot resume the run in {!r}, which is damaged or of another model: "
                "{}. Choose another directory with --result-dir.".format(
                    self._args.result_dir, reason)) from None
        return last

    def save(self, number):
        """Replace the last checkpoint."""
        with write_atomically(os.path.join(self._folder, "options.json")) as stream:
            stream.write(json.dumps(self._settings).encode("utf-8"))
        self._manager.save(number)

    def minibatches(self, epoch, *arrays):
        """Iterate over shuffled minibatches, a function of the seed and the epoch.

        :param arrays: Arrays of the same length. Data beyond the last full batch are
            left out.
        :return: An iterator over minibatches, or over tuples for several arrays.
        """
        size = self._args.batch_size
        n_batches = dataset.count_batches(len(arrays[0]), size)
        order = epoch_rng(self._args.seed, epoch).permutation(len(arrays[0]))
        start = time.time()
        for i in progress_bar(range(n_batches), "Epoch {}".format(epoch),
                              unit_scale=size, unit=" examples"):
            batch = order[i * size:(i + 1) * size]
            rows = tuple(array[batch] for array in arrays)
            yield rows if len(rows) > 1 else rows[0]
        seconds = time.time() - start
        self._speed = " ({:.1f}s, {:.0f} examples/s)".format(
            seconds, n_batches * size / seconds)

    def test_batches(self, x, size):
        """Iterate over batches in order, each with the seed of its noise."""
        for start in progress_bar(range(0, len(x), size), "Test"):
            yield x[start:start + size], self.test_seed(start)

    def test_seed(self, number=0):
        """A pair for `zs.seeded`, different from those of all training steps."""
        return [self._args.seed, NOT_A_STEP + number]

    def write(self, epoch, **metrics):
        """Print metrics; add them to `metrics.csv` and the TensorBoard events."""
        metrics = {name: float(value) for name, value in metrics.items()}
        if not np.all(np.isfinite(list(metrics.values()))):
            raise UserError("Training diverged in epoch {}, which is not saved: {}. "
                            "Choose a --learning-rate below {}.".format(
                                epoch, metrics, self._args.learning_rate))
        print("Epoch {}{}: {}".format(epoch, self._speed, ", ".join(
            "{} = {:.4f}".format(*item) for item in metrics.items())), flush=True)
        self._rows.append(dict(epoch=epoch, **metrics))
        results.write_table(self._args, "metrics", self._columns(), [
            [row.get(name) for name in self._columns()] for row in self._rows])
        if self._events is None:
            self._events = _open_events(self.path("events"), epoch)
        self._events.add_summary(tf.compat.v1.Summary(value=[
            tf.compat.v1.Summary.Value(tag=name, simple_value=value)
            for name, value in metrics.items()]), epoch)
        self._events.flush()

    def plot(self, name, unit, *metrics):
        """Draw metrics by epoch to RESULT_DIR/NAME.png; by default, all of them."""
        if not find_package("matplotlib", "graphs"):
            return
        with results.picture(self._args, name) as ax:
            for metric in metrics or self._columns()[1:]:
                rows = [row for row in self._rows if metric in row]
                ax.plot([int(row["epoch"]) for row in rows],
                        [float(row[metric]) for row in rows], ".-",
                        label=metric.replace("_", " "))
            ax.set(xlabel="epoch", ylabel=unit)
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.legend()

    def _read_rows(self, last):
        """Rows of metrics.csv; a killed run may have one beyond its last checkpoint."""
        if not os.path.exists(self.path("metrics.csv")):
            return []
        with open(self.path("metrics.csv"), newline="") as stream:
            return [{name: value for name, value in row.items() if value}
                    for row in csv.DictReader(stream, strict=True)
                    if int(row["epoch"]) <= last]

    def _columns(self):
        return list(dict.fromkeys(name for row in self._rows for name in row))


def _check_same(saved, settings):
    for name in sorted(set(saved) | set(settings)):
        if saved.get(name) != settings.get(name):
            raise ValueError("the option {} was {}, but is {}".format(
                name, saved.get(name), settings.get(name)))


def _open_events(folder, first_epoch):
    """A writer of TensorBoard events, which replaces later epochs of a killed run."""
    with tf.Graph().as_default():  # FileWriter requires a graph
        # The suffix distinguishes files that were created within one second.
        events = tf.compat.v1.summary.FileWriter(
            folder, filename_suffix=".from-epoch-{}".format(first_epoch))
    events.add_session_log(tf.compat.v1.SessionLog(
        status=tf.compat.v1.SessionLog.START), first_epoch)
    return events
