"""Start several workers of a script on this machine, and start them again.

For trying out what trains on several machines by
`tf.distribute.MultiWorkerMirroredStrategy`::

    python -m zhusuan.launch --workers 2 SCRIPT [ARGS...]

Each worker is a process that runs `python SCRIPT [ARGS...]` with its own TF_CONFIG,
on ports of the loopback interface. When one is killed by a signal, which the others
do not survive, all are restarted; a script that resumes from its last checkpoint
then needs no repair. When one ends by an error of its own, so does the launcher, with
the same exit code.
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

from zhusuan.utils._paths import as_path

__all__ = ["launch", "main"]

_GRACE = 2.  # seconds


def launch(command, workers, restarts=3):
    """Run a command as several workers and return the exit code.

    :param command: A list of a program and its arguments: str, bytes or
        `os.PathLike`.
    :param workers: How many processes; number 0 is the chief.
    :param restarts: How often to restart all workers after one was killed.
    :return: 0 when all have ended well, else the code of the first that has not; of
        a signal s it is 128 + s, as in a shell.
    """
    if isinstance(command, (str, bytes, os.PathLike)):
        raise TypeError(
            "launch: `command` must be a list of a program and its arguments, but it "
            "is {!r}. Write [sys.executable, {!r}].".format(command, command))
    command = [as_path(item, "launch: each item of `command`") for item in command]
    for attempt in range(restarts + 1):
        processes = [subprocess.Popen(command, env=dict(os.environ, TF_CONFIG=config))
                     for config in _configurations(workers)]
        try:
            number, code = _first_failure(processes)
        finally:
            _end(processes)
        if code >= 0:
            return code
        again = "all start again" if attempt < restarts else "no restarts are left"
        _tell("worker {} was killed by signal {}; {}".format(number, -code, again))
    return 128 - code


def _configurations(workers):
    """TF_CONFIG for each worker, with ports that nobody listens on."""
    with ExitStack() as stack:  # all are open at a time, so that no two are equal
        sockets = [stack.enter_context(socket.socket()) for _ in range(workers)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        addresses = ["127.0.0.1:{}".format(s.getsockname()[1]) for s in sockets]
    return [json.dumps({"cluster": {"worker": addresses},
                        "task": {"type": "worker", "index": number}})
            for number in range(workers)]


def _first_failure(processes):
    """The number and code of a worker that failed, or (0, 0) when all ended well.

    Where one was killed, it is that one: the errors of the others come from it.
    """
    ended = queue.Queue()
    for number, process in enumerate(processes):
        _tell("worker {} is process {}".format(number, process.pid))
        threading.Thread(target=_report, args=[ended, number, process],
                         daemon=True).start()
    failed = None
    for _ in processes:
        try:  # after an error, what led to it is known soon
            number, code = ended.get(timeout=None if failed is None else _GRACE)
        except queue.Empty:
            break
        if code < 0:
            return number, code
        if code > 0 and failed is None:
            failed = number, code
    return failed or (0, 0)


def _report(ended, number, process):
    ended.put((number, process.wait()))


def _end(processes):
    for process in processes:
        if process.poll() is None:
            process.kill()  # a worker that waits for another heeds nothing else
    for process in processes:
        process.wait()


def _tell(text):
    print("zhusuan.launch: " + text, file=sys.stderr, flush=True)


def main(arguments=None):
    """The program; exits with the code of :func:`launch`."""
    parser = argparse.ArgumentParser(
        prog="python -m zhusuan.launch", allow_abbrev=False,
        description="Run a script as several workers on this machine.")
    parser.add_argument("--workers", type=int, default=2, help="how many (default 2)")
    parser.add_argument("--restarts", type=int, default=3,
                        help="how often to start again after a worker was killed "
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
