"""Tables of the examples: standard splits, ratings, word counts."""
import io
import json
import os
import types
import zipfile
from hashlib import sha256

import numpy as np
import pytest
from toy_mnist import put

from examples.utils import tables
from examples.utils.files import DatasetError


def split_args(data_dir, name, *splits):
    return types.SimpleNamespace(
        data_dir=str(data_dir), dataset=name, splits=splits, smoke=False, seed=1)


@pytest.mark.parametrize("separator", [" ", ","])
def test_tables_may_be_separated_by_commas(monkeypatch, tmp_path, separator):
    table = np.random.RandomState(0).randint(0, 100, [20, 3])
    text = "\n".join(separator.join(map(str, row)) for row in table).encode()
    monkeypatch.setitem(tables.UCI, "toy", tables.KnownFile(
        ("toy.txt",), (sha256(text).hexdigest(),), ()))
    put(tmp_path, {"toy.txt": text})
    split, = tables.load_splits(split_args(tmp_path, "toy", "3"))
    y_test = split.y_mean + split.y_std * split.y_test
    np.testing.assert_allclose(
        y_test, table[tables.standard_splits(20)[3][1], -1], rtol=1e-5)


@pytest.mark.parametrize("name, known", [("boston", "bostonHousing"),
                                         ("concrete", "concrete")])
def test_splits_are_the_standard_ones(data_dir, name, known):
    folder = os.path.join(data_dir, "uci")
    with open(os.path.join(folder, known + "_splits.json")) as stream:
        published = json.load(stream)
    table = np.loadtxt(os.path.join(folder, known + ".txt"))
    splits = tables.standard_splits(len(table))
    assert [test.tolist() for _, test in splits] == published
    for train, test in splits:
        assert sorted(np.concatenate([train, test])) == list(range(len(table)))
    loaded = tables.load_splits(split_args(folder, name, "all"))
    for split, rows in zip(loaded, published):
        np.testing.assert_allclose(
            split.y_mean + split.y_std * split.y_test, table[rows, -1], rtol=1e-5)


def test_scores_are_in_the_units_of_the_data():
    table = np.column_stack([np.arange(10.), 3. * np.arange(10.) + 2.])
    split = tables.standardize(table, 0, np.arange(8), np.arange(8, 10))
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


def test_chosen_splits_of_synthetic_data_are_loaded():
    args = split_args("", "boston", "3", "0")
    args.smoke = True
    assert [split.number for split in tables.load_splits(args)] == [3, 0]
    np.testing.assert_array_equal(
        tables.load_splits(args)[0].x_train, tables.load_splits(args)[0].x_train)
    args.splits = ["all"]
    assert [split.number for split in tables.load_splits(args)] == list(range(20))


def test_movielens_is_parsed(monkeypatch, tmp_path):
    matrix = np.random.RandomState(0).randint(0, 6, [7, 9])  # 0: no rating
    users, movies = np.nonzero(matrix)
    lines = ["%d\t%d\t%d\t8740\n" % (user + 1, movie + 1, matrix[user, movie])
             for user, movie in zip(users, movies)]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ml-100k/u2.base", "".join(lines[1:]))
        archive.writestr("ml-100k/u2.test", lines[0])
    monkeypatch.setattr(tables, "MOVIELENS", tables.KnownFile(
        ("ml-100k.zip",), (sha256(file.getvalue()).hexdigest(),), ()))
    put(tmp_path, {"ml-100k.zip": file.getvalue()})
    loaded = np.zeros_like(matrix)
    for part, n in zip(tables.load_ratings(str(tmp_path), 2), [len(lines) - 1, 1]):
        assert len(part.users) == n
        assert part.ratings.dtype == np.float32
        loaded[part.users, part.movies] = part.ratings
    np.testing.assert_array_equal(loaded, matrix)


def corpus_args(data_dir, n_test, smoke=False):
    return types.SimpleNamespace(
        data_dir=str(data_dir), n_test=n_test, seed=0, smoke=smoke, topics=3)


def test_reuters_is_parsed(monkeypatch, tmp_path):
    files = {"reuters.ldac": b"2 0:1 3:2\n1 1:5\n1 2:7\n",
             "reuters.tokens": b"a\nb\nc\nd\n"}
    put(tmp_path, files)
    monkeypatch.setattr(tables, "REUTERS", [
        tables.KnownFile((name,), (sha256(data).hexdigest(),), ())
        for name, data in files.items()])
    x_train, x_test, words = tables.load_corpus(corpus_args(tmp_path, n_test=1))
    assert words == ["a", "b", "c", "d"]
    assert (len(x_train), len(x_test)) == (2, 1)
    counts = np.concatenate([x_train, x_test])
    assert counts.dtype == np.float32
    assert sorted(counts.tolist()) == [[0, 0, 7, 0], [0, 5, 0, 0], [1, 0, 0, 2]]
    with pytest.raises(DatasetError, match="3 of 3 stories.*--n-test"):
        tables.load_corpus(corpus_args(tmp_path, n_test=3))


def test_synthetic_stories_have_100_words_of_few_topics():
    x_train, x_test, words = tables.load_corpus(corpus_args("", 10, smoke=True))
    assert (x_train.shape, x_test.shape, len(words)) == ((90, 50), (10, 50), 50)
    counts = np.concatenate([x_train, x_test])
    np.testing.assert_array_equal(counts.sum(axis=1), 100.)
    squares = np.cumsum(np.linalg.svd(counts, compute_uv=False) ** 2)
    assert squares[2] > 0.9 * squares[-1]
