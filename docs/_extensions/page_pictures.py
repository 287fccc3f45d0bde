"""Run the last program of a page, which may save pictures in the current folder.

    python page_pictures.py PAGE

If the program leaves an array `images`, the file images.png shows it.
"""
import runpy
import sys
from pathlib import Path

import numpy as np
from matplotlib.image import imsave

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "tests"))

import markdown_code  # noqa: E402  needs the path above


def tiled(images, n_columns=8):
    """One image of all `images`, an array `[n, height, width]`, with gray borders."""
    bordered = np.pad(images, [(0, 0), (1, 1), (1, 1)], constant_values=0.5)
    rows = np.reshape(bordered, (-1, n_columns) + bordered.shape[1:])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)


def main(page):
    blocks = markdown_code.programs(Path(page).read_text(encoding="utf-8"))[-1]
    # AutoGraph reads the source of functions.
    Path("page.py").write_text("\n".join(blocks), encoding="utf-8")
    names = runpy.run_path("page.py", run_name="__main__")
    if "images" in names:
        image = np.kron(tiled(np.asarray(names["images"])), np.ones([2, 2]))
        imsave("images.png", image, cmap="gray", vmin=0., vmax=1.)


if __name__ == "__main__":
    main(sys.argv[1])
