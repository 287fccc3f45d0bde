"""Ratings of movies by users: MovieLens 100K (Harper and Konstan, 2015)."""

import collections
import io
import zipfile

import numpy as np

from examples.utils import known_file
from examples.utils.download import Mirror
from examples.utils.files import DatasetError, parsing
from examples.utils.known_file import SYNTHETIC, Form, KnownFile

N_USERS, N_MOVIES = 943, 1682
# The sum is the one that TensorFlow Datasets has.
_ARCHIVE = Form(
    (KnownFile(("ml-100k.zip",),
               "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"),),
    [Mirror("https://files.grouplens.org/datasets/movielens/")])


#: users, movies: int32 `[n]`, from 0 on; ratings: float32 `[n]`, 1 to 5.
Ratings = collections.namedtuple("Ratings", "users movies ratings")


def load(data_dir, fold=1, progress=True):
    """Training and test set, of the five that the authors give.

    :param data_dir: The directory of the archive, which is downloaded at the first
        call. It is free for research, but must not be passed on.
    :param fold: int in 1..5.
    :return: Two :class:`Ratings`, of 80,000 and 20,000.
    :raises DatasetError: The archive is damaged, or cannot be had.
    :raises UnwritableDirError: A download cannot be written to `data_dir`.
    """
    _, (data,) = known_file.obtain(
        "ml-100k", [_ARCHIVE], data_dir, progress, SYNTHETIC)
    with parsing("ml-100k.zip"), zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [_parse(archive, "ml-100k/u{}.{}".format(fold, part))
                for part in ("base", "test")]


def _parse(archive, name):
    try:
        text = archive.read(name).decode("ascii")
    except KeyError:
        raise DatasetError("ml-100k.zip has no member {}.".format(name)) from None
    table = np.loadtxt(io.StringIO(text), dtype=np.int32, ndmin=2)
    return Ratings(table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float32))


def synthetic(seed, n_users=60, n_movies=40, n_ratings=1500, dim=2, noise=0.5):
    """Made-up ratings of low rank: training set, and test set of a fifth.

    :return: Two :class:`Ratings`.
    """
    rng = np.random.RandomState(seed)
    pairs = rng.choice(n_users * n_movies, n_ratings, replace=False)
    users, movies = (pairs // n_movies).astype(np.int32), (
        pairs % n_movies).astype(np.int32)
    tastes = rng.randn(n_users, dim), rng.randn(n_movies, dim)
    ratings = 3. + np.sum(tastes[0][users] * tastes[1][movies], axis=1) / dim ** 0.5
    ratings = np.clip(np.rint(ratings + noise * rng.randn(n_ratings)), 1., 5.)
    n_train = n_ratings * 4 // 5
    data = Ratings(users, movies, ratings.astype(np.float32))
    return Ratings(*[x[:n_train] for x in data]), Ratings(*[x[n_train:] for x in data])
