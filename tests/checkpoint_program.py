"""Run chains with a checkpoint, and be killed after some chunks.

    python checkpoint_program.py CHECKPOINT N_CHUNKS

With 0 chunks, the process is killed in the middle of the first addition to the file.
"""
import os
import signal
import sys

import chains
import numpy as np

import zhusuan as zs
from zhusuan.mcmc import _chains_file
from zhusuan.mcmc._run.checkpoint import Checkpoint


def run(checkpoint=None, n_samples=60):
    """A run of several chunks, with warm-up."""
    with chains.eagerly():
        return zs.HMC(0.5, 3, adapt_step_size=True).run(
            chains.gaussian(np.diag([1., 4.])), {}, {"x": np.zeros([3, 2])}, n_samples,
            30, seed=1, progress_bar=False, jit_compile=False, checkpoint=checkpoint)


if __name__ == "__main__":
    def append_half(path, packed):
        append(path, packed[:len(packed) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    append, add, added = _chains_file.append, Checkpoint.add, []
    if sys.argv[2] == "0":
        _chains_file.append = append_half

    def add_and_count(self, record):
        add(self, record)
        added.append(record)
        if len(added) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    Checkpoint.add = add_and_count
    run(sys.argv[1])
