"""Runs that are killed, and continued from their checkpoint."""
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest
from checkpoint_program import run
from test_run import assert_same

import zhusuan as zs

PROGRAM = pathlib.Path(__file__).parent / "checkpoint_program.py"


@pytest.mark.parametrize("n_chunks", [1, 5])
def test_a_killed_run_continues_to_the_same_draws(tmp_path, n_chunks):
    path = str(tmp_path / "chains.npz")
    root = str(PROGRAM.parent.parent)
    done = subprocess.run(
        [sys.executable, str(PROGRAM), path, str(n_chunks)], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=dict(os.environ, PYTHONPATH=root))
    assert done.returncode == -signal.SIGKILL, done.stdout.decode()
    before = zs.Chains.load(path)
    assert 0 < before.n_done < 90 and not before.is_complete
    assert_same(run(path), run())
    assert zs.Chains.load(path).is_complete
    assert_same(run(path), run())  # nothing is left to do


def test_a_foreign_file_is_named_and_kept(tmp_path):
    path = tmp_path / "chains.npz"
    np.savez(str(path), x=np.zeros(3))
    content = path.read_bytes()
    with pytest.raises(ValueError, match="chains.npz.*Chains.save wrote"):
        run(path)
    assert path.read_bytes() == content


def test_a_checkpoint_that_is_no_path_is_named():
    with pytest.raises(TypeError, match="checkpoint="):
        run(42)
