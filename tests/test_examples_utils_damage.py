"""Every path and every damaged, foreign or missing file of the examples."""
import contextlib
import gzip
import hashlib
import io
import json
import os
import pathlib
import pickle
import types
import zipfile

import numpy as np
import pytest
import toy_mnist
from test_saved_chains import FOREIGN, NO_PATHS, PATHS, every_path, npz

from examples.utils import (
    checkpoint,
    dataset,
    files,
    mnist_files,
    movielens,
    results,
    reuters,
    uci,
)
from examples.utils.checkpoint import CheckpointError
from examples.utils.files import DatasetError
from examples.utils.images import save_image_collections
from examples.utils.known_file import Converted, Form, KnownFile
from examples.utils.records import MetricLog

TABLE = b"1 2 3\n4 5 6\n"
SETTINGS = {"seed": 5}
every_foreign = pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)


def known(monkeypatch, data, name="toy.txt"):
    """Make `data` the known content of the table "toy"."""
    file = KnownFile((name,), hashlib.sha256(data).hexdigest())
    monkeypatch.setitem(uci.TABLES, "toy", [Form((file,), ())])


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


@every_path
def test_data_come_from_every_kind_of_path(monkeypatch, tmp_path, kind):
    folder = PATHS[kind](str(tmp_path))
    known(monkeypatch, TABLE)
    (tmp_path / "toy.txt").write_bytes(TABLE)
    assert uci.load("toy", folder).shape == (2, 3)
    toy_mnist.make_known(monkeypatch)
    toy_mnist.put(tmp_path / "toy", toy_mnist.GOOD)
    toy_mnist.check_toy(dataset.load_mnist(folder, "toy", progress=False))


@pytest.mark.parametrize("wrong", NO_PATHS, ids=lambda x: type(x).__name__)
def test_arguments_that_are_not_paths_raise_type_error(monkeypatch, wrong):
    known(monkeypatch, TABLE)
    for function in (
            files.prepare_result_dir, checkpoint.refuse_to_overwrite,
            lambda path: checkpoint.save_arrays(path, 1, {}, {}),
            lambda path: checkpoint.load_arrays(path, {}, {}),
            lambda path: MetricLog(path, []), lambda path: uci.load("toy", path),
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


# -- Data sets --------------------------------------------------------------------

@every_foreign
def test_a_foreign_data_file_is_named(monkeypatch, tmp_path, data):
    known(monkeypatch, TABLE)
    for content in (data, b"", TABLE[:-4]):
        (tmp_path / "toy.txt").write_bytes(content)
        with pytest.raises(DatasetError, match="damaged, .*Delete it") as caught:
            uci.load("toy", tmp_path)
        assert str(tmp_path / "toy.txt") in str(caught.value)


def test_a_folder_in_the_place_of_a_data_file_is_named(monkeypatch, tmp_path):
    known(monkeypatch, TABLE)
    (tmp_path / "toy.txt").mkdir()
    with pytest.raises(DatasetError, match="toy.txt is a folder"):
        uci.load("toy", tmp_path)


NO_TABLES = dict(FOREIGN, empty=b"", blank=b" \n\n", words=b"a b\nc d\n",
                 ragged=b"1 2 3\n4 5\n", column=b"1\n2\n", nan=b"1 nan\n2 3\n")


@pytest.mark.parametrize("name", ["toy.txt", "toy.csv"])
@pytest.mark.parametrize("data", NO_TABLES.values(), ids=NO_TABLES)
def test_a_known_file_that_is_no_table_is_named(monkeypatch, tmp_path, data, name):
    """Its sum may be right all the same."""
    known(monkeypatch, data, name)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DatasetError, match=name + " is damaged or not in the expected"):
        uci.load("toy", tmp_path)


def test_tables_of_one_row_and_of_commas():
    np.testing.assert_array_equal(uci.parse_table(b"1 2\n"), [[1., 2.]])
    np.testing.assert_array_equal(uci.parse_table(b"1,2\n3,4\n", ","),
                                  [[1., 2.], [3., 4.]])


IDX = toy_mnist.PLAIN[0]
NO_IDX = dict(FOREIGN, empty=b"", header=IDX[:7], cut=IDX[:-1], longer=IDX + b"1",
              rank=IDX[:3] + b"\1" + IDX[4:], dtype=IDX[:2] + b"\x0d" + IDX[3:],
              packed=toy_mnist.PACKED[0])


@pytest.mark.parametrize("data", NO_IDX.values(), ids=NO_IDX)
def test_bytes_that_are_no_idx_file_are_named(data):
    with pytest.raises(DatasetError, match=mnist_files.NAMES[0]):
        mnist_files.parse_idx(data, toy_mnist.toy_files()[0])


@every_foreign
@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzip", "plain"])
def test_a_pickle_of_something_else_is_named(data, pack):
    class Source:
        address = "somewhere"

        def opened(self, progress):
            return contextlib.nullcontext(lambda file: pack(data))

    original = KnownFile(("mnist.pkl.gz",), hashlib.sha256(pack(data)).hexdigest())
    converted = Converted(Source(), original, mnist_files.unpickled)
    with pytest.raises(DatasetError, match="mnist.pkl.gz from somewhere is damaged"):
        with converted.opened(False):
            pass


class Malicious:
    def __reduce__(self):
        return os.system, ("exit 3",)


def test_a_pickle_runs_no_code():
    with pytest.raises(pickle.UnpicklingError, match="only numpy arrays"):
        mnist_files.unpickled(gzip.compress(pickle.dumps(Malicious())))


def movies(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr("ml-100k/u1." + name, data)
    return file.getvalue()


NO_MOVIES = dict(FOREIGN, empty=b"", half=movies(base="1\t2\t3\t4\n"),
                 words=movies(base="one two", test=""),
                 columns=movies(base="1\n", test="1\n"),
                 binary=movies(base=b"\xff\xfe", test=b"\xff"))
del NO_MOVIES["empty-npz"]  # is the end of any archive


@pytest.mark.parametrize("data", NO_MOVIES.values(), ids=NO_MOVIES)
def test_an_archive_of_something_else_is_named(monkeypatch, tmp_path, data):
    file = KnownFile(("ml-100k.zip",), hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(movielens, "_ARCHIVE", Form((file,), ()))
    (tmp_path / "ml-100k.zip").write_bytes(data)
    with pytest.raises(DatasetError, match="ml-100k.zip"):
        movielens.load(pathlib.Path(str(tmp_path)))


NO_CORPUS = dict(
    FOREIGN, word=b"one 0:1\n", length=b"2 0:1\n", index=b"1 9:1\n",
    negative=b"1 -1:1\n", no_count=b"1 0\n", no_number=b"1 0:x\n")


@pytest.mark.parametrize("data", NO_CORPUS.values(), ids=NO_CORPUS)
def test_a_corpus_of_something_else_is_named(monkeypatch, tmp_path, data):
    if not data.strip(b"\0") or not data:
        data = b"0:1\n"
    contents = {"reuters.ldac": data, "reuters.tokens": b"a b\n"}
    form = Form(tuple(KnownFile((name,), hashlib.sha256(content).hexdigest())
                      for name, content in contents.items()), ())
    monkeypatch.setattr(reuters, "_COUNTS_AND_WORDS", form)
    toy_mnist.put(tmp_path, contents)
    with pytest.raises(DatasetError, match="reuters.ldac|corpus"):
        reuters.load(tmp_path, 1, 0)
