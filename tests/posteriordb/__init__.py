"""Posteriors of posteriordb with reference moments, written in NumPy and SciPy.

Nothing here imports TensorFlow or ZhuSuan, so that models can be tested against it.

- `data`: the data sets, the reference moments and the table of the posteriors.
- `densities`: the log density of each posterior.
- `points`: three points in the support of each posterior.
"""
