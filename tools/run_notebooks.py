"""Execute the notebooks of the built site, and keep their outputs.

    python tools/run_notebooks.py FOLDER [NAME ...]

NAME selects notebooks by their file names. An exception in a cell, a cell that
exceeds the time limit and a dead kernel are faults.
"""
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

SECONDS_PER_CELL = 1200


def execute(path):
    """Execute a notebook in an empty folder and write it.

    :return: Its fault, or None; and the seconds that it took.
    """
    began = time.time()
    notebook = nbformat.read(str(path), as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=SECONDS_PER_CELL,
                                resources={"metadata": {"path": folder}})
        try:
            client.execute()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            return str(error), time.time() - began
    nbformat.write(notebook, str(path))
    return None, time.time() - began


def main(folder, names):
    paths = [path for path in sorted(Path(folder).rglob("*.ipynb"))
             if not names or path.name in names]
    faults = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each has a process of its own
        for path, (fault, seconds) in zip(paths, pool.map(execute, paths)):
            faults += fault is not None
            print("%s: %s, %.0f s" % (path.relative_to(folder), fault or "executed",
                                      seconds), flush=True)
    print("%d notebooks, %d faults" % (len(paths), faults))
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
