"""The choice of the fastest of several functions, by measurement."""
import time
from typing import Any, Callable, Mapping

__all__ = ["fastest"]

_MIN_ROUNDS, _MAX_ROUNDS = 3, 100


def fastest(functions: Mapping[Any, Callable[[], Any]], seconds: float = 1.) -> Any:
    """Measure functions on this machine, and return the key of the fastest one.

    The functions run alternately, so that other programs slow all of them down. Each
    is judged by its shortest time. One call before, during which TensorFlow compiles,
    does not count.

    Use it to choose whether XLA compiles a training step::

        jit_compile = zs.utils.fastest({
            False: make_step(jit_compile=False), True: make_step(jit_compile=True)})

    The calls change what the functions change: let them train copies of the variables,
    or restore the variables afterwards. The choice may differ between runs. Store it
    with checkpoints where results depend on it, as samples under XLA do.

    :param functions: A dict of functions without arguments, which return when their
        work is done.
    :param seconds: A number, the duration of the measurement without the first calls.
        Each function runs at least 3 and at most 100 times.

    :return: The key; the first one of several equally fast.

    Raises ValueError if there are no functions.

    >>> import time, zhusuan as zs
    >>> zs.utils.fastest({"long": lambda: time.sleep(0.02), "short": lambda: None},
    ...                  seconds=0.1)
    'short'
    """
    if not functions:
        raise ValueError("fastest: `functions` is empty. Pass a dict of functions.")
    for function in functions.values():
        function()
    shortest = {key: float("inf") for key in functions}
    began, n_rounds = time.perf_counter(), 0
    while n_rounds < _MIN_ROUNDS or (
            n_rounds < _MAX_ROUNDS and time.perf_counter() - began < seconds):
        for key, function in functions.items():
            shortest[key] = min(shortest[key], _duration(function))
        n_rounds += 1
    return min(shortest, key=lambda key: shortest[key])


def _duration(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
