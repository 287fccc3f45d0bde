"""Posteriors over the weights of networks on three tables of the UCI repository.

    ZHUSUAN_TEST_DATA=folder python -m benchmarks.uci results.jsonl

computes what `results.jsonl` lacks, one line for each method and split, and prints the
table. Settings were chosen by `--validation`: a random fifth of each training split.
"""
import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.uci_tables import N_UNITS, TABLES, load

N_SPLITS = {"boston": 20, "concrete": 20, "protein": 5}
PUBLISHED = {
    "PBP": {"boston": (3.01, -2.57), "concrete": (5.67, -3.16),
            "protein": (4.73, -2.97)},
    "MC dropout, tuned": {"boston": (2.90, -2.40), "concrete": (4.82, -2.93),
                          "protein": (4.27, -2.87)},
    "deep ensembles": {"boston": (3.28, -2.41), "concrete": (6.03, -3.06),
                       "protein": (4.71, -2.83)}}


def run(path, tables, methods, splits, is_validation, seed):
    """Append a line for each split that the file lacks."""
    from benchmarks.uci_methods import METHODS

    done = {(x["table"], x["method"], x["split"]) for x in read(path)}
    for table in tables:
        for method in methods:
            for number in range(N_SPLITS[table]):
                if number not in splits or (table, method, number) in done:
                    continue
                split, began = load(table, number, is_validation), time.time()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of R-hat, for short chains
                    predicted = METHODS[method](split, N_UNITS[table], seed + number)
                rmse, log_likelihood = split.score(predicted)
                line = json.dumps({
                    "table": table, "method": method, "split": number, "rmse": rmse,
                    "log_likelihood": log_likelihood, "seconds": time.time() - began})
                with open(path, "a") as file:
                    file.write(line + "\n")
                print(line, flush=True)


def read(path):
    """The lines of a file, a list of dicts."""
    if not Path(path).exists():
        return []
    return [json.loads(x) for x in Path(path).read_text().splitlines()]


def rows(results):
    """The rows of the table in Markdown, with means and standard errors.

    Cells with fewer than all splits give their number.
    """
    for method in dict.fromkeys(x["method"] for x in results):
        cells = []
        for table in TABLES:
            own = [x for x in results if (x["method"], x["table"]) == (method, table)]
            for key in ("rmse", "log_likelihood"):
                values = [x[key] for x in own]
                cells.append("%.2f ± %.2f%s" % (
                    np.mean(values), np.std(values) / len(values) ** 0.5,
                    "" if len(values) == N_SPLITS[table] else
                    " (%d of %d splits)" % (len(values), N_SPLITS[table]))
                    if values else "-")
        yield "| %s | %s |" % (method, " | ".join(cells))
    for name, figures in PUBLISHED.items():
        yield "| %s (published) | %s |" % (name, " | ".join(
            "%.2f" % x for table in TABLES for x in figures[table]))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uci")
    parser.add_argument("path", help="a file of results, which is continued")
    parser.add_argument("--tables", nargs="+", default=list(TABLES))
    parser.add_argument("--methods", nargs="+", default=None)
    parser.add_argument("--splits", type=int, nargs="+", default=list(range(20)))
    parser.add_argument("--validation", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if "ZHUSUAN_TEST_DATA" not in os.environ:
        parser.error("ZHUSUAN_TEST_DATA must name a folder with uci/")
    if args.methods != []:
        from benchmarks.uci_methods import METHODS
        run(args.path, args.tables, args.methods or list(METHODS), args.splits,
            args.validation, args.seed)
    print("\n".join(rows(read(args.path))))


if __name__ == "__main__":
    main()
