"""The progress of a fit: its history, convergence and callbacks."""
import numpy as np

__all__ = ["CallbackList", "Record"]


class Record:
    """The bounds of all steps so far.

    :param n_steps: An int, the number of steps to make.
    :param tolerance: A number, or None to make all steps.
    """

    def __init__(self, n_steps, tolerance):
        self.n_steps, self._tolerance = n_steps, tolerance
        self._chunks = [np.zeros(0)]
        self._window = max(100, n_steps // 20)

    @property
    def bounds(self):
        """An array of the bounds of all steps."""
        return np.concatenate(self._chunks)

    @property
    def n_done(self):
        return sum(map(len, self._chunks))

    def add(self, bounds):
        """Take over the bounds of a chunk of steps, an array."""
        self._chunks.append(np.asarray(bounds, np.float64))

    def summary(self):
        """Statistics for the progress bar, by name."""
        return {"bound": "%.5g" % np.mean(self.bounds[-self._window:])}

    @property
    def n_until_check(self):
        """The number of steps until the next at which the fit may be complete."""
        n_left = self.n_steps - self.n_done
        if self._tolerance is None:
            return n_left
        return min(n_left, self._window - self.n_done % self._window)

    @property
    def is_complete(self):
        """Whether all steps are made, or the bound has converged.

        It converges at multiples of the window alone, so that the number of steps does
        not depend on the cut into chunks.
        """
        if self.n_done >= self.n_steps:
            return True
        return self.n_done % self._window == 0 and self._is_within_tolerance()

    def _is_within_tolerance(self):
        return self._tolerance is not None and self._change() < self._tolerance

    def is_converged(self):
        """Whether the bound no longer increases beyond its noise."""
        if self._is_within_tolerance():
            return True
        windows = self._last_windows()
        if windows is None:
            return False
        before, after = windows
        error = np.sqrt((np.var(before) + np.var(after)) / len(after))
        return bool(np.mean(after) - np.mean(before) < 4. * error + 1e-3 * max(
            1., abs(np.mean(after))))

    def _change(self):
        """The relative change of the mean bound between two windows."""
        windows = self._last_windows()
        if windows is None:
            return np.inf
        before, after = map(np.mean, windows)
        return abs(after - before) / max(abs(after), 1.)

    def _last_windows(self):
        bounds = self.bounds[-2 * self._window:]
        if len(bounds) < 2 * self._window:
            return None
        return bounds[:self._window], bounds[self._window:]


class CallbackList:
    """Keras-style callbacks; an epoch is a hundredth of the steps.

    `model` of a callback is this object. A callback ends the fit by
    ``self.model.stop_training = True``.
    """

    def __init__(self, callbacks, n_steps):
        self._callbacks = list(callbacks or [])
        self.stop_training = False
        # `zs.keras.swag` has its own.
        self.epoch_length = next(
            (x._epoch_length for x in self._callbacks if hasattr(x, "_epoch_length")),
            max(1, n_steps // 100))
        for callback in self._callbacks:
            if hasattr(callback, "set_model"):
                callback.set_model(self)

    def __bool__(self):
        return bool(self._callbacks)

    def call(self, name, *args):
        """Call the method `name` of each callback that has it."""
        for callback in self._callbacks:
            if hasattr(callback, name):
                getattr(callback, name)(*args)

    def end_of_epoch(self, n_done, bounds):
        """Report the epochs that end with step `n_done`.

        :param bounds: An array of all bounds.
        """
        if n_done % self.epoch_length == 0:
            bound = float(np.mean(bounds[-self.epoch_length:]))
            self.call("on_epoch_end", n_done // self.epoch_length - 1,
                      {"bound": bound, "loss": -bound})
