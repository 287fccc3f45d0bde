"""Time several candidates turn by turn, so that a drifting machine is fair."""
import statistics
import time
from collections import namedtuple

__all__ = ["Timing", "interleave", "print_table"]

# seconds: median time of one call; ratios: to the baseline, one per round.
Timing = namedtuple("Timing", ["name", "seconds", "ratios"])


def interleave(candidates, baseline, rounds=21, calls=20, warm_up=10):
    """Time calls of each candidate in turn, `rounds` times.

    :param candidates: A dict of functions without arguments by name. Each must
        return only when its work is done.
    :param baseline: The name of the candidate that ratios are taken to.
    :param rounds: An int, how often each one has its turn.
    :param calls: An int, the calls in one turn.
    :param warm_up: An int, calls of each candidate that are not counted.
    :return: A list of :class:`Timing`.
    """
    for call in candidates.values():
        for _ in range(warm_up):
            call()
    times = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, call in candidates.items():
            start = time.perf_counter()
            for _ in range(calls):
                call()
            times[name].append((time.perf_counter() - start) / calls)
    return [Timing(name, statistics.median(times[name]),
                   [t / b for t, b in zip(times[name], times[baseline])])
            for name in candidates]


def print_table(timings, baseline):
    """Print a Markdown table: milliseconds, and median and spread of ratios."""
    print("| what | ms | ratio to %s | lowest | highest |" % baseline)
    print("|---|---|---|---|---|")
    for t in timings:
        print("| %s | %.3f | %.3f | %.3f | %.3f |" % (
            t.name, 1e3 * t.seconds, statistics.median(t.ratios),
            min(t.ratios), max(t.ratios)))
