"""Names that pandas, h5py, PyYAML and Pillow removed without an equal replacement."""
import functools
import warnings

import numpy as np

__all__ = ["append", "from_csv", "get_value", "getsize", "hdf5_value", "ix",
           "load_yaml", "lookup", "mad", "series_from_csv", "set_value", "textsize"]


class _Ix:
    """Rows and columns by label, or by position if the labels are not integers."""

    def __init__(self, data):
        self._data = data

    def __getitem__(self, key):
        return self._data.loc[self._as_labels(key)]

    def __setitem__(self, key, value):
        self._data.loc[self._as_labels(key)] = value

    def _as_labels(self, key):
        if not isinstance(key, tuple):
            return _labels(key, self._data.axes[0])
        return tuple(_labels(k, axis) for k, axis in zip(key, self._data.axes))


def _labels(key, axis):
    """`key` as labels of `axis`; integers are positions if labels are not integers."""
    if axis.dtype.kind in "iu":
        return key
    if isinstance(key, slice):
        parts = [key.start, key.stop]
        if all(part is None or _is_integer(part) for part in parts):
            return axis[key]
        return key
    if _is_integer(key):
        return key if key in axis else axis[key]
    if isinstance(key, (list, np.ndarray)) and len(key) and all(map(_is_integer, key)):
        return axis[list(key)]
    return key


def _is_integer(key):
    return isinstance(key, (int, np.integer)) and not isinstance(key, (bool, np.bool_))


ix = property(_Ix)


@classmethod
def from_csv(cls, path, header=0, sep=",", index_col=0, parse_dates=True, encoding=None,
             tupleize_cols=None, infer_datetime_format=False):
    """`DataFrame.from_csv`: the first column is the index, parsed as dates."""
    return _read_csv(path, header, sep, index_col, parse_dates, encoding)


def _read_csv(path, header, sep, index_col, parse_dates, encoding):
    import pandas

    with warnings.catch_warnings():  # about an index without dates
        warnings.simplefilter("ignore", UserWarning)
        return pandas.read_csv(path, header=header, sep=sep, index_col=index_col,
                               parse_dates=parse_dates, encoding=encoding)


@classmethod
def series_from_csv(cls, path, sep=",", parse_dates=True, header=None, index_col=0,
                    encoding=None, infer_datetime_format=False):
    """`Series.from_csv`: the column after the index."""
    frame = _read_csv(path, header, sep, index_col, parse_dates, encoding)
    series = frame.iloc[:, 0]
    if header is None:
        series.name = series.index.name = None
    return series


def append(self, other, ignore_index=False, verify_integrity=False, sort=False):
    """Rows of `self`, then those of `other`: a frame, series, dictionary or list."""
    import pandas

    if isinstance(self, pandas.DataFrame):
        other = _as_frame(other, self, ignore_index)
    others = list(other) if isinstance(other, (list, tuple)) else [other]
    return pandas.concat([self] + others, ignore_index=ignore_index,
                         verify_integrity=verify_integrity, sort=sort)


def _as_frame(other, frame, ignore_index):
    import pandas

    if isinstance(other, dict):
        if not ignore_index:
            raise TypeError("append was given a dict; expected ignore_index=True, "
                            "since a dict has no label for the row.")
        other = pandas.Series(other)
    if isinstance(other, pandas.Series):
        if other.name is None and not ignore_index:
            raise TypeError("append was given a Series without name; expected one with "
                            "a name, or ignore_index=True.")
        return other.to_frame().T.infer_objects()
    if isinstance(other, list) and not (
            other and isinstance(other[0], pandas.DataFrame)):
        return pandas.DataFrame(other)
    return other


def get_value(self, *keys, **kwargs):
    """`DataFrame.get_value(index, col)` and `Series.get_value(label)`."""
    takeable = kwargs.get("takeable", False)
    return (self.iat if takeable else self.at)[keys if len(keys) > 1 else keys[0]]


def set_value(self, *keys_and_value, **kwargs):
    """`DataFrame.set_value(index, col, value)`, `Series.set_value(label, value)`."""
    keys, value = keys_and_value[:-1], keys_and_value[-1]
    if kwargs.get("takeable", False):
        self.iat[keys if len(keys) > 1 else keys[0]] = value
    else:
        self.loc[keys if len(keys) > 1 else keys[0]] = value
    return self


def lookup(self, row_labels, col_labels):
    """Values at pairs of labels."""
    rows = self.index.get_indexer(row_labels)
    columns = self.columns.get_indexer(col_labels)
    return self.to_numpy()[rows, columns]


def mad(self, axis=0, skipna=True):
    """The mean absolute deviation from the mean."""
    if self.ndim == 1:
        return (self - self.mean(skipna=skipna)).abs().mean(skipna=skipna)
    deviations = self.sub(self.mean(axis=axis, skipna=skipna), axis=1 - axis)
    return deviations.abs().mean(axis=axis, skipna=skipna)


hdf5_value = property(lambda self: self[()])


def getsize(self, text, *args, **kwargs):
    """The width and height of a text in a font of Pillow."""
    left, top, right, bottom = self.getbbox(text, *args, **kwargs)
    return right, bottom


def textsize(self, text, font=None, *args, **kwargs):
    """The width and height of a text drawn by Pillow."""
    left, top, right, bottom = self.textbbox((0, 0), text, font, *args, **kwargs)
    return right, bottom


def load_yaml(original, on_use):
    """`yaml.load` and `load_all`, with an optional argument `Loader`."""
    import inspect

    import yaml

    if inspect.signature(original).parameters["Loader"].default is not (
            inspect.Parameter.empty):
        return None

    @functools.wraps(original)
    def load(stream, Loader=None):
        if Loader is None:
            on_use()
            Loader = yaml.FullLoader
        return original(stream, Loader)

    return load
