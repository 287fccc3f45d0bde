"""Plot densities, probabilities and draws of a distribution of the table of the tests.

The curves are those of the library: `prob` on a grid, and `sample`.
"""
import io

import numpy as np
from generated_files import write_changed
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

import zhusuan as zs

# The axes that draws of vectors are shown in, if not the first two numbers.
ENTRIES = {"LKJCholesky": ((1, 0), (2, 0))}
SEQUENCES = ("AR", "GaussianRandomWalk", "HiddenMarkov")
COVARIANCES = ("InverseWishart", "Wishart")
COLORS = ("C0", "C1")
# Files without a date, and with the same names of their parts in each build.
STYLE = {"svg.hashsalt": "zhusuan", "font.size": 8., "legend.fontsize": 7.}


def write_plot(case, path):
    """Write the plot of the first two parameter sets as SVG."""
    with rc_context(STYLE):
        figure = Figure(figsize=(4.2, 2.6))
        axes = figure.subplots()
        for one, color in zip(parameter_sets(case), COLORS):
            with zs.seeded(1):
                draw(case, one, axes, color)
        if not case.value_ndims:
            axes.set_ylim(bottom=0.)
        if any(axes.get_legend_handles_labels()[1]):
            axes.legend()
        figure.tight_layout()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    write_changed(path, text.getvalue())


def parameter_sets(case):
    return case.rounded_sets("float64")[:2] if case.reference else case.parameters


def draw(case, one, axes, color):
    if case.name in SEQUENCES:
        draw_paths(case, one, axes, color)
    elif case.name in COVARIANCES:
        draw_ellipses(case, one, axes, color)
    elif case.value_ndims and case.is_discrete:
        draw_bubbles(case, one, axes, color)
    elif case.value_ndims:
        draw_points(case, one, axes, color)
    else:
        draw_curve(case, one, axes, color)


def draw_curve(case, one, axes, color):
    """The density, or the probabilities, of a number."""
    dist = case.make(one)
    x = grid(dist, case)
    axes.plot(x, dist.prob(x.astype(dist.dtype.as_numpy_dtype)).numpy(),
              "o" if case.is_discrete else "-", color=color, label=label(one))
    axes.set(xlabel="x", ylabel="probability" if case.is_discrete else "density")


def grid(dist, case):
    """Points over the central draws, without heavy tails, and beyond the support."""
    x = dist.sample(2000).numpy() if case.is_sampled else np.array([-2., 2.])
    if case.is_discrete:
        return np.arange(0., np.quantile(x, 0.995) + 1.)
    low, first, middle, third, high = np.quantile(x, [0.005, 0.25, 0.5, 0.75, 0.995])
    low = max(low, middle - 4. * (third - first))
    high = min(high, middle + 4. * (third - first))
    return np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 401)


def label(one):
    """The parameters that are numbers or short vectors."""
    return ", ".join("{} = {}".format(name, np.array2string(
        np.asarray(value), separator=", ", formatter={"float_kind": "{:g}".format}))
        for name, value in one.items() if np.ndim(value) < 2 and np.size(value) < 5)


def draw_paths(case, one, axes, color):
    """Four sequences of 15 numbers."""
    paths = case.make(one, n_steps=15).sample(4).numpy()
    for number, path in enumerate(paths):
        axes.plot(path, color=color, alpha=0.7, linewidth=1.,
                  label="" if number else label(one))
    axes.set(xlabel="step", ylabel="x")


def draw_ellipses(case, one, axes, color):
    """The unit ellipses of six matrices of two rows as covariances."""
    for number, matrix in enumerate(case.make(one).sample(6).numpy()):
        values, vectors = np.linalg.eigh(matrix)
        width, height = 2. * np.sqrt(values)
        angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
        axes.add_patch(Ellipse((0., 0.), width, height, angle=angle, fill=False,
                               color=color, label="" if number else label(one)))
    axes.autoscale_view()
    axes.set_aspect("equal")
    axes.set(xlabel="first axis", ylabel="second axis")


def draw_bubbles(case, one, axes, color):
    """The probability of each vector of counts as an area."""
    values, weights = case.nodes(one)
    dist = case.make(one)
    areas = weights * dist.prob(values.astype(dist.dtype.as_numpy_dtype)).numpy()
    axes.scatter(values[:, 0], values[:, 1], s=200. * areas / areas.max(),
                 facecolors="none", edgecolors=color, label=label(one))
    axes.margins(0.15)
    axes.set(xlabel="entry [0]", ylabel="entry [1]")


def draw_points(case, one, axes, color):
    """Two entries of draws of a vector or matrix."""
    samples = case.make(one).sample(300).numpy()
    first, second = ENTRIES.get(case.name) or list(np.ndindex(samples.shape[1:]))[:2]
    axes.plot(samples[(..., *first)], samples[(..., *second)], ".", color=color,
              markersize=3., label=label(one))
    axes.set(xlabel="entry %s" % list(first), ylabel="entry %s" % list(second))
