"""Let the peers of a workload take turns, each in a process of its own."""
import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import machine

__all__ = ["compare"]

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 0.15  # of one turn, of what is fast enough


class Process:
    """A `benchmarks.worker`."""

    def __init__(self, name):
        self._name, self._errors = name, tempfile.TemporaryFile()  # noqa: SIM115
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"], cwd=str(ROOT),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._popen.communicate()  # the end of its input is the end of it
        self._errors.close()

    def ask(self, do, **arguments):
        """The answer of the worker, a dict."""
        self._popen.stdin.write(json.dumps(dict(arguments, do=do)).encode() + b"\n")
        self._popen.stdin.flush()
        answer = self._popen.stdout.readline()
        if not answer:
            self._popen.wait()
            self._errors.seek(0)
            raise RuntimeError("The peer %r ended with status %d:\n%s" % (
                self._name, self._popen.returncode,
                self._errors.read().decode(errors="replace")[-3000:]))
        return json.loads(answer.decode())


def compare(workload, rounds=None, seconds=SECONDS, cases=None, peers=None):
    """Measure a workload.

    :param workload: A :class:`~benchmarks.workloads.Workload`.
    :param rounds: An int, how often each peer has its turn.
    :param seconds: A number, about how long a turn should take.
    :param cases: Names of those to measure; all by default.
    :param peers: Names of those to measure; all by default.
    :return: A dict for JSON.
    """
    rounds = rounds or workload.rounds
    measure = in_turns if workload.measure == "time" else in_new_processes
    chosen = {name: where for name, where in workload.peers.items()
              if peers is None or name in peers}
    results, versions = measure(
        workload, chosen, [c for c in workload.cases if cases is None or c in cases],
        rounds, seconds)
    return {"workload": workload.name, "title": workload.title,
            "unit": workload.unit, "rounds": rounds,
            "machine": dict(machine.describe(), versions=versions),
            "cases": {case: summarized(found) for case, found in results.items()}}


def in_turns(workload, peers, cases, rounds, seconds):
    """Times of calls, from processes that live through all cases."""
    results, versions = {}, {}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(Process(name)) for name in peers}
        for case in cases:
            found = {name: process.ask(
                "prepare", function=peers[name], arguments=workload.cases[case],
                seconds=seconds) for name, process in processes.items()}
            for _ in range(rounds):
                for name, process in processes.items():
                    if "skipped" not in found[name]:
                        found[name].setdefault("values", []).append(
                            process.ask("turn")["value"])
            results[case] = found
        for name, process in processes.items():
            last = process.ask("finish")
            versions.update(last["versions"])
            for found in results.values():
                if "values" in found[name]:
                    found[name]["peak_mib"] = round(last["peak_mib"])
    return results, versions


def in_new_processes(workload, peers, cases, rounds, seconds):
    """Times or peaks of memory of whole processes, a new one in each turn."""
    results, versions = {}, {}
    for case in cases:
        found = results[case] = {}
        for _ in range(rounds):
            for name, function in peers.items():
                if "skipped" in found.get(name, {}):
                    continue
                with Process(name) as process:
                    answer = process.ask("once", function=function,
                                         arguments=workload.cases[case])
                    last = process.ask("finish")
                versions.update(last["versions"])
                if "skipped" in answer:
                    found[name] = answer
                    continue
                of_peer = found.setdefault(
                    name, {"facts": answer["facts"], "values": [], "peak_mib": 0})
                of_peer["values"].append(
                    answer["value"] if workload.measure == "first"
                    else last["peak_mib"])
                of_peer["peak_mib"] = max(
                    of_peer["peak_mib"], round(last["peak_mib"]))
    return results, versions


def summarized(found):
    """With medians, and what the first peer takes in ratio to each, round by round."""
    ours = next(iter(found.values())).get("values")
    for peer in found.values():
        if "values" not in peer:
            continue
        peer["median"] = statistics.median(peer["values"])
        if ours:
            peer["ratios"] = [a / b for a, b in zip(ours, peer["values"])]
            peer["ratio"] = statistics.median(peer["ratios"])
    return found
