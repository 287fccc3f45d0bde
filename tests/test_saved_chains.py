"""Files of chains: every kind of path, and every kind of file that is none."""
import gzip
import io
import json
import os
import pathlib
import pickle
import sys
import zipfile

import chains as chain_models
import numpy as np
import pytest
from test_run import START, assert_same, hmc, run

import zhusuan as zs
from zhusuan import launch

MODEL = chain_models.gaussian(np.diag([1., 4.]))


class Own:
    """A path of the user's own class."""

    def __init__(self, path, as_type):
        self._path = as_type(path)

    def __fspath__(self):
        return self._path


PATHS = {"str": str, "bytes": os.fsencode, "pathlib": pathlib.Path,
         "numpy": np.str_, "own-str": lambda path: Own(path, str),
         "own-bytes": lambda path: Own(path, os.fsencode)}
every_path = pytest.mark.parametrize("kind", PATHS)
NO_PATHS = [42, 1.5, True, ["chains.npz"], {"x": 1}, io.BytesIO(), object,
            np.zeros(3)]


@pytest.fixture(scope="module")
def some():
    return run("eager", hmc(), MODEL, START, 5)


@pytest.fixture
def saved(some, tmp_path):
    path = tmp_path / "chains.npz"
    some.save(path)
    return path


@every_path
def test_chains_are_saved_loaded_and_resumed_by_every_path(some, tmp_path, kind):
    path = PATHS[kind](str(tmp_path / "chaîns.npz"))
    some.save(path)
    assert os.listdir(str(tmp_path)) == ["chaîns.npz"]
    assert_same(zs.Chains.load(path), some)
    assert_same(run("eager", hmc(), MODEL, START, 9, resume=path),
                run("eager", hmc(), MODEL, START, 9))


@pytest.mark.parametrize("place", ["session", "eager"])
def test_chains_themselves_are_resumed(some, place):
    assert run(place, hmc(), MODEL, START, 9, resume=some).n_samples == 9


@pytest.mark.parametrize("wrong", NO_PATHS, ids=lambda x: type(x).__name__)
def test_arguments_that_are_not_paths_raise_type_error(some, wrong):
    accepted = r"must be a path \(str, bytes or os.PathLike\)"
    for function in zs.Chains.load, some.save:
        with pytest.raises(TypeError, match="`path` " + accepted):
            function(wrong)
    with pytest.raises(
            TypeError, match="resume= " + accepted + " of saved Chains, or Chains"):
        run("eager", hmc(), MODEL, START, 9, resume=wrong)


# -- Files that hold no chains ----------------------------------------------------

def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return file.getvalue()


NUMBERS = {"chain_rank": 1, "n_warmup": 0, "thin": 1, "seed": 1, "n_done": 5,
           "is_complete": True}


def numbers(**changes):
    return np.array(json.dumps(dict(NUMBERS, **changes)))


def gzipped(data):
    """Without the time, which pytest's names of the cases would contain."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as compressed:
        compressed.write(data)
    return file.getvalue()


FOREIGN = {
    "text": b"epoch,bound\n1,-3.5\n", "page": b"<html>404</html>", "zero": bytes(5000),
    "pickle": pickle.dumps({"x": 1}), "gzip": gzipped(b"x" * 1000),
    "npy": npy(np.zeros(3)), "npz": npz(w=np.zeros(3)), "empty-npz": npz(),
    "zip": archive(readme="hello"), "PK": b"PK no zip",
    "object-npy": npy(np.array([{}], object)),
    "object-npz": npz(numbers=np.array({"a": 1}, object)),
    "no-json": npz(numbers=np.array("{")), "json-list": npz(numbers=np.array("[1]")),
    "json-number": npz(numbers=np.array("3")),
    "other-numbers": npz(numbers=np.array('{"epoch": 3}')),
    "no-draws": npz(numbers=numbers()),
    "bad-rank": npz(numbers=numbers(chain_rank="one"), **{"draws/x": np.zeros([5, 3])}),
    "other-lengths": npz(numbers=numbers(), **{
        "draws/x": np.zeros([5, 3]), "draws/y": np.zeros([4, 3])}),
    "half-a-state": npz(numbers=numbers(), **{
        "draws/x": np.zeros([5, 3]), "state/1": np.zeros(3)}),
}


def assert_is_named(path, match=None):
    for load in (zs.Chains.load,
                 lambda p: run("eager", hmc(), MODEL, START, 9, resume=p)):
        with pytest.raises(ValueError, match=match) as caught:
            load(path)
        assert str(path) in str(caught.value)
        assert "file that Chains.save wrote" in str(caught.value)


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_named(tmp_path, kind):
    path = tmp_path / "foreign.npz"
    path.write_bytes(FOREIGN[kind])
    assert_is_named(path, "does not hold chains|or not one of chains")


def test_an_empty_file_is_named(tmp_path):
    path = tmp_path / "empty.npz"
    path.write_bytes(b"")
    assert_is_named(path, "is empty")


@pytest.mark.parametrize("kept", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_named(saved, kept):
    data = saved.read_bytes()
    saved.write_bytes(data[:max(3, int(kept * len(data)))])
    assert_is_named(saved, "truncated, damaged")


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7])
def test_a_damaged_file_is_named(saved, place):
    data = saved.read_bytes()
    # 64 bytes, so that they cannot all be padding.
    at = int(place * len(data))
    saved.write_bytes(data[:at] + bytes(b ^ 255 for b in data[at:at + 64])
                      + data[at + 64:])
    assert_is_named(saved)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    missing = tmp_path / "missing.npz"
    with pytest.raises(FileNotFoundError, match="missing.npz"):
        zs.Chains.load(missing)
    with pytest.raises(OSError, match=tmp_path.name):
        zs.Chains.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing.npz"):
        run("eager", hmc(), MODEL, START, 9, resume=missing)


# -- Other paths of the library ---------------------------------------------------

def test_launch_takes_every_path(tmp_path, monkeypatch):
    script = tmp_path / "script.py"
    script.write_text("import sys; sys.exit(7)")
    command = [pathlib.Path(sys.executable), os.fsencode(str(script))]
    assert launch.launch(command, workers=1, restarts=0) == 7
    for wrong, match in ((str(script), "must be a list"), (script, "must be a list"),
                         ([sys.executable, 3], r"str, bytes or os.PathLike.*is 3")):
        with pytest.raises(TypeError, match=match):
            launch.launch(wrong, workers=1)
