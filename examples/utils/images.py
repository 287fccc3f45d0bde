"""MNIST images of a run, grids of images in PNG files, and paths between latents."""

import numpy as np

from examples.utils import dataset
from examples.utils.optional import find_package


def load(args):
    """Load training images in [0, 1], labels, binary test images, and labels."""
    data = dataset.load_mnist(args.data_dir, args.dataset)
    if getattr(args, "validate", False):  # the last images replace the test images
        n = len(data.x_train) * 5 // 6
        data = dataset.Dataset(data.x_train[:n], data.t_train[:n],
                               data.x_train[n:], data.t_train[n:])
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    return (data.x_train[:n_train], data.t_train[:n_train],
            dataset.binarize(data.x_test[:n_test], args.seed), data.t_test[:n_test])


def save_grid(images, path, shape=None, side=28):
    """Write a grid of `shape` (rows, columns), by default a square, to a PNG file.

    :param images: Pixels of gray images, `side` by `side` each, with values in [0, 1].
    """
    images = np.rint(np.reshape(images, [-1, side, side]) * 255).astype(np.uint8)
    rows, columns = shape or [int(np.ceil(np.sqrt(len(images))))] * 2
    grid = np.zeros([rows * columns, side, side], np.uint8)
    grid[:len(images)] = images
    grid = grid.reshape([rows, columns, side, side]).swapaxes(1, 2)
    if find_package("PIL", "pictures of images"):
        from PIL import Image
        Image.fromarray(grid.reshape([rows * side, columns * side])).save(path)


def walk(begin, end, n):
    """Points from one draw of N(0, I) to another on an arc of the same distribution."""
    return [np.cos(angle) * begin + np.sin(angle) * end
            for angle in np.linspace(0., np.pi / 2, n)]
