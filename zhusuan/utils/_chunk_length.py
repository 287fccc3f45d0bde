"""The length of chunks of a long computation, by the time that they take."""
import contextlib
import time

__all__ = ["ChunkLength"]

# Chunks grow below the first number of seconds, and shrink above the second.
SHORT, LONG = 0.1, 0.5


class ChunkLength:
    """The number of iterations of the next chunk, which takes some 0.3 s.

    ``int(length)`` is the number. It changes at the end of ``with length.adapting()``
    around a chunk.

    :param first: An int, that of the first chunk.
    :param largest: An int.
    """

    def __init__(self, first, largest):
        self._n, self._largest = first, largest

    def __int__(self):
        return min(self._n, self._largest)

    @contextlib.contextmanager
    def adapting(self):
        """A context for one chunk."""
        began = time.perf_counter()
        yield
        took = time.perf_counter() - began
        if took < SHORT:
            self._n = min(4 * self._n, self._largest)
        elif took > LONG:
            self._n = max(self._n // 2, 1)
