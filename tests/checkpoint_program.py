"""Run chains with a checkpoint, and be killed after some chunks.

    python checkpoint_program.py CHECKPOINT N_CHUNKS
"""
import os
import signal
import sys

import chains
import numpy as np

import zhusuan as zs


def run(checkpoint=None):
    """A run of several chunks, with warm-up."""
    with chains.eagerly():
        return zs.HMC(0.5, 3, adapt_step_size=True).run(
            chains.gaussian(np.diag([1., 4.])), {}, {"x": np.zeros([3, 2])}, 60, 30,
            seed=1, progress_bar=False, jit_compile=False, checkpoint=checkpoint)


if __name__ == "__main__":
    save, saved = zs.Chains.save, []

    def save_and_count(self, path):
        save(self, path)
        saved.append(path)
        if len(saved) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    zs.Chains.save = save_and_count
    run(sys.argv[1])
