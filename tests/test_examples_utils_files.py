"""Files of the examples that appear in full or not at all; pictures; metrics."""
import csv
import glob
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from examples.utils import files
from examples.utils.files import (
    UnwritableDirError,
    prepare_result_dir,
    write_atomically,
)
from examples.utils.images import save_image_collections
from examples.utils.records import MetricLog

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Before SCRIPT runs on, `os.replace` is made to be the moment of `kill -9`.
KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
"""


def run_until_killed(script, folder):
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(root=ROOT) + script],
        cwd=str(folder))
    assert done.returncode == -signal.SIGKILL


# Atomic files

def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "a.txt"
    with write_atomically(str(path)) as stream:
        stream.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert os.listdir(str(tmp_path)) == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_file_leaves_the_old_one(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(error), write_atomically(str(path)) as stream:
        stream.write(b"new")
        raise error
    assert path.read_bytes() == b"old"
    assert os.listdir(str(tmp_path)) == ["a.txt"]


def test_a_killed_process_leaves_the_old_file_and_is_cleaned_up_after(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"old")
    run_until_killed("""
from examples.utils.files import write_atomically
with write_atomically("a.txt") as stream:
    stream.write(b"new")
""", tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert len(os.listdir(str(tmp_path))) == 2
    prepare_result_dir(str(tmp_path))
    assert os.listdir(str(tmp_path)) == ["a.txt"]


def test_a_result_dir_is_made_and_left_empty(tmp_path):
    path = str(tmp_path / "a" / "b")
    assert prepare_result_dir(path) == path
    assert os.listdir(path) == []


def test_workers_prepare_a_result_dir_at_the_same_time(tmp_path):
    with ThreadPoolExecutor(8) as workers:
        paths = list(workers.map(
            lambda _: prepare_result_dir(str(tmp_path)), range(400)))
    assert set(paths) == {str(tmp_path)}
    assert os.listdir(str(tmp_path)) == []


def refuse(*args, **kwargs):
    raise PermissionError(13, "Permission denied")


def test_an_unwritable_result_dir_is_an_error_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwritableDirError, match="file/run.*--result-dir"):
        prepare_result_dir(str(tmp_path / "file" / "run"))
    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(UnwritableDirError, match="Permission denied"):
        prepare_result_dir(str(tmp_path))


# Pictures

def read_png(path):
    from matplotlib.image import imread
    return np.rint(imread(str(path)) * 255).astype(np.uint8)


def test_a_grid_of_grey_images(tmp_path):
    path = tmp_path / "grid.png"
    images = np.linspace(0, 1, 5 * 2 * 3).reshape([5, 2, 3])
    pixels = np.rint(images * 255)
    save_image_collections(images, str(path), shape=(2, 3))
    grid = read_png(path)
    expected = np.vstack([np.hstack(pixels[:3]),
                          np.hstack([pixels[3], pixels[4], np.zeros([2, 3])])])
    np.testing.assert_array_equal(grid, expected)
    save_image_collections(images[..., np.newaxis], str(path), shape=(2, 3))
    np.testing.assert_array_equal(read_png(path), grid)
    assert os.listdir(str(tmp_path)) == ["grid.png"]


def test_a_square_grid_is_the_default(tmp_path):
    path = tmp_path / "grid.png"
    save_image_collections(np.zeros([10, 2, 3], np.float32), str(path))
    assert read_png(path).shape == (8, 12)


def test_a_grid_of_colour_images(tmp_path):
    path = tmp_path / "grid.png"
    images = np.arange(4 * 2 * 2 * 3, dtype=np.uint8).reshape([4, 2, 2, 3])
    save_image_collections(images, str(path))
    np.testing.assert_array_equal(read_png(path)[2:, :2], images[2])


@pytest.mark.parametrize("images, shape, reason", [
    (np.zeros([4, 784]), None, "n, height, width"),
    (np.zeros([4, 2, 2, 2]), None, "n, height, width"),
    (np.full([4, 2, 2], 1.5), None, "rescale"),
    (np.full([4, 2, 2], np.nan), None, "rescale"),
    (np.zeros([4, 2, 2]), (1, 3), "1 x 3"),
    (np.zeros([0, 2, 2]), None, "at least one")])
def test_images_of_wrong_shape_raise(tmp_path, images, shape, reason):
    with pytest.raises(ValueError, match=reason):
        save_image_collections(images, str(tmp_path / "grid.png"), shape)
    assert os.listdir(str(tmp_path)) == []


# Metrics

def read_csv(folder):
    with open(str(folder / "metrics.csv"), newline="") as stream:
        return list(csv.reader(stream))


def read_events(folder):
    """(tag, step) to value, and the steps at which sessions started."""
    values, starts = {}, []
    for path in sorted(glob.glob(str(folder / "events" / "*"))):
        for event in tf.train.summary_iterator(path):
            if event.HasField("session_log"):
                starts.append(event.step)
            for value in event.summary.value:
                values[value.tag, event.step] = value.simple_value
    return values, starts


@pytest.mark.parametrize("graph", [True, False])
def test_metrics_are_in_both_files_after_each_row(tmp_path, graph):
    scope = tf.Graph().as_default() if graph else tf.init_scope()
    with scope, MetricLog(str(tmp_path), ["bound", "test"]) as log:
        log.write(1, bound=np.float32(-1.1))
        log.write(2, bound=float("nan"), test=1 / 3)
        rows = read_csv(tmp_path)
        values, starts = read_events(tmp_path)
        assert log.column("test") == ([2], [1 / 3])
    assert rows[0] == ["epoch", "bound", "test"]
    assert rows[1][::2] == ["1", ""]
    assert np.float32(rows[1][1]) == np.float32(-1.1)
    assert rows[2] == ["2", "nan", repr(1 / 3)]
    assert values["bound", 1] == np.float32(-1.1)
    assert values["test", 2] == np.float32(1 / 3)
    assert len(values) == 3
    assert starts == [1]


def test_resuming_drops_the_rows_ahead(tmp_path):
    with MetricLog(str(tmp_path), ["bound"]) as log:
        for epoch in (1, 2, 3):
            log.write(epoch, bound=epoch)
    with MetricLog(str(tmp_path), ["bound"], resume_after=2) as log:
        assert read_csv(tmp_path)[1:] == [["1", "1.0"], ["2", "2.0"]]
        log.write(3, bound=30)
        assert log.column("bound") == ([1, 2, 3], [1., 2., 30.])
    assert read_csv(tmp_path)[1:] == [["1", "1.0"], ["2", "2.0"], ["3", "30.0"]]
    # TensorBoard drops what a restarted session had from this step on.
    assert read_events(tmp_path)[1] == [1, 3]


def test_a_fresh_start_drops_all_rows(tmp_path):
    for _ in range(2):
        with MetricLog(str(tmp_path), ["bound"]) as log:
            log.write(1, bound=1)
    assert len(read_csv(tmp_path)) == 2
    (tmp_path / "metrics.csv").unlink()
    MetricLog(str(tmp_path), ["bound"], resume_after=1).close()
    assert read_csv(tmp_path) == [["epoch", "bound"]]


@pytest.mark.parametrize("text", ["epoch,other\n1,2\n", "epoch,bound\n1\n", "",
                                  "epoch,bound\nx,1\n"])
def test_resuming_rejects_a_file_with_other_columns(tmp_path, text):
    (tmp_path / "metrics.csv").write_text(text)
    with pytest.raises(ValueError, match="expected epoch,bound"):
        MetricLog(str(tmp_path), ["bound"], resume_after=1)
    assert (tmp_path / "metrics.csv").read_text() == text


def test_a_row_with_other_columns_raises(tmp_path):
    with MetricLog(str(tmp_path), ["bound"]) as log:
        log.write(2, bound=1)
        with pytest.raises(ValueError, match="'bond'.*expected bound"):
            log.write(3, bond=1)
        with pytest.raises(ValueError, match="epoch 2 was given after epoch 2"):
            log.write(2, bound=1)
    assert len(read_csv(tmp_path)) == 2
