"""Every path and every damaged, foreign or missing file of the examples."""
import json
import os
import types

import numpy as np
import pytest
from test_saved_chains import FOREIGN, NO_PATHS, PATHS, every_path, npz

from examples.utils import (
    checkpoint,
    files,
    results,
)
from examples.utils.checkpoint import CheckpointError
from examples.utils.images import save_image_collections
from examples.utils.records import MetricLog

SETTINGS = {"seed": 5}
every_foreign = pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)


# -- Paths ------------------------------------------------------------------------

@every_path
def test_results_go_to_every_kind_of_path(tmp_path, kind):
    folder = PATHS[kind](str(tmp_path / "result"))
    assert files.prepare_result_dir(folder) == str(tmp_path / "result")
    checkpoint.refuse_to_overwrite(folder)
    checkpoint.save_arrays(folder, 3, {"w": np.ones(2)}, SETTINGS)
    assert checkpoint.load_arrays(folder, {"w": [2]}, SETTINGS).epoch == 3
    with pytest.raises(CheckpointError, match="holds a run already"):
        checkpoint.refuse_to_overwrite(folder)
    with MetricLog(folder, ["bound"]) as log:
        log.write(1, bound=1.)
    with MetricLog(folder, ["bound"], resume_after=1) as log:
        assert log.column("bound") == ([1], [1.])
    args = types.SimpleNamespace(result_dir=folder)
    results.write_table(args, "table", ["a"], [[1]])
    image = PATHS[kind](str(tmp_path / "result" / "grid.png"))
    save_image_collections(np.zeros([4, 2, 2]), image)
    assert sorted(os.listdir(str(tmp_path / "result"))) == [
        "checkpoint.npz", "events", "grid.png", "metrics.csv", "table.csv"]


@pytest.mark.parametrize("wrong", NO_PATHS, ids=lambda x: type(x).__name__)
def test_arguments_that_are_not_paths_raise_type_error(wrong):
    for function in (
            files.prepare_result_dir, checkpoint.refuse_to_overwrite,
            lambda path: checkpoint.save_arrays(path, 1, {}, {}),
            lambda path: checkpoint.load_arrays(path, {}, {}),
            lambda path: MetricLog(path, []),
            lambda path: save_image_collections(np.zeros([4, 2, 2]), path)):
        with pytest.raises(TypeError, match="str, bytes or os.PathLike"):
            function(wrong)


# -- Checkpoints and metrics ------------------------------------------------------

CHECKPOINTS = dict(FOREIGN, empty=b"", **{
    "manifest-list": npz(manifest=np.array("[1, 2, 3]")),
    "manifest-half": npz(manifest=np.array(json.dumps({"epoch": 1}))),
    "manifest-object": npz(manifest=np.array({}, object))})


@pytest.mark.parametrize("data", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_foreign_checkpoint_is_named(tmp_path, data):
    path = tmp_path / checkpoint.FILE_NAME
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="start afresh") as caught:
        checkpoint.load_arrays(tmp_path, {}, SETTINGS)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kept", [0.01, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint_is_named(tmp_path, kept):
    checkpoint.save_arrays(tmp_path, 1, {"w": np.arange(100.)}, SETTINGS)
    path = tmp_path / checkpoint.FILE_NAME
    path.write_bytes(path.read_bytes()[:int(kept * path.stat().st_size)])
    with pytest.raises(CheckpointError, match="damaged.*start afresh"):
        checkpoint.load_arrays(tmp_path, {"w": [100]}, SETTINGS)


def test_a_folder_in_the_place_of_a_checkpoint_is_named(tmp_path):
    (tmp_path / checkpoint.FILE_NAME).mkdir()
    with pytest.raises(OSError, match=checkpoint.FILE_NAME):
        checkpoint.load_arrays(tmp_path, {}, SETTINGS)


NO_METRICS = dict(
    FOREIGN, empty=b"", utf16=b"\xff\xfe\x00", no_utf8=b"epoch,bound\n\xff,1\n",
    zero_byte=b"epoch,bound\n1,\x00\n", word=b"epoch,bound\n1,one\n",
    columns=b"epoch,bound\n1,2,3\n", blank=b"epoch,bound\n\n")
del NO_METRICS["text"]  # is a header of other metrics


@pytest.mark.parametrize("data", NO_METRICS.values(), ids=NO_METRICS)
def test_foreign_metrics_are_named(tmp_path, data):
    path = tmp_path / "metrics.csv"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="expected epoch,bound") as caught:
        MetricLog(tmp_path, ["bound"], resume_after=1)
    assert str(path) in str(caught.value) and path.read_bytes() == data
