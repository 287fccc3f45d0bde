"""Run a script as several workers on this machine, and restart killed workers.

Use it to try out a script that trains on several machines by
`tf.distribute.MultiWorkerMirroredStrategy`::

    python -m zhusuan.launch --workers 2 SCRIPT [ARGS...]

Each worker is a process that runs `python SCRIPT [ARGS...]` with its own TF_CONFIG,
on ports of the loopback interface. If a signal kills a worker, the others cannot
continue, and the launcher restarts all of them; a script that resumes from its last
checkpoint needs no changes. If a worker exits with an error, the launcher ends the
other workers and exits with the same code.
"""
import argparse
import json
import os
import queue
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import List, Optional, Sequence, Tuple, Union

from zhusuan.utils._paths import as_path

__all__ = ["launch", "main"]

_GRACE = 2.  # seconds

_Processes = List["subprocess.Popen[bytes]"]


def launch(command: Sequence[Union[str, bytes, "os.PathLike[str]"]], workers: int,
           restarts: int = 3) -> int:
    """Run a command as several workers and return the exit code.

    :param command: A list of a program and its arguments: str, bytes or
        `os.PathLike`.
    :param workers: How many processes; number 0 is the chief.
    :param restarts: How often to restart all workers after one was killed.
    :return: 0 if all workers succeed, otherwise the exit code of the first that
        fails. For a signal s, the code is 128 + s, as in a shell.

    >>> import sys
    >>> from zhusuan.launch import launch
    >>> launch([sys.executable, "-c", ""], workers=2)
    0
    """
    if isinstance(command, (str, bytes, os.PathLike)):
        raise TypeError(
            "launch: `command` must be a list of a program and its arguments, but it "
            "is {!r}. Write [sys.executable, {!r}].".format(command, command))
    arguments = [as_path(item, "launch: each item of `command`") for item in command]
    for attempt in range(restarts + 1):
        processes = [subprocess.Popen(arguments, env=dict(os.environ, TF_CONFIG=config))
                     for config in _configurations(workers)]
        try:
            number, code = _first_failure(processes)
        finally:
            _end(processes)
        if code > 0:
            _log("worker {} exited with code {}; all workers were ended".format(
                number, code))
        if code >= 0:
            return code
        again = "restarting all workers" if attempt < restarts else "no restarts left"
        _log("worker {} was killed by signal {}; {}".format(number, -code, again))
    return 128 - code


def _configurations(workers: int) -> List[str]:
    """TF_CONFIG for each worker, with free ports."""
    with ExitStack() as stack:  # all sockets are open at once: no two ports are equal
        sockets = [stack.enter_context(socket.socket()) for _ in range(workers)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        addresses = ["127.0.0.1:{}".format(s.getsockname()[1]) for s in sockets]
    return [json.dumps({"cluster": {"worker": addresses},
                        "task": {"type": "worker", "index": number}})
            for number in range(workers)]


def _first_failure(processes: _Processes) -> Tuple[int, int]:
    """The number and exit code of a worker that failed, or (0, 0).

    A killed worker comes first: it causes the errors of the others.
    """
    ended: queue.Queue[Tuple[int, int]] = queue.Queue()
    for number, process in enumerate(processes):
        _log("worker {} is process {}".format(number, process.pid))
        threading.Thread(target=_report, args=[ended, number, process],
                         daemon=True).start()
    failed = None
    for _ in processes:
        try:  # a worker whose death caused an error ends within the grace period
            number, code = ended.get(timeout=None if failed is None else _GRACE)
        except queue.Empty:
            break
        if code < 0:
            return number, code
        if code > 0 and failed is None:
            failed = number, code
    return failed or (0, 0)


def _report(ended: "queue.Queue[Tuple[int, int]]", number: int,
            process: "subprocess.Popen[bytes]") -> None:
    ended.put((number, process.wait()))


def _end(processes: _Processes) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()  # SIGTERM does not end a worker that waits for another
    for process in processes:
        process.wait()


def _log(text: str) -> None:
    print("zhusuan.launch: " + text, file=sys.stderr, flush=True)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """The program; exits with the code of :func:`launch`."""
    parser = argparse.ArgumentParser(
        prog="python -m zhusuan.launch", allow_abbrev=False,
        description="Run a script as several workers on this machine.")
    parser.add_argument("--workers", type=int, default=2,
                        help="the number of workers (default 2)")
    parser.add_argument("--restarts", type=int, default=3,
                        help="how often to restart all workers after one was killed "
                             "(default 3)")
    parser.add_argument("script", metavar="SCRIPT")
    parser.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error("--workers was {}; expected at least 1".format(options.workers))
    command = [sys.executable, options.script] + options.arguments
    try:
        sys.exit(launch(command, options.workers, options.restarts))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
