"""Peers for `test_benchmarks.py`, which need no library."""
import os

from benchmarks.work import Work


def counting(n):
    """Work that is done `n` times in one call."""
    return Work(lambda: sum(range(1000 * n)), n, process=os.getpid(), n=n)


def toiling(n):
    """The same, 50 times as much of it."""
    return Work(lambda: sum(range(50000 * n)), n, process=os.getpid(), n=n)


def missing(n):
    import a_library_that_nobody_has  # noqa: F401


def unable(n):
    raise NotImplementedError("cannot do this")


def broken(n):
    raise ValueError("this peer is broken")
