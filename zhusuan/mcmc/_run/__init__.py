"""Runs of whole chains: the compiled loop, its progress, minibatches, devices."""
