"""Tables of the UCI repository: where they come from, and how they are split."""
import hashlib
import json
import os

import numpy as np
import pytest

from examples.utils import download, uci
from examples.utils.files import DatasetError
from examples.utils.known_file import Form, KnownFile

ROWS = b"1 2 3\n4 5 6\n"


@pytest.fixture
def toy(monkeypatch):
    """A table of two rows, that can be downloaded nowhere."""
    file = KnownFile(("toy.txt", "other.txt"), hashlib.sha256(ROWS).hexdigest())
    monkeypatch.setitem(uci.TABLES, "toy", [Form((file,), ())])


@pytest.mark.parametrize("place", ["toy.txt", "other.txt", "toy/toy.txt"])
def test_an_existing_file_is_read(toy, tmp_path, place):
    (tmp_path / "toy").mkdir()
    (tmp_path / place).write_bytes(ROWS)
    np.testing.assert_array_equal(
        uci.load("toy", str(tmp_path)), [[1., 2., 3.], [4., 5., 6.]])


def test_a_damaged_file_raises(toy, tmp_path):
    (tmp_path / "toy.txt").write_bytes(ROWS + b"7 8 9\n")
    with pytest.raises(DatasetError, match="toy.txt is damaged.*Delete it"):
        uci.load("toy", str(tmp_path))


def test_an_unavailable_file_is_named(toy, tmp_path):
    with pytest.raises(DatasetError, match="no data set toy. It is nowhere.*--smoke"):
        uci.load("toy", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_download_is_kept_if_its_sum_is_right(monkeypatch, tmp_path, capsys):
    offered = {"http://one/t.txt": b"wrong", "http://two/t.txt": ROWS}
    monkeypatch.setattr(download, "fetch", lambda address, *_: offered[address])
    file = KnownFile(("t.txt",), hashlib.sha256(ROWS).hexdigest())
    mirrors = [download.Mirror(address) for address in ("http://one/", "http://two/")]
    monkeypatch.setitem(uci.TABLES, "toy", [Form((file,), mirrors)])
    assert uci.load("toy", str(tmp_path)).shape == (2, 3)
    assert "t.txt from http://one/ is damaged" in capsys.readouterr().err
    assert (tmp_path / "toy" / "t.txt").read_bytes() == ROWS
    offered.clear()  # not asked again
    assert uci.load("toy", str(tmp_path)).shape == (2, 3)


@pytest.mark.parametrize("name, known", [("boston", "bostonHousing"),
                                         ("concrete", "concrete")])
def test_splits_are_the_standard_ones(data_dir, name, known):
    folder = os.path.join(data_dir, "uci")
    table = uci.load(name, folder)
    with open(os.path.join(folder, known + "_splits.json")) as stream:
        published = json.load(stream)
    splits = uci.standard_splits(len(table))
    assert [test.tolist() for _, test in splits] == published
    for train, test in splits:
        assert sorted(np.concatenate([train, test])) == list(range(len(table)))


def test_scores_are_in_the_units_of_the_data():
    table = np.column_stack([np.arange(10.), 3. * np.arange(10.) + 2.])
    split = uci.standardize(table, 0, np.arange(8), np.arange(8, 10))
    np.testing.assert_allclose(split.x_train.mean(), 0., atol=1e-6)
    np.testing.assert_allclose(split.y_train.std(), 1., rtol=1e-6)
    np.testing.assert_allclose(
        split.y_test * split.y_std + split.y_mean, [26., 29.], rtol=1e-6)
    # Predicting the mean of the training set, with the density N(12.5, 2^2)
    errors = np.array([13.5, 16.5])
    density = -0.5 * (errors / 2.) ** 2 - np.log(2. * np.sqrt(2. * np.pi))
    rmse, score = split.score(np.zeros(2), density + np.log(split.y_std))
    assert rmse == pytest.approx(np.sqrt(np.mean(errors ** 2)), rel=1e-6)
    assert score == pytest.approx(density.mean(), rel=1e-6)


def test_synthetic_data_are_a_function_of_the_seed():
    np.testing.assert_array_equal(uci.synthetic(1), uci.synthetic(1))
    assert np.any(uci.synthetic(1) != uci.synthetic(2))
