"""One peer in a process of its own, which is asked line by line in JSON.

Started by `compare.py`. What cannot be measured here answers with the reason, as
"skipped": a library that is not installed (ImportError), or one that does not do the
work (NotImplementedError). Any other error ends the process.
"""
import time

START = time.perf_counter()  # in front of all imports that are measured

import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from benchmarks.work import Work  # noqa: E402

LIBRARIES = ["numpy", "scipy", "tensorflow", "tensorflow_probability", "jax",
             "numpyro", "torch", "pyro", "arviz"]
MOST_CALLS = 1000  # in one turn


class Peer:
    """Answers to requests, as dicts."""

    def __init__(self):
        self._work, self._calls = None, 1

    def prepare(self, function, arguments, seconds):
        """Build the work, and choose how many calls take about `seconds`."""
        self._work = None  # frees what was measured before
        try:
            self._work = build(function, arguments)
        except (ImportError, NotImplementedError) as error:
            return {"skipped": str(error).splitlines()[0]}
        self._work.call()
        one = max(timed(self._work.call, 1), 1e-9)
        self._calls = min(max(int(seconds / one), 1), MOST_CALLS)
        return {"facts": self._work.facts}

    def turn(self):
        """Seconds that the work takes once."""
        if self._calls > 1:  # wake threads that slept while others had their turn
            self._work.call()
        return {"value": timed(self._work.call, self._calls) / self._work.units}

    def once(self, function, arguments):
        """Seconds from the start of this process to the end of the first call."""
        try:
            work = build(function, arguments)
        except (ImportError, NotImplementedError) as error:
            return {"skipped": str(error).splitlines()[0]}
        work.call()
        return {"value": time.perf_counter() - START, "facts": work.facts}

    def finish(self):
        """Peak of resident memory in MiB, and versions of libraries."""
        return {"peak_mib": peak_mib(), "versions": {
            name: sys.modules[name].__version__ for name in LIBRARIES
            if hasattr(sys.modules.get(name), "__version__")}}


def peak_mib():
    """Peak of resident memory of this program, in MiB, on Linux.

    `resource.getrusage` also counts what the parent had when it started this process.
    """
    with open("/proc/self/status") as stream:
        status = dict(line.split(":", 1) for line in stream)
    return int(status["VmHWM"].split()[0]) / 1024.  # in kB


def build(function, arguments):
    module, name = function.split(":")
    work = getattr(importlib.import_module(module), name)(**arguments)
    return work if isinstance(work, Work) else Work(work)


def timed(call, n):
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / n


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not an answer
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(peer, request.pop("do"))(**request)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
