"""Fit with a checkpoint, and be killed after some chunks.

    python fit_program.py CHECKPOINT N_CHUNKS
"""
import os
import signal
import sys

import numpy as np
import tensorflow.compat.v2 as tf
from chains import eagerly

import zhusuan as zs

X = np.random.RandomState(1).standard_normal([60, 2]).astype("float32")
Y = (X @ np.array([1., -1.]) + 0.5).astype("float32")


@zs.meta_bayesian_net()
def build(x):
    bn = zs.BayesianNet()
    w = bn.normal("w", tf.zeros([2]), std=1., group_ndims=1)
    bn.normal("y", tf.linalg.matvec(x, w), std=1., group_ndims=1)
    return bn


def run(checkpoint=None, n_steps=300, **options):
    """A fit of several chunks with minibatches."""
    with eagerly():
        return zs.variational.fit(
            build, posterior="low_rank_normal", data={"x": X, "y": Y}, batch_size=7,
            n_steps=n_steps, n_particles=2, seed=1, progress_bar=False,
            jit_compile=False, checkpoint=checkpoint, **options)


if __name__ == "__main__":
    save, saved = zs.variational.Fit.save, []

    def save_and_count(self, path):
        save(self, path)
        saved.append(path)
        if len(saved) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    zs.variational.Fit.save = save_and_count
    run(sys.argv[1])
