"""Metrics of a run, one row per epoch: a CSV file and TensorBoard events."""

import csv
import io
import os

import tensorflow.compat.v1 as tf

from examples.utils.checkpoint import CheckpointError
from examples.utils.files import write_atomically


class MetricLog:
    """Writes `RESULT_DIR/metrics.csv` and event files to `RESULT_DIR/events/`.

    The CSV file is replaced as a whole at each row, so that a killed process
    never leaves half a row. Write the row of an epoch before its checkpoint:
    then a killed run has the row of every epoch it can resume from, and
    resuming drops the rows that are ahead.

    Usable in a v1 graph and in eager programs::

        with MetricLog("results", ["lower_bound"]) as log:
            log.write(1, lower_bound=-150.2)

    :param result_dir: A directory that is there (see `prepare_result_dir`): str,
        bytes or `os.PathLike`.
    :param fields: Names of the metrics, in the order of the columns after
        "epoch".
    :param resume_after: The last epoch to keep of what an earlier run wrote;
        None starts afresh.
    :raises CheckpointError: On resuming, the CSV file has other columns or is
        damaged.
    """

    def __init__(self, result_dir, fields, resume_after=None):
        self._columns = ["epoch"] + list(fields)
        result_dir = os.fsdecode(result_dir)
        self._path = os.path.join(result_dir, "metrics.csv")
        self._rows = []
        if resume_after is not None and os.path.exists(self._path):
            self._rows = [row for row in self._read()
                          if int(row[0]) <= resume_after]
        self._replace()
        self._events = _open_events(
            os.path.join(result_dir, "events"), (resume_after or 0) + 1)

    def write(self, epoch, **values):
        """Append one row; what is not given stays empty.

        :param epoch: int, greater than that of the row before.
        :param values: Numbers, by the name of the metric.
        :raises ValueError: An unknown metric or an epoch out of order.
        """
        self._check(epoch, values)
        row = [str(int(epoch))]
        row += [repr(float(values[name])) if name in values else ""
                for name in self._columns[1:]]
        self._rows.append(row)
        self._replace()
        summary = tf.Summary(value=[
            tf.Summary.Value(tag=name, simple_value=float(value))
            for name, value in sorted(values.items())])
        self._events.add_summary(summary, epoch)
        self._events.flush()

    def column(self, name):
        """What one metric has been so far.

        :return: Two lists: the epochs in which it was given, and its values then.
        """
        at = self._columns.index(name)
        given = [(int(row[0]), float(row[at])) for row in self._rows if row[at]]
        return [epoch for epoch, _ in given], [value for _, value in given]

    def close(self):
        """Close the event file."""
        self._events.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def _check(self, epoch, values):
        unknown = sorted(set(values) - set(self._columns[1:]))
        if unknown:
            raise ValueError(
                "MetricLog.write: {!r} is none of its metrics; expected {}. "
                "Add it to `fields` or correct the name.".format(
                    unknown[0], ", ".join(self._columns[1:])))
        if self._rows and epoch <= int(self._rows[-1][0]):
            raise ValueError(
                "MetricLog.write: epoch {} was given after epoch {}; expected "
                "a later one. To repeat epochs make a new MetricLog with "
                "resume_after.".format(epoch, self._rows[-1][0]))

    def _read(self):
        try:
            with open(self._path, newline="", encoding="utf-8") as stream:
                columns, *rows = list(csv.reader(stream)) or [[]]
        except (UnicodeDecodeError, csv.Error):  # bytes that are no text
            columns, rows = ["not a table"], []
        if columns != self._columns or not all(map(self._is_row, rows)):
            raise CheckpointError(
                "Cannot resume {!r}: it has columns {}, expected {} and as "
                "many entries in each row. Give another result directory or "
                "move the file away.".format(
                    self._path, ",".join(columns), ",".join(self._columns)))
        return rows

    def _is_row(self, row):
        try:
            int(row[0])
            [float(value) for value in row[1:] if value]
        except (ValueError, IndexError):
            return False
        return len(row) == len(self._columns)

    def _replace(self):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self._columns)
        writer.writerows(self._rows)
        with write_atomically(self._path) as stream:
            stream.write(text.getvalue().encode("utf-8"))


def _open_events(folder, first_epoch):
    """An event writer whose epochs from the first on replace earlier ones."""
    with tf.Graph().as_default():  # FileWriter refuses to be made eagerly
        # Names of event files hold the time in seconds; the suffix keeps apart
        # a run and its continuation within one.
        events = tf.summary.FileWriter(
            folder, filename_suffix=".from-epoch-{}".format(first_epoch))
    start = tf.SessionLog(status=tf.SessionLog.START)
    events.add_session_log(start, first_epoch)
    return events
