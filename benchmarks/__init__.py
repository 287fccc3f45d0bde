"""Benchmarks: ratios between programs that are timed turn by turn in one run."""
