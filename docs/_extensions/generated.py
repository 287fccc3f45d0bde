"""Write the pages and pictures that are not in the repository, before each build.

Programs of their own write them: `zhusuan.tf1`, a page of the API, cannot be imported
after TensorFlow has computed something. Pictures of models that train for minutes, or
that require a download, are in the repository.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
IMAGES = ROOT / "docs" / "images"
# The page or example that makes a picture of docs/images, and the file that it writes.
PICTURES = {
    "bnn.png": ("docs/tutorials/bnn.md", "bnn.png"),
    "eight_schools_posterior.png": (
        "examples/toy_examples/eight_schools.py", "posterior.png"),
    "quick_start.png": ("docs/quick-start.md", "line.png"),
    "toy2d_posterior.png": (
        "examples/toy_examples/toy2d_intractable.py", "posterior.png"),
    "vae_ellipses.png": ("docs/tutorials/vae.md", "images.png"),
}


def run(*arguments, folder=ROOT):
    """Run Python with the arguments, as a reader with this copy of the library."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), MPLBACKEND="agg")
    done = subprocess.run(
        [sys.executable] + [str(argument) for argument in arguments], text=True,
        cwd=str(folder), env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError("%s failed:\n%s" % (arguments[0], done.stdout))


def write_picture(name):
    """Run the page or example that makes a picture, unless it did not change."""
    source, file = ROOT / PICTURES[name][0], PICTURES[name][1]
    picture = IMAGES / name
    if picture.exists() and picture.stat().st_mtime > source.stat().st_mtime:
        return
    with tempfile.TemporaryDirectory() as folder:
        if source.suffix == ".md":
            run(FOLDER / "page_pictures.py", source, folder=folder)
        else:
            run(source, "--seed", 1, "--result-dir", folder)
        part = picture.with_name(picture.name + ".part")  # for os.replace: one disk
        shutil.copyfile(str(Path(folder) / file), str(part))
        os.replace(str(part), str(picture))


def generate(app):
    run(FOLDER / "distribution_pages.py")
    for name in PICTURES:
        write_picture(name)


def setup(app):
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
