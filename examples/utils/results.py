"""Tables and graphs of a run: CSV files, and PNG files by Matplotlib."""

import codecs
import contextlib
import csv
import os

from examples.utils.files import write_atomically
from examples.utils.optional import require_package


def prepare(args, *packages):
    """Create the result directory; check that Matplotlib and others are installed."""
    for name in ("matplotlib",) + packages:
        require_package(name)
    os.makedirs(args.result_dir, exist_ok=True)


def write_table(args, name, columns, rows):
    """Write names of columns, and rows of values, to RESULT_DIR/NAME.csv."""
    with write_atomically(os.path.join(args.result_dir, name + ".csv")) as stream:
        csv.writer(codecs.getwriter("utf-8")(stream), lineterminator="\n").writerows(
            [columns] + list(rows))


@contextlib.contextmanager
def picture(args, name, n_columns=1, width=4., height=3.):
    """Yield axes, or an array of `n_columns` axes, and write RESULT_DIR/NAME.png."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(n_columns * width, height), tight_layout=True)
    yield figure.subplots(1, n_columns)
    figure.savefig(os.path.join(args.result_dir, name + ".png"), dpi=80)
