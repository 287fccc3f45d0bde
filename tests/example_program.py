"""Run an example, once or many times, on a data set of a few images.

    TOY_DATA_DIR=FOLDER python example_program.py SCRIPT < RUNS

SCRIPT is a path in the folder examples, RUNS a JSON list of
`{"argv": [...], "script": SCRIPT, "die": [SIGNAL, WHEN, COUNT]}`, where `script`, which
replaces SCRIPT for one run, and `die` may be missing. The exit code and the output of
each run are printed as one line of JSON. With `die`, the process gets that signal when
the progress bar WHEN reaches COUNT, or, if WHEN is "checkpoint", when a checkpoint is
written and not yet the last one (COUNT is 1).

It is a program of its own because `zhusuan.tf1` is for whole programs, and because a
killed run takes its process along.
"""
import contextlib
import gzip
import hashlib
import io
import json
import os
import runpy
import signal
import sys
import traceback
import warnings
from unittest import mock

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), "..")))
from toy_mnist import format_idx

from examples.utils import dataset

EXAMPLES = os.path.dirname(os.path.dirname(os.path.abspath(dataset.__file__)))
N_TRAIN, N_TEST = 67, 20


def toy_images(n):
    """The left or the right half of an image is nearly white."""
    images = np.zeros([n, 28, 28], np.uint8)
    images[::2, :, :14] = 250
    images[1::2, :, 14:] = 250
    return images


def toy_labels(n):
    """0 or 1, by turns: the half of the picture that is bright."""
    return (np.arange(n) % 2).astype(np.uint8)


def make_toy_mnist(data_dir):
    """Write the files of a small MNIST and make their sums known."""
    arrays = [toy_images(N_TRAIN), toy_labels(N_TRAIN),
              toy_images(N_TEST), toy_labels(N_TEST)]
    files = dataset.FILES["mnist"]
    for i, array in enumerate(arrays):
        content = format_idx(array)
        with gzip.open(os.path.join(data_dir, files[i].names[0]), "wb") as stream:
            stream.write(content)
        files[i] = files[i]._replace(sums=(hashlib.md5(content).hexdigest(),))


@contextlib.contextmanager
def kill_at(signal_name, when, count):
    """Send this process a signal as described above."""
    import tqdm  # other runs need no extra

    def die():
        os.kill(os.getpid(), getattr(signal, signal_name))

    class Bar(tqdm.tqdm):
        def __init__(self, iterable, desc, **kwargs):
            super().__init__(iterable, desc, **kwargs)
            self.label = desc

        def __iter__(self):
            for i, x in enumerate(super().__iter__()):
                if self.label == when and i == count:
                    die()
                yield x

    def record(manager):
        if when == "checkpoint":
            die()
        record_state(manager)

    record_state = tf.train.CheckpointManager._record_state
    with mock.patch.object(tf.train.CheckpointManager, "_record_state", record), (
            mock.patch.object(tqdm, "tqdm", Bar)):
        yield


def run(script, argv, die=None):
    """The exit code and output of one run."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = [script] + argv
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), (
                kill_at(*die) if die else contextlib.nullcontext()):
            # A shell that runs tests in the background has it ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            runpy.run_path(script, run_name="__main__")
        code = 0
    except SystemExit as stop:
        code = stop.code
        if isinstance(code, str):  # what the interpreter does with a message
            code, err = 1, io.StringIO(err.getvalue() + code + "\n")
    except Exception:
        code, err = 70, io.StringIO(err.getvalue() + traceback.format_exc())
    tf.compat.v1.reset_default_graph()
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    for category in FutureWarning, RuntimeWarning, UserWarning:
        warnings.simplefilter("error", category)
    make_toy_mnist(os.environ["TOY_DATA_DIR"])
    usual_script = sys.argv[1]  # a run replaces sys.argv
    for one in json.load(sys.stdin):
        script = os.path.join(EXAMPLES, one.pop("script", usual_script))
        print(json.dumps(run(script, **one)), flush=True)
