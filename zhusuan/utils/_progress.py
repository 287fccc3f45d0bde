"""Progress bars."""
import contextlib

__all__ = ["progress_bar"]


@contextlib.contextmanager
def progress_bar(total, unit, is_wanted=True, n_done=0):
    """A function that shows progress in a bar by tqdm, if that is installed.

    It takes the number of units done, and more to show by keyword.
    """
    try:
        from tqdm import tqdm
    except ImportError:
        is_wanted = False
    if not is_wanted:
        yield lambda n_done, **shown: None
        return
    with tqdm(total=total, initial=n_done, unit=unit) as bar:
        def show(n_done, **shown):
            bar.set_postfix(shown, refresh=False)
            bar.update(n_done - bar.n)
        yield show
