"""Run NUTS on posteriors of posteriordb, and compare draws with the references.

    python -m benchmarks.posteriors [NAME ...]
    python -m benchmarks.posteriors --library nutpie-low-rank kidiq-kidscore_interaction

The data are read from the folder that ZHUSUAN_TEST_DATA names.
"""
import argparse

from benchmarks import posteriordb
from benchmarks.posteriors.libraries import LIBRARIES, Settings
from benchmarks.posteriors.measure import measure

COLUMNS = [
    ("|z|", "%.1f", lambda x: x.verdict.worst_z),
    ("R-hat", "%.3f", lambda x: x.verdict.max_rhat),
    ("bulk ESS", "%.0f", lambda x: x.verdict.min_ess_bulk),
    ("tail ESS", "%.0f", lambda x: x.verdict.min_ess_tail),
    ("divergent", "%d", lambda x: x.n_divergent),
    ("gradients of warm-up", "%s", lambda x: x.warmup_gradients or "-"),
    ("of draws", "%d", lambda x: x.gradients),
    ("seconds to compile", "%.1f", lambda x: x.compile_seconds),
    ("to warm up", "%.2f", lambda x: x.warmup_seconds),
    ("to draw", "%.2f", lambda x: x.run_seconds - x.warmup_seconds),
    ("ESS per second", "%.0f", lambda x: x.ess_per_second),
    ("per 1000 gradients", "%.1f", lambda x: x.ess_per_1000_gradients),
]


def parse():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.posteriors",
        description=__doc__.splitlines()[0])
    option = parser.add_argument
    option("names", nargs="*", metavar="NAME", help="a posterior; all by default")
    for name, default in Settings()._asdict().items():
        option("--" + name.replace("_", "-"), type=int, default=default)
    option("--library", choices=list(LIBRARIES), default="zhusuan")
    option("--target-acceptance-rate", type=float, default=argparse.SUPPRESS)
    args = vars(parser.parse_args())
    known = posteriordb.names()
    if not known:
        parser.error("ZHUSUAN_TEST_DATA must name a folder with posteriordb/")
    names = args.pop("names") or known
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error("no posterior %s; there are %s" % (
            ", ".join(unknown), ", ".join(known)))
    settings = Settings(**{name: args.pop(name) for name in Settings._fields})
    return names, settings, args


def main():
    names, settings, options = parse()
    print("| posterior | %s |" % " | ".join(title for title, _, _ in COLUMNS))
    print("|---" * (1 + len(COLUMNS)) + "|", flush=True)
    for name in names:
        try:
            found = measure(name, settings, **options)
        except NotImplementedError as error:
            print("| %s | %s |" % (name, error), flush=True)
            continue
        print("| %s | %s |" % (name, " | ".join(
            text % value(found) for _, text, value in COLUMNS)), flush=True)


if __name__ == "__main__":
    main()
