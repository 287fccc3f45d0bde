"""Fail where a ratio that the documentation promises has become worse.

    python -m benchmarks.gate [--slow-down FACTOR]

Each promise is a ratio of ZhuSuan to a peer, measured again in interleaved rounds. It
is broken where the median of the rounds is above the promise by more than MARGIN, which
is what machines differ by, and by more than the noise of this measurement. A count of
ops has no noise. With --slow-down the ratios are multiplied, to see the gate fail.
"""
import argparse
import statistics
import sys
from collections import namedtuple

from benchmarks.compare import compare
from benchmarks.workloads import WORKLOADS

__all__ = ["Promise", "check"]

Promise = namedtuple("Promise", ["workload", "case", "peer", "ratio"])

MARGIN = 1.25
N_ERRORS = 4.  # standard errors of the median, above which a ratio is worse

BY_HAND = "TensorFlow by hand, fed"
PROMISES = [
    Promise("vae_step", "batch 128", BY_HAND, 1.),
    Promise("iwae_step", "batch 20", BY_HAND, 0.95),
    Promise("first_step", "", "TensorFlow by hand", 1.3),
    Promise("import", "", "TensorFlow alone", 1.1),
]
OPS = Promise("vae_step", "batch 128", BY_HAND, 1.1)
ROUNDS = {"time": 15, "first": 3}


def noise(ratios):
    """The standard error of the median, robust against outliers."""
    center = statistics.median(ratios)
    spread = 1.4826 * statistics.median([abs(r - center) for r in ratios])
    return 1.2533 * spread / len(ratios) ** 0.5


def check(promise, ratios):
    """Whether it is kept, and a line that says so."""
    ratio, error = statistics.median(ratios), noise(ratios)
    limit = promise.ratio * MARGIN + N_ERRORS * error
    kept = ratio <= limit
    return kept, "%-6s %s %s: %.3f of %r; promised %.2f, limit %.3f, noise %.3f" % (
        "kept" if kept else "BROKEN", promise.workload, promise.case, ratio,
        promise.peer, promise.ratio, limit, error)


def measured(promise):
    """The results of our first peer and of the one in the promise."""
    workload = WORKLOADS[promise.workload]
    ours = next(iter(workload.peers))
    found = compare(workload, rounds=ROUNDS[workload.measure], seconds=0.1,
                    cases=[promise.case], peers=[ours, promise.peer])
    peers = found["cases"][promise.case]
    for name, peer in peers.items():
        if "skipped" in peer:
            sys.exit("The gate needs %r, but: %s" % (name, peer["skipped"]))
    return peers[ours], peers[promise.peer]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slow-down", type=float, default=1., metavar="FACTOR",
                        help="multiply all ratios, to see that the gate can fail")
    slow_down, all_kept = parser.parse_args().slow_down, True
    for promise in PROMISES:
        ours, theirs = measured(promise)
        checks = [check(promise, [slow_down * r for r in theirs["ratios"]])]
        if promise[:3] == OPS[:3]:
            ops = slow_down * ours["facts"]["ops"] / theirs["facts"]["ops"]
            kept = ops <= OPS.ratio
            checks.append((kept, "%-6s ops of a step: %.3f; promised %.2f" % (
                "kept" if kept else "BROKEN", ops, OPS.ratio)))
        for kept, line in checks:
            all_kept = all_kept and kept
            print(line, flush=True)
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
