"""Regression on small tables: data sets of the UCI repository, and standard splits.

The splits are those of Hernandez-Lobato and Adams, "Probabilistic backpropagation
for scalable learning of Bayesian neural networks" (2015): twenty permutations of the
rows by numpy's seed 1, the last tenth of each being the test set.
"""

import collections
import io

import numpy as np

from examples.utils import known_file, results, script
from examples.utils.download import Mirror, Package
from examples.utils.files import parsing
from examples.utils.known_file import SYNTHETIC, Form, KnownFile

N_SPLITS = 20
N_SYNTHETIC, SYNTHETIC_DIM = 150, 5

# Boston housing as UCI had it, and the same numbers in a package.
_BOSTON = [
    Form((KnownFile(
        ("housing.data", "bostonHousing.txt"),
        "baadf72995725d76efe787b664e1f083388c79ba21ef9a7990d87f774184735a"),), [
            Mirror("https://archive.ics.uci.edu/ml/machine-learning-databases/"
                   "housing/"),
            Mirror("https://paddlemodels.bj.bcebos.com/uci_housing/")]),
    Form((KnownFile(
        ("boston_housing.csv",),
        "8594f084258ead302f20a7479463f7a7584d33fe00042d442a7101530c8b46de"),), [
            Package("mlxtend==0.23.4", "mlxtend/data/data/")])]
# UCI has the strength of concrete as a spreadsheet only.
_CONCRETE = [Form((KnownFile(
    ("concrete.txt",),
    "43d290fd2c2a399ad7e62c45cab5337ba94ece69ebdcf5875aa668cb886243de"),), [])]
TABLES = {"boston": _BOSTON, "concrete": _CONCRETE}


class Split(collections.namedtuple(
        "Split", "number x_train y_train x_test y_test y_mean y_std")):
    """Training and test set; x and y have mean 0 and variance 1 in training.

    :param number: Which of the standard splits it is.
    :param x_train: float32 `[n_train, d]`; and `x_test` `[n_test, d]`.
    :param y_train: float32 `[n_train]`; and `y_test` `[n_test]`.
    :param y_mean: float, what was subtracted from y.
    :param y_std: float, what y was divided by then.
    """

    def score(self, y_mean, log_density):
        """RMSE and mean log density of the test set, in the units of the data.

        :param y_mean: Predicted means `[n_test]`, in units of `y_test`.
        :param log_density: Predictive log densities of `y_test`, `[n_test]`.
        :return: Two floats.
        """
        rmse = np.sqrt(np.mean((y_mean - self.y_test) ** 2)) * self.y_std
        return float(rmse), float(np.mean(log_density) - np.log(self.y_std))


def add_options(parser):
    """The options that choose data: --dataset, --data-dir, --splits."""
    option = parser.add_argument
    option("--dataset", choices=sorted(TABLES), default="boston", help="the table")
    option("--data-dir", default="data",
           help="where the data set is, or is downloaded to")
    option("--splits", type=split_number, nargs="+", default=[0], metavar="SPLIT",
           help="which of the standard splits 0 to 19 to run, one after another; or "
                "the word all")


def split_number(text):
    """The type of --splits: a number, or "all"."""
    if text == "all":
        return text
    value = int(text)
    if not 0 <= value < N_SPLITS:
        raise script.argparse.ArgumentTypeError(
            "{} was given, expected a split in 0..{}, or all".format(
                text, N_SPLITS - 1))
    return value


def load_splits(args):
    """A list of :class:`Split`, by the options; --smoke makes its own data."""
    table = synthetic(args.seed) if args.smoke else load(args.dataset, args.data_dir)
    numbers = range(N_SPLITS) if "all" in args.splits else args.splits
    rows = standard_splits(len(table))
    return [standardize(table, number, *rows[number]) for number in numbers]


def load(name, data_dir, progress=True):
    """A table, downloaded at the first call where it can be.

    :param name: "boston" or "concrete".
    :param data_dir: The directory of the files.
    :param progress: Whether to show how far a download is.
    :return: float64 `[n, d + 1]`, the target last.
    :raises DatasetError: A damaged file, or no source reached.
    :raises UnwritableDirError: A download cannot be written to `data_dir`.
    """
    form, (data,) = known_file.obtain(
        name, TABLES[name], data_dir, progress, SYNTHETIC)
    file_name = form.files[0].names[0]
    with parsing(file_name):
        return parse_table(data, "," if file_name.endswith(".csv") else None)


def parse_table(data, delimiter=None):
    """A table of numbers from the bytes of a text file.

    :param delimiter: A str between the columns; None for any white space.
    :return: float64 `[n, d + 1]`, of at least one row and two columns.
    :raises ValueError: The bytes are no such table.
    """
    text = data.decode("ascii")
    if not text.strip():
        raise ValueError("it has no rows")
    table = np.loadtxt(io.StringIO(text), delimiter=delimiter, ndmin=2)
    if table.shape[0] < 1 or table.shape[1] < 2 or not np.isfinite(table).all():
        raise ValueError("its shape is {}; expected finite numbers in two columns at "
                         "least".format(table.shape))
    return table


def synthetic(seed):
    """A made-up table: a curved function of some of the columns, and noise.

    :return: float64 `[n, d + 1]`, the target last.
    """
    rng = np.random.RandomState(seed)
    x = rng.randn(N_SYNTHETIC, SYNTHETIC_DIM)
    y = 5. + 3. * x[:, 0] - 2. * np.abs(x[:, 1]) + 0.5 * rng.randn(N_SYNTHETIC)
    return np.column_stack([x, y])


def standard_splits(n):
    """A list of pairs of arrays: rows of the training set, and of the test set."""
    rng = np.random.RandomState(1)
    n_train = int(round(0.9 * n))
    orders = [rng.choice(n, n, replace=False) for _ in range(N_SPLITS)]
    return [(order[:n_train], order[n_train:]) for order in orders]


def standardize(table, number, train, test):
    """The :class:`Split` of these rows of the table."""
    x, y = table[:, :-1], table[:, -1]
    x_mean, x_std = x[train].mean(axis=0), x[train].std(axis=0)
    y_mean, y_std = y[train].mean(), y[train].std()
    x = ((x - x_mean) / np.where(x_std > 0, x_std, 1.)).astype(np.float32)
    y = ((y - y_mean) / y_std).astype(np.float32)
    return Split(number, x[train], y[train], x[test], y[test], y_mean, y_std)


def report(args, splits, scores):
    """Print the means over the splits, and write splits.csv."""
    results.write_table(args, "splits", ["split", "rmse", "log_density"], [
        (split.number,) + score for split, score in zip(splits, scores)])
    means = np.mean(scores, axis=0)
    errors = np.std(scores, axis=0) / np.sqrt(len(scores))
    print("Mean of {} splits: RMSE {:.3f} +- {:.3f}, log density {:.3f} +- "
          "{:.3f}".format(len(scores), means[0], errors[0], means[1], errors[1]))


def draw_predictions(args, split, y_mean, y_samples):
    """Draw predictions.png: bands of 90 % of new observations, and the test set.

    :param y_mean: Predicted means `[n_test]`.
    :param y_samples: Samples of the predictive distribution, `[n_samples, n_test]`.
    """
    order = np.argsort(y_mean)
    to_units = lambda y: y[order] * split.y_std + split.y_mean  # noqa: E731
    low, high = map(to_units, np.quantile(y_samples, [0.05, 0.95], axis=0))
    places = np.arange(len(order))
    with results.picture(args, "predictions", width=5.) as ax:
        ax.fill_between(places, low, high, color="lightblue", label="90 %")
        ax.plot(places, to_units(y_mean), color="blue", label="mean")
        ax.plot(places, to_units(split.y_test), "k.", label="test data")
        ax.set(xlabel="test data, by predicted mean", ylabel="target")
        ax.legend()
