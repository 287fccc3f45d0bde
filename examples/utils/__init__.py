"""Data sets, options, metrics, checkpoints and pictures of the example scripts."""
