"""A training run: minibatches, metrics, and a checkpoint per epoch to resume from."""

import csv
import json
import os
import time

import numpy as np
import tensorflow as tf

from examples.utils import dataset, results
from examples.utils.files import UserError, write_atomically
from examples.utils.optional import find_package, progress_bar

# Options that a resumed run may change.
NOT_SETTINGS = {"epochs", "steps", "data_dir", "result_dir", "resume", "save_every",
                "checkpoint_every", "eval_epochs", "is_samples", "devices", "defaults",
                "steps_per_run", "fastest"}


class Run:
    """A training run, with its metrics and checkpoints in `args.result_dir`.

    A resumed run gives the numbers of an uninterrupted one if all randomness is a
    function of the seed, and of the epoch or the step. It may not change the options
    `fixed`, besides the usual ones.
    """

    def __init__(self, args, fixed=()):
        self._args, self._rows, self._events, self._speed = args, [], None, ""
        self._settings = json.dumps({name: value for name, value in vars(args).items()
                                     if name not in NOT_SETTINGS.difference(fixed)})
        self._folder = self.path("checkpoints")
        self._has_run = os.path.exists(os.path.join(self._folder, "checkpoint"))
        if self._has_run and not args.resume:
            raise UserError("{!r} has a run already. Continue it with --resume, or "
                            "choose another --result-dir.".format(args.result_dir))
        os.makedirs(self._folder, exist_ok=True)

    def path(self, name):
        """The path of a file in the result directory."""
        return os.path.join(self._args.result_dir, name)

    def epochs(self, checkpoint=None):
        """Iterate over the remaining epochs; save the variables after each of them."""
        last = self.restore(checkpoint or tf.train.Checkpoint(
            **{v.op.name: v for v in tf.compat.v1.global_variables()}))
        if last >= self._args.epochs:
            print("Epoch {} is done already; choose more --epochs.".format(last))
        for epoch in range(last + 1, self._args.epochs + 1):
            yield epoch
            self.save(epoch)

    def restore(self, checkpoint):
        """Restore the last checkpoint; return its number, 0 if there is none."""
        try:
            self._manager = tf.train.CheckpointManager(checkpoint, self._folder, 1)
            if not self._has_run:
                return 0
            with open(os.path.join(self._folder, "options.json")) as stream:
                saved = json.load(stream)
            for name, value in json.loads(self._settings).items():
                # A checkpoint may be older than an option, which had no effect then.
                old = saved.get(name, getattr(self._args, "defaults", {}).get(name))
                if old != value:
                    raise ValueError("the option {} was {}, but is {}".format(
                        name, old, value))
            path = self._manager.latest_checkpoint
            checkpoint.restore(path).assert_consumed().run_restore_ops()
            last = int(path.rpartition("-")[2])
            if os.path.exists(self.path("metrics.csv")):
                with open(self.path("metrics.csv"), newline="") as stream:
                    rows = [{name: json.loads(value) for name, value in row.items()
                             if value} for row in csv.DictReader(stream)]
                # A killed run may have a row beyond its last checkpoint.
                self._rows = [row for row in rows if row["epoch"] <= last]
        except Exception as error:  # the errors of damaged files cannot be listed
            raise UserError(
                "Cannot resume the run in {!r}, which is damaged or of another model: "
                "{}. Choose another directory with --result-dir.".format(
                    self._args.result_dir, str(error).split("\n")[0])) from None
        return last

    def save(self, number):
        """Replace the last checkpoint."""
        with write_atomically(os.path.join(self._folder, "options.json")) as stream:
            stream.write(self._settings.encode("utf-8"))
        self._manager.save(number)

    def minibatches(self, epoch, *arrays, n_steps=None):
        """Shuffled minibatches, or tuples of them: a function of the seed and epoch.

        :param n_steps: The number of minibatches to stack, fewer in the last stack.
        """
        size, start = self._args.batch_size, time.time()
        batches = dataset.shuffled_batches(len(arrays[0]), size, self._args.seed, epoch)
        groups = batches if n_steps is None else [
            np.stack(batches[i:i + n_steps]) for i in range(0, len(batches), n_steps)]
        for indices in progress_bar(groups, "Epoch {}".format(epoch),
                                    unit_scale=(n_steps or 1) * size, unit=" examples"):
            batch = tuple(array[indices] for array in arrays)
            yield batch if len(batch) > 1 else batch[0]
        seconds = time.time() - start
        self._speed = " ({:.1f}s, {:.0f} examples/s)".format(
            seconds, len(batches) * size / seconds)

    def test_batches(self, x, size):
        """Iterate over batches in order, each with the seed of its noise."""
        for start in progress_bar(range(0, len(x), size), "Test"):
            yield x[start:start + size], self.test_seed(start)

    def test_seed(self, number=0):
        """A pair for `zs.seeded`, different from those of all training steps."""
        return [self._args.seed, 2 ** 42 + number]  # no run has as many steps

    def write(self, epoch, **metrics):
        """Print metrics; add them to `metrics.csv` and the TensorBoard events."""
        metrics = {name: float(value) for name, value in metrics.items()}
        text = ", ".join("{} = {:.4f}".format(*item) for item in metrics.items())
        if not np.all(np.isfinite(list(metrics.values()))):
            raise UserError("Training diverged in epoch {}, which is not saved: {}. "
                            "Choose a smaller --learning-rate.".format(epoch, text))
        print("Epoch {}{}: {}".format(epoch, self._speed, text), flush=True)
        self._rows.append(dict(epoch=epoch, **metrics))
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        results.write_table(self._args, "metrics", columns, [
            [row.get(name) for name in columns] for row in self._rows])
        if self._events is None:
            with tf.Graph().as_default():  # FileWriter requires a graph
                self._events = tf.compat.v1.summary.FileWriter(
                    self.path("events"), filename_suffix=".epoch-{}".format(epoch))
        self._events.add_summary(tf.compat.v1.Summary(value=[
            {"tag": name, "simple_value": x} for name, x in metrics.items()]), epoch)
        self._events.flush()

    def plot(self, name, unit, **labels):
        """Draw metrics by epoch to RESULT_DIR/NAME.png; without labels, all of them."""
        labels = labels or {metric: metric.replace("_", " ") for row in self._rows
                            for metric in row if metric != "epoch"}
        if find_package("matplotlib", "graphs"):
            with results.picture(self._args, name) as ax:
                for metric, label in labels.items():
                    ax.plot(*zip(*[(row["epoch"], row[metric]) for row in self._rows
                                   if metric in row]), ".-", label=label)
                ax.set(xlabel="epoch", ylabel=unit)
                ax.legend()
