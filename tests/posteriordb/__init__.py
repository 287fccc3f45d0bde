"""Posteriors of posteriordb with reference moments, written in NumPy and SciPy.

Nothing here imports TensorFlow or ZhuSuan, so that models can be tested against it.
The data come from `benchmarks.posteriordb`.

- `densities`: the log density of each posterior.
- `points`: three points in the support of each posterior.
"""
