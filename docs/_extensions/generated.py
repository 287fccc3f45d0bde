"""Write the pages and pictures that are not in the repository, before each build.

Programs of their own write them: `zhusuan.tf1`, a page of the API, cannot be imported
after TensorFlow has computed something.
"""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*arguments, **kwargs):
    """Run Python with the arguments, as a reader with this copy of the library."""
    environment = dict(os.environ, PYTHONPATH=str(ROOT), MPLBACKEND="agg")
    subprocess.run([sys.executable] + [str(argument) for argument in arguments],
                   check=True, env=environment, **kwargs)


def generate(app):
    run(Path(__file__).with_name("distribution_pages.py"))


def setup(app):
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
