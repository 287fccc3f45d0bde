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
from zhusuan.mcmc import _chains_file
from zhusuan.mcmc._run import chain_loop, checkpoint, run_record

PROGRAM = pathlib.Path(__file__).parent / "checkpoint_program.py"


@pytest.mark.slow
@pytest.mark.parametrize("n_chunks", [0, 1, 5])
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


# -- Journals ---------------------------------------------------------------------

@pytest.fixture
def few_draws_per_chunk(monkeypatch):
    monkeypatch.setattr(chain_loop, "CHUNK_DRAWS", 3)


@pytest.fixture
def journal(tmp_path, monkeypatch, few_draws_per_chunk):
    """The path of a complete journal, and the bytes of its states, last to first."""
    path, states = tmp_path / "chains.npz", []
    add = checkpoint.Checkpoint.add

    def add_and_read(self, record):
        add(self, record)
        states.insert(0, path.read_bytes())

    monkeypatch.setattr(checkpoint.Checkpoint, "add", add_and_read)
    monkeypatch.setattr(checkpoint.Checkpoint, "finish", lambda self, chains: None)
    run(path)
    return path, states


def test_every_state_of_a_journal_is_read(journal):
    path, states = journal
    whole = run()
    assert_same(zs.Chains.load(path), whole)
    n_done = []
    for state in states:
        path.write_bytes(state)
        part = zs.Chains.load(path)
        np.testing.assert_array_equal(part["x"], whole["x"][:part.n_samples])
        n_done.append(part.n_done)
    assert n_done == sorted(set(n_done), reverse=True) and len(n_done) > 25


def test_an_incomplete_addition_is_ignored(journal, monkeypatch):
    path, (last, before) = journal[0], journal[1][:2]
    assert last[:len(before)] == before  # the last addition was appended
    path.write_bytes(before)
    n_done = zs.Chains.load(path).n_done
    for kept in [1, 7, 8, 9, 100, len(last) - len(before) - 1]:
        path.write_bytes(last[:len(before) + kept])
        assert zs.Chains.load(path).n_done == n_done < 90
    monkeypatch.undo()
    assert_same(run(path), run())
    assert_same(zs.Chains.load(path), run())
    assert path.read_bytes()[:2] == b"PK"  # an .npz file at the end of the run


@pytest.mark.parametrize("n_bytes", [1, 500, 10 ** 6])
def test_a_file_in_several_parts_holds_the_same(n_bytes, monkeypatch, journal):
    monkeypatch.setattr(checkpoint, "_PART_BYTES", n_bytes)
    path, states = journal
    path.write_bytes(states[3])
    run(path)
    assert_same(zs.Chains.load(path), run())


def test_damaged_journals_are_named(journal):
    path, (last, *_) = journal
    for damaged in (_chains_file._MARK, last[:20], last[:3000] + last[3100:],
                    _chains_file._MARK + b"\xff" * 8 + last[24:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="chains.npz.*Chains.save wrote"):
            zs.Chains.load(path)


def test_bytes_written_are_proportional_to_the_draws(
        tmp_path, monkeypatch, few_draws_per_chunk):
    """Whole files for each chunk would be 3 times as many bytes for 2 times as many."""
    def count(write, is_appended):
        def write_and_count(path, content):
            before = os.path.getsize(str(path)) if is_appended else 0
            result = write(path, content)
            written[-1] += os.path.getsize(str(path)) - before
            return result
        return write_and_count

    written = []
    monkeypatch.setattr(_chains_file, "append", count(_chains_file.append, True))
    monkeypatch.setattr(
        _chains_file, "write_journal", count(_chains_file.write_journal, False))
    for n_samples in 150, 300, 600:
        written.append(0)
        run(tmp_path / str(n_samples), n_samples)
    assert written[1] < 2.5 * written[0] and written[2] < 2.5 * written[1]


# -- Interruptions and failures -----------------------------------------------------

def test_ctrl_c_within_the_record_leaves_no_part_of_a_chunk(
        tmp_path, monkeypatch, few_draws_per_chunk):
    path, counts = str(tmp_path / "chains.npz"), []
    count = run_record._count_divergent

    def count_or_interrupt(statistics):
        counts.append(count(statistics))
        if len(counts) == 4:
            raise KeyboardInterrupt
        return counts[-1]

    monkeypatch.setattr(run_record, "_count_divergent", count_or_interrupt)
    with pytest.warns(UserWarning, match="Interrupted after"):
        chains = run(path)
    assert 0 < chains.n_samples == chains.n_done - chains.n_warmup
    assert_same(run(path), run())


def test_a_folder_that_does_not_exist_is_named_before_the_run(tmp_path):
    with pytest.raises(OSError, match="checkpoint=: cannot write to the folder.*none"):
        run(str(tmp_path / "none" / "chains.npz"))


def test_a_run_whose_file_cannot_be_written_any_more_ends_with_its_draws(
        tmp_path, monkeypatch, few_draws_per_chunk):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_chains_file, "append", fail)
    with pytest.warns(UserWarning, match="No space left on device.*without it") as seen:
        chains = run(str(tmp_path / "chains.npz"))
    assert len([x for x in seen if "No space" in str(x.message)]) == 1
    assert_same(chains, run())
