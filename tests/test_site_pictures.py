"""The build of the site makes pictures by running pages and examples."""
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

EXTENSIONS = Path(__file__).resolve().parent.parent / "docs" / "_extensions"


@pytest.fixture()
def generated(tmp_path):
    names = runpy.run_path(str(EXTENSIONS / "generated.py"))
    write = names["write_picture"]
    write.__globals__.update(
        ROOT=tmp_path, IMAGES=tmp_path, PICTURES={"a.png": ("page.md", "saved.png")})
    (tmp_path / "page.md").write_text(
        "```python\nwith open('saved.png', 'w') as file:\n"
        "    file.write('picture')\n```\n")
    return names


def test_a_picture_is_the_file_that_the_page_saves(generated, tmp_path):
    generated["write_picture"]("a.png")
    assert (tmp_path / "a.png").read_text() == "picture"


def test_a_picture_newer_than_its_page_is_kept(generated, tmp_path):
    (tmp_path / "a.png").write_text("old")
    os.utime(str(tmp_path / "page.md"), (1., 1.))
    generated["write_picture"]("a.png")
    assert (tmp_path / "a.png").read_text() == "old"


def test_an_interrupted_copy_keeps_the_old_picture(generated, tmp_path, monkeypatch):
    def copy_half(source, target):
        Path(target).write_text("pic")
        raise KeyboardInterrupt

    (tmp_path / "a.png").write_text("old")
    os.utime(str(tmp_path / "a.png"), (1., 1.))
    monkeypatch.setattr("shutil.copyfile", copy_half)
    with pytest.raises(KeyboardInterrupt):
        generated["write_picture"]("a.png")
    assert (tmp_path / "a.png").read_text() == "old"


def test_a_failing_page_is_an_error_with_its_output(generated, tmp_path):
    (tmp_path / "page.md").write_text("```python\nraise ValueError('reason')\n```\n")
    with pytest.raises(RuntimeError, match="(?s)page_pictures.py failed.*reason"):
        generated["write_picture"]("a.png")


def test_images_are_tiled_in_rows():
    tiled = runpy.run_path(str(EXTENSIONS / "page_pictures.py"))["tiled"]
    image = tiled(np.arange(4.)[:, None, None] * np.ones([4, 2, 3]), n_columns=2)
    assert image.shape == (8, 10)
    assert image[1, 1] == 0. and image[1, 6] == 1. and image[5, 1] == 2.
    assert image[0, 0] == 0.5
