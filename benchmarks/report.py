"""Markdown of results, put between two marks of `docs/benchmarks.md`.

    python -m benchmarks.report
"""
import json
import math
from pathlib import Path

__all__ = ["RESULTS", "tables", "write"]

RESULTS = Path(__file__).resolve().parent / "results"
PAGE = RESULTS.parent.parent / "docs" / "benchmarks.md"
BEGIN = "<!-- from here on written by `python -m benchmarks.report` -->\n"
END = "<!-- up to here -->\n"


def tables(result):
    """The tables of one result, a string."""
    machine = result["machine"]
    lines = ["### " + result["title"], "", (
        "`python -m benchmarks %s`: %d rounds; %s, %d cores, Python %s, %s." % (
            result["workload"], result["rounds"], machine["cpu"], machine["cores"],
            machine["python"], ", ".join(
                "%s %s" % item for item in sorted(machine["versions"].items())))), ""]
    ours = next(iter(next(iter(result["cases"].values()))))
    is_sized = all(case.isdigit() for case in result["cases"])
    lines += ["| | | %s | %s in ratio to it | lowest, highest | MiB | |" % (
        result["unit"], ours), "|---|---|---|---|---|---|---|"]
    before = {}
    for case, peers in result["cases"].items():
        for name, peer in peers.items():
            lines.append(row(case, name, peer, result["unit"], before.get(name)
                             if is_sized else None))
            if is_sized and "median" in peer:
                before[name] = int(case), peer["median"]
    return "\n".join(lines) + "\n"


def row(case, name, peer, unit, before):
    if "skipped" in peer:
        return "| %s | %s | - | | | | %s |" % (case, name, peer["skipped"])
    facts = ["%s %s" % (key.replace("_", " "), value)
             for key, value in sorted(peer["facts"].items())]
    if before is not None:
        facts.append("slope %.2f" % (math.log(peer["median"] / before[1])
                                     / math.log(int(case) / before[0])))
    ratios = peer.get("ratios", [])
    return "| %s | %s | %s | %s | %s | %d | %s |" % (
        case, name, number(peer["median"] * (1e3 if unit == "ms" else 1.)),
        "%.2f" % peer["ratio"] if ratios else "",
        "%.2f, %.2f" % (min(ratios), max(ratios)) if ratios else "",
        peer["peak_mib"], ", ".join(facts))


def number(x):
    """With three digits."""
    return "%.*f" % (max(0, 2 - int(math.floor(math.log10(x)))), x)


def write(results=RESULTS, page=PAGE):
    """Put the tables of all results into the page."""
    from benchmarks.workloads import WORKLOADS
    files = [results / (name + ".json") for name in WORKLOADS]
    new = "\n".join(tables(json.loads(file.read_text(encoding="utf-8")))
                    for file in files if file.exists())
    text = page.read_text(encoding="utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text(text[:begin] + "\n" + new + "\n" + text[end:], encoding="utf-8")


if __name__ == "__main__":
    write()
