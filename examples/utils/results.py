"""What a run of a small model leaves: numbers in CSV files and pictures."""

import contextlib
import csv
import io
import os

from examples.utils import files, script
from examples.utils.optional import find_package, require_package


def option_parser(description, name):
    """The options of all these scripts.

    :param name: The folder of the results, below the folder results.
    """
    parser = script.OptionParser(description)
    option = parser.add_argument
    option("--seed", type=script.seed, default=1234, help="of all random numbers")
    option("--result-dir", default=os.path.join("results", name),
           help="for tables and pictures")
    option("--smoke", action="store_true",
           help="make it small, to see in seconds that all works; results go to the "
                "folder smoke in the result directory")
    return parser


def parse(parser, **smoke):
    """The options that were given; where --smoke is, results go to a folder of it.

    :param smoke: Defaults that differ where --smoke is given, by option.
    """
    args = parser.parse_args()
    if args.smoke:
        parser.set_defaults(**smoke)
        args = parser.parse_args()
        args.result_dir = os.path.join(args.result_dir, "smoke")
    return args


def prepare(args, *packages):
    """Check that results can be written and drawn, before any work is done.

    :param packages: Names of other packages that the script requires.
    :raises MissingPackageError: Matplotlib or one of these is not installed.
    """
    for name in ("matplotlib",) + packages:
        require_package(name)
    files.prepare_result_dir(args.result_dir)


def write_table(args, name, columns, rows):
    """Write RESULT_DIR/NAME.csv.

    :param columns: A list of names.
    :param rows: An iterable of sequences as long.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path = os.path.join(os.fsdecode(args.result_dir), name + ".csv")
    with files.write_atomically(path) as stream:
        stream.write(text.getvalue().encode("utf-8"))


@contextlib.contextmanager
def picture(args, name, n_columns=1, width=4., height=3.):
    """Draw RESULT_DIR/NAME.png::

        with results.picture(args, "density") as ax:
            ax.plot(x, y)

    :param n_columns: How many pictures stand side by side.
    :param width: Of each, in inches.
    :return: Axes of matplotlib, or an array of them if there are several columns.
    :raises MissingPackageError: Matplotlib is not installed.
    """
    require_package("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(n_columns * width, height))
    FigureCanvasAgg(figure)  # draws without a screen
    yield figure.subplots(1, n_columns)
    figure.tight_layout()
    path = os.path.join(os.fsdecode(args.result_dir), name + ".png")
    with files.write_atomically(path) as stream:
        figure.savefig(stream, format="png", dpi=80)


def draw_by_epoch(args, name, unit, metrics, labels):
    """Draw metrics by epoch to RESULT_DIR/NAME.png, if Matplotlib is installed.

    :param unit: What is on the vertical axis.
    :param metrics: A `MetricLog`.
    :param labels: A dictionary from metrics to what the legend calls them.
    """
    if find_package("matplotlib") is None:
        return
    with picture(args, name) as ax:
        for metric, label in labels.items():
            ax.plot(*metrics.column(metric), ".-", label=label)
        ax.set(xlabel="epoch", ylabel=unit)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
