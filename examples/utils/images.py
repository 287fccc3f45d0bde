"""MNIST images of a run, grids of images in PNG files, and paths between latents."""

import numpy as np

from examples.utils import dataset
from examples.utils.optional import find_package


def load(args):
    """Load MNIST, with binarized test images; a part of it if `args.smoke` is true.

    :return: Training images in [0, 1], their labels, test images, their labels.
    """
    data = dataset.load_mnist(args.data_dir, args.dataset)
    n_train, n_test = (1000, 100) if args.smoke else (None, None)
    return (data.x_train[:n_train], data.t_train[:n_train],
            dataset.binarize(data.x_test[:n_test], args.seed), data.t_test[:n_test])


def save_grid(images, name, shape=None, side=28):
    """Write a grid of square gray images to a PNG file; skip it without Pillow.

    :param images: Array of any shape with the pixels of n images, values in [0, 1].
    :param name: The path of the file.
    :param shape: `(rows, columns)` of the grid; by default, the smallest square that
        holds all images. Unused places are black.
    :param side: The width and the height of an image in pixels.
    """
    images = np.rint(np.reshape(images, [-1, side, side]) * 255).astype(np.uint8)
    rows, columns = shape or [int(np.ceil(np.sqrt(len(images))))] * 2
    grid = np.zeros([rows * columns, side, side], np.uint8)
    grid[:len(images)] = images
    grid = grid.reshape([rows, columns, side, side]).swapaxes(1, 2)
    if find_package("PIL", "pictures of images"):
        from PIL import Image
        Image.fromarray(grid.reshape([rows * side, columns * side])).save(name)


def walk(begin, end, n):
    """Points on an arc between two arrays, including both ends.

    If the ends are independent draws of N(0, I), so is each point. A straight line
    would cross a region of low density under the prior.
    """
    return [np.cos(angle) * begin + np.sin(angle) * end
            for angle in np.linspace(0., np.pi / 2, n)]
