"""The data sets of the examples: their sources and errors."""
import functools
import gzip

import numpy as np
import pytest
import toy_mnist
from toy_mnist import FIRST, GOOD, NAMES, PACKED, PLAIN, check_toy, load_toy, put

from examples.utils import dataset, mnist_files
from examples.utils.files import DatasetError


@pytest.fixture
def toy(monkeypatch):
    """Make the small data set known, with the given sources."""
    return functools.partial(toy_mnist.make_known, monkeypatch)


# Files that are there already

@pytest.mark.parametrize("subfolder", ["", "toy"])
@pytest.mark.parametrize("packed", [True, False])
def test_files_in_the_data_dir_are_used(toy, tmp_path, subfolder, packed):
    toy()
    put(tmp_path / subfolder,
        GOOD if packed else dict(zip(NAMES, PLAIN)))
    check_toy(load_toy(tmp_path))


def test_the_folder_of_the_data_set_comes_first(toy, tmp_path):
    toy()
    put(tmp_path, dict.fromkeys(GOOD, b"of another data set"))
    put(tmp_path / "toy", GOOD)
    check_toy(load_toy(tmp_path))


@pytest.mark.parametrize("data, reason", [
    (PACKED[0][:-9], "does not unpack"),
    (gzip.compress(PLAIN[0][:-1]), "md5"),
    (gzip.compress(PLAIN[0] + bytes(1 << 20)), "md5"),
    (PLAIN[0][:-1] + b"\xff", "md5"),
    (b"<html>404</html>", "md5"),
    (b"", "md5")],
    ids=["cut", "short", "bomb", "tampered", "page", "empty"])
def test_a_damaged_local_file_is_named(toy, tmp_path, data, reason):
    toy()
    put(tmp_path, dict(GOOD, **{FIRST: data}))
    with pytest.raises(DatasetError, match=reason) as caught:
        load_toy(tmp_path)
    assert str(tmp_path / FIRST) in str(caught.value)
    assert "Delete it" in str(caught.value)


def test_a_sum_of_the_packed_file_asks_for_the_packed_file(toy, tmp_path):
    toy(sums_of="gzip")
    put(tmp_path, GOOD)
    check_toy(load_toy(tmp_path))
    put(tmp_path / "toy", {NAMES[0]: PLAIN[0]})
    with pytest.raises(DatasetError, match="the right {} there".format(FIRST)):
        load_toy(tmp_path)


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(DatasetError, match="'minst'.*'fashion_mnist', 'mnist'"):
        dataset.load_mnist(str(tmp_path), "minst")


@pytest.mark.parametrize("content", [
    b"\0\0\x08\x01" + PLAIN[0][4:], PLAIN[0][:-1], PLAIN[2]],
    ids=["rank", "length", "test images"])
def test_parse_idx_rejects_other_shapes(content):
    with pytest.raises(DatasetError, match="expected header"):
        mnist_files.parse_idx(content, toy_mnist.toy_files()[0])


# The real thing

def test_the_real_mnist(data_dir):
    data = dataset.load_mnist(data_dir, progress=False)
    assert [a.shape for a in data] == [(60000, 784), (60000,), (10000, 784), (10000,)]
    assert [a.dtype for a in data] == [np.float32, np.int32] * 2
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    # Counts of the digits 0 to 9 in the test set, as published with it.
    np.testing.assert_array_equal(
        np.bincount(data.t_test),
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    # Mean grey value of the training set, 33.32 of 255, as widely quoted.
    np.testing.assert_allclose(data.x_train.mean(dtype=np.float64), 0.1307, atol=5e-5)


def test_pixel_scale(data_dir):
    x = dataset.load_mnist(data_dir, progress=False, pixel_scale=256).x_test
    assert x.max() == 255 / 256


# Preparation of the data

def test_binarize_is_seeded_and_does_not_depend_on_chunks(monkeypatch):
    x = np.random.RandomState(0).random_sample([10, 7])
    expected = np.random.RandomState(3).random_sample([10, 7]) < x
    for rows in (3, 10, 4096):
        monkeypatch.setattr(dataset, "BINARIZE_ROWS", rows)
        binary = dataset.binarize(x, 3)
        assert binary.dtype == np.int32
        np.testing.assert_array_equal(binary, expected)
    rng = np.random.RandomState(3)
    np.testing.assert_array_equal(dataset.binarize(x, rng), expected)
    assert (dataset.binarize(x, rng) != expected).any()


def test_binarize_has_the_right_means():
    x = np.tile(np.array([0, 0.1, 0.5, 0.9, 1], np.float32), [20000, 1])
    means = dataset.binarize(x, 1).mean(0)
    assert means[0] == 0
    assert means[-1] == 1
    # Five standard errors: one seed in 500,000 fails.
    np.testing.assert_allclose(means, x[0], atol=5 * 0.5 / np.sqrt(20000))


@pytest.mark.parametrize("bad", [[255.], [-0.1], [np.nan]])
def test_binarize_rejects_values_outside_0_and_1(bad):
    with pytest.raises(ValueError, match="divide pixels by 255"):
        dataset.binarize(bad, 0)


def test_labels_are_chosen_alike_in_all_classes():
    labels = np.array([3, 1, 7, 1, 3, 3, 7, 7, 7, 1], np.int32)
    chosen = dataset.choose_labelled(labels, 6, 0)
    assert len(set(chosen)) == 6  # none twice
    assert sorted(labels[chosen]) == [1, 1, 3, 3, 7, 7]
    np.testing.assert_array_equal(chosen, dataset.choose_labelled(labels, 6, 0))
    assert set(dataset.choose_labelled(labels, 6, 1)) != set(chosen)


@pytest.mark.parametrize("n", [0, 7, 12])
def test_unsuitable_numbers_of_labels_raise(n):
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2], np.int32)
    with pytest.raises(dataset.DatasetError, match="multiple of 3 up to 9.*--labels"):
        dataset.choose_labelled(labels, n, 0)


def test_to_one_hot():
    np.testing.assert_array_equal(
        dataset.to_one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    assert dataset.to_one_hot(np.array([], np.int32), 3).shape == (0, 3)


@pytest.mark.parametrize("bad", [[3], [-1], [0.5]])
def test_to_one_hot_rejects_invalid_labels(bad):
    with pytest.raises(ValueError, match=r"0\.\.2"):
        dataset.to_one_hot(bad, 3)
