"""Measure workloads beside their peers.

    python -m benchmarks --list
    python -m benchmarks vae_step hmc
    python -m benchmarks --all

Results go to `benchmarks/results/`, and as tables to the page of the documentation.
"""
import argparse
import json
import sys

from benchmarks import report
from benchmarks.compare import compare
from benchmarks.workloads import WORKLOADS


def parse():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0])
    option = parser.add_argument
    option("names", nargs="*", metavar="WORKLOAD", help="see --list")
    option("--all", action="store_true", help="measure all workloads")
    option("--list", action="store_true", help="list the workloads")
    option("--rounds", type=int, help="how often each peer has its turn")
    option("--smoke", "--quick", action="store_true",
           help="one short turn of the first case only; nothing is written")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in WORKLOADS]
    if unknown:
        parser.error("no workload %s; there are %s" % (
            ", ".join(unknown), ", ".join(WORKLOADS)))
    if not (args.names or args.all or args.list):
        parser.error("name workloads, or give --all or --list")
    return args


def main():
    args = parse()
    if args.list:
        for workload in WORKLOADS.values():
            print("%-20s %s: %s" % (
                workload.name, workload.title, ", ".join(workload.peers)))
        return
    for name in WORKLOADS if args.all else args.names:
        workload = WORKLOADS[name]
        if args.smoke:
            result = compare(workload, rounds=1, seconds=0.,
                             cases=list(workload.cases)[:1])
        else:
            result = compare(workload, args.rounds)
            save(result)
        print(report.tables(result), flush=True)
    if not args.smoke:
        report.write()


def save(result):
    report.RESULTS.mkdir(exist_ok=True)
    file = report.RESULTS / (result["workload"] + ".json")
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
