"""Grids of images, and paths between latents."""
import types

import numpy as np
import pytest

from examples.utils import dataset, images


def read_png(path):
    from matplotlib.image import imread
    return np.rint(imread(str(path)) * 255).astype(np.uint8)


def test_validation_images_are_held_out_of_the_training_images(monkeypatch):
    x, t = np.eye(12, dtype=np.float32), np.arange(12)
    monkeypatch.setattr(dataset, "load_mnist", lambda *_: dataset.Dataset(
        x, t, 1. - x, t + 100))
    args = {"data_dir": "", "dataset": "mnist", "smoke": False, "seed": 1}
    loaded = images.load(types.SimpleNamespace(validate=True, **args))
    for part, expected in zip(loaded, [x[:10], t[:10], x[10:], t[10:]]):
        np.testing.assert_array_equal(part, expected)
    loaded = images.load(types.SimpleNamespace(**args))
    np.testing.assert_array_equal(loaded[2], 1. - x)


@pytest.mark.parametrize("shape", [[5, 2, 2], [5, 4], [1, 5, 2, 2, 1]])
def test_grid_has_the_images_row_by_row(tmp_path, shape):
    pixels = np.linspace(0, 1, 20)
    images.save_grid(pixels.reshape(shape), str(tmp_path / "grid.png"), (2, 3), side=2)
    rows = np.rint(pixels * 255).reshape([5, 2, 2])
    np.testing.assert_array_equal(read_png(tmp_path / "grid.png"), np.vstack([
        np.hstack(rows[:3]), np.hstack([rows[3], rows[4], np.zeros([2, 2])])]))


def test_grid_is_square_by_default(tmp_path):
    images.save_grid(np.zeros([10, 28 * 28]), str(tmp_path / "grid.png"))
    assert read_png(tmp_path / "grid.png").shape == (4 * 28, 4 * 28)


def test_too_many_images_raise(tmp_path):
    with pytest.raises(ValueError):
        images.save_grid(np.zeros([4, 28, 28]), str(tmp_path / "grid.png"), (1, 3))


def test_walk_keeps_the_distribution():
    """Variances of 10000 draws have a standard error of 0.014; bounds are 5 of them."""
    begin, end = np.random.RandomState(0).normal(size=[2, 10000])
    points = images.walk(begin, end, 4)
    np.testing.assert_allclose(points[0], begin)
    np.testing.assert_allclose(points[-1], end, atol=1e-12)
    np.testing.assert_allclose(np.var(points, axis=1), 1., atol=0.07)
