"""Draw cost against size, from the results of the scaling workloads.

    python -m benchmarks.plot
"""
import json

import numpy as np

from benchmarks.report import PAGE, RESULTS

__all__ = ["draw", "slope"]

PICTURE = PAGE.with_name("benchmarks-scaling.svg")


def slope(sizes, costs):
    """Of the line through the upper half of the points, in logarithms."""
    n = max(2, len(sizes) // 2)
    return np.polyfit(np.log(sizes[-n:]), np.log(costs[-n:]), 1)[0]


def draw(results=RESULTS, picture=PICTURE):
    """Write the picture."""
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({
        "svg.hashsalt": "zhusuan",  # the same file each time
        "svg.fonttype": "none"})
    import matplotlib.pyplot as plt
    files = sorted(results.glob("scaling_*.json"))
    _, axes = plt.subplots(1, len(files), figsize=(3.4 * len(files), 3.4))
    for ax, file in zip(np.atleast_1d(axes), files):
        draw_one(ax, json.loads(file.read_text(encoding="utf-8")))
    plt.tight_layout()
    plt.savefig(str(picture), metadata={"Date": None})


def draw_one(ax, result):
    sizes = [int(case) for case in result["cases"]]
    for name in next(iter(result["cases"].values())):
        costs = [1e3 * peers[name]["median"] for peers in result["cases"].values()]
        ax.loglog(sizes, costs, marker="o", markersize=3,
                  label="%s, slope %.2f" % (name, slope(sizes, costs)))
    ax.set(xlabel=result["workload"].split("_", 1)[1], ylabel=result["unit"])
    ax.set_title(result["title"], fontsize=8)
    ax.legend(fontsize=6)


if __name__ == "__main__":
    draw()
