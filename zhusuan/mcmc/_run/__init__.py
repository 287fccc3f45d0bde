"""Whole chains in one compiled loop: the loop, minibatches, devices, progress."""
