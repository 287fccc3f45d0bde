"""Progress of long computations, by tqdm or in lines of text."""
import contextlib
import sys
import time

__all__ = ["progress_bar"]


@contextlib.contextmanager
def progress_bar(total, unit, is_wanted=True, n_done=0):
    """A context with a function that shows progress on standard error.

    The function takes the number of units done, and more to show by keyword. Without
    tqdm, a line is printed after each tenth of the whole.

    :param total: An int, the number of units.
    :param unit: A str.
    :param n_done: An int, the number of units that an earlier computation did.
    """
    if not is_wanted:
        yield lambda n_done, **shown: None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield _Lines(total, unit, n_done)
        return
    with tqdm(total=total, initial=n_done, unit=unit, dynamic_ncols=True) as bar:
        def show(n_done, **shown):
            bar.set_postfix(shown, refresh=False)
            bar.update(n_done - bar.n)
        yield show


class _Lines:
    """A line of text for each tenth of `total`."""

    def __init__(self, total, unit, n_done):
        self._total, self._unit = total, unit
        self._first, self._began = n_done, time.monotonic()
        self._tenth = self._count_tenths(n_done)

    def __call__(self, n_done, **shown):
        if self._count_tenths(n_done) <= self._tenth:
            return
        self._tenth = self._count_tenths(n_done)
        print("%s %d of %d, %s left%s" % (
            self._unit, n_done, self._total, self._time_left(n_done),
            "".join(", %s=%s" % item for item in shown.items())), file=sys.stderr)

    def _count_tenths(self, n_done):
        return 10 * n_done // max(self._total, 1)

    def _time_left(self, n_done):
        rate = (time.monotonic() - self._began) / max(n_done - self._first, 1)
        minutes, seconds = divmod(round(rate * (self._total - n_done)), 60)
        return "%d:%02d" % (minutes, seconds)
