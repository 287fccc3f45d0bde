"""Many small images in one PNG file."""

import numpy as np

from examples.utils.files import write_atomically
from examples.utils.optional import find_package


def save_image_collections(images, name, shape=None):
    """Write images side by side, row by row, to a PNG file.

    :param images: Array `[n, height, width]`, `[n, height, width, 1]` (grey)
        or `[n, height, width, 3]` (red, green, blue), values in [0, 1], or
        uint8.
    :param name: The name of the file: str, bytes or `os.PathLike`. It
        appears in full or not at all.
    :param shape: `(rows, columns)` of the grid; the least square that holds
        all images where it is None. Places left over are black.
    :raises ValueError: Images of another shape or range, or more of them
        than the grid holds.

    Without the package Pillow no file is written.
    """
    pixels = _to_uint8(np.asarray(images))
    if pixels.ndim == 3:
        pixels = pixels[..., np.newaxis]
    grid = _tile(pixels, shape or _square(len(pixels)))
    if grid.shape[-1] == 1:
        grid = grid[..., 0]
    if find_package("PIL") is None:
        return
    from PIL import Image

    with write_atomically(name) as stream:
        Image.fromarray(grid).save(stream, format="PNG")


def _to_uint8(images):
    if images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(
            "save_image_collections: images have shape {}, expected [n, height"
            ", width], [n, height, width, 1] or [n, height, width, 3]; "
            "reshape them first.".format(images.shape))
    if images.dtype == np.uint8:
        return images
    if images.size and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            "save_image_collections: images have values from {} to {}, "
            "expected [0, 1]; rescale them first.".format(
                images.min(), images.max()))
    return np.rint(images * 255).astype(np.uint8)


def _square(n):
    side = int(np.ceil(np.sqrt(n)))
    return side, side


def _tile(pixels, shape):
    """`[n, h, w, c]` to `[rows * h, columns * w, c]`."""
    rows, columns = shape
    n, height, width, channels = pixels.shape
    if n == 0 or n > rows * columns:
        raise ValueError(
            "save_image_collections: {} images were given, expected at least "
            "one and at most {} x {}, the shape of the grid.".format(
                n, rows, columns))
    grid = np.zeros((rows * columns,) + pixels.shape[1:], np.uint8)
    grid[:n] = pixels
    grid = grid.reshape([rows, columns, height, width, channels])
    return grid.transpose([0, 2, 1, 3, 4]).reshape(
        [rows * height, columns * width, channels])
