"""Benchmarks: ratios between programs that take turns, each in processes of its own.

`python -m benchmarks --list` tells what there is. A workload (`workloads.py`) names its
peers, functions of the other modules here, which build what is measured and return it
as :class:`~benchmarks.work.Work`. `worker.py` runs one peer in a process, `compare.py`
lets the processes take turns, and `report.py` writes the tables.
"""
