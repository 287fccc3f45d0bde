"""Tables and graphs of a run: CSV files, and PNG files by Matplotlib."""

import contextlib
import csv
import io
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
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([columns] + list(rows))
    with write_atomically(os.path.join(args.result_dir, name + ".csv")) as stream:
        stream.write(text.getvalue().encode("utf-8"))


@contextlib.contextmanager
def picture(args, name, n_columns=1, width=4., height=3.):
    """Yield axes, or an array of `n_columns` axes, and write RESULT_DIR/NAME.png."""
    require_package("matplotlib")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(n_columns * width, height))
    yield figure.subplots(1, n_columns)
    figure.tight_layout()
    figure.savefig(os.path.join(args.result_dir, name + ".png"), dpi=80)
