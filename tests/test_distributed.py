"""Training on many devices, and the launcher of workers."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v2 as tf

from zhusuan.launch import launch

FOLDER = Path(__file__).resolve().parent
OPTIONS = ["--steps", "50", "--checkpoint-every", "10", "--batch-size", "16",
           "--hidden", "20", "--z-dim", "3", "--seed", "3"]
needs_tf2 = pytest.mark.skipif(tf.__version__.startswith("1."),
                               reason="the example needs TensorFlow 2")


def python(*arguments, **environment):
    env = dict(os.environ, PYTHONPATH=str(FOLDER.parent), TF_CPP_MIN_LOG_LEVEL="3",
               TF_NUM_INTRAOP_THREADS="1", **environment)
    return subprocess.run([sys.executable] + [str(a) for a in arguments], env=env,
                          capture_output=True, text=True)


def train(folder, *devices, **options):
    """The lines of the chief, and the arrays of the last checkpoint."""
    folder.mkdir()
    launcher = ["-m", "zhusuan.launch", "--workers", "2"] if options.pop(
        "workers", False) else []
    done = python(*launcher + [FOLDER / "distributed_program.py", folder] + OPTIONS
                  + ["--result-dir", folder] + list(devices), **options)
    assert done.returncode == 0, done.stderr
    with np.load(str(folder / "checkpoint.npz")) as members:
        return done, {n: members[n] for n in members.files if n != "manifest"}


@needs_tf2
@pytest.mark.slow
def test_smoke(tmp_path):
    done = python(FOLDER / "distributed_program.py", tmp_path, "--smoke",
                  "--result-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.match(r"Step 20 .* on 1 devices\): Lower bound = -\d", done.stdout)
    assert (tmp_path / "smoke" / "checkpoint.npz").exists()


@needs_tf2
@pytest.mark.slow
def test_devices_and_killed_workers_change_no_numbers(tmp_path):
    """One device; two of one machine; two workers, whose chief is killed once."""
    one, want = train(tmp_path / "one")
    two, mirrored = train(
        tmp_path / "mirrored", "--devices", "CPU:0", "CPU:1", DEVICES="2")
    killed, spread = train(tmp_path / "workers", workers=True, KILLS="0:25")

    # 24 steps, then the rest from step 20 on.
    assert killed.stderr.count("worker 0 was killed by signal 9; restarting all") == 1
    lines = {}
    for name, done in ("one", one), ("mirrored", two), ("workers", killed):
        lines[name] = re.findall(
            r"Step (\d+) \(\d+ images/s on (\d) devices\): Lower bound = (\S+)",
            done.stdout)
        assert [step for step, _, _ in lines[name]] == ["10", "20", "30", "40", "50"]
        assert {n for _, n, _ in lines[name]} == {"1" if name == "one" else "2"}
    for name in "mirrored", "workers":
        np.testing.assert_allclose([float(b) for _, _, b in lines[name]],
                                   [float(b) for _, _, b in lines["one"]], rtol=1e-5)
    assert float(lines["one"][-1][2]) > float(lines["one"][0][2]) + 50.
    for arrays in mirrored, spread:
        assert sorted(arrays) == sorted(want)
        for name in want:
            np.testing.assert_allclose(arrays[name], want[name], atol=1e-5, rtol=0)


# What the launcher itself does, seen by scripts that use no TensorFlow.
WORKER = """
import json, os, signal, sys
config = json.loads(os.environ["TF_CONFIG"])
index, folder = config["task"]["index"], sys.argv[1]
attempt = len([n for n in os.listdir(folder) if n.startswith("%d-" % index)])
name = os.path.join(folder, "%d-%d" % (index, attempt))
with open(name + ".part", "w") as stream:  # it may be killed while it writes
    json.dump(config, stream)
os.rename(name + ".part", name)
action = sys.argv[2].split(",")[index]
if action == "wait":
    signal.pause()
elif action == "die" or action == "die once" and attempt == 0:
    os.kill(os.getpid(), signal.SIGKILL)
elif action == "die once":
    action = "0"
sys.exit(int(action))
"""


@pytest.mark.parametrize("actions,restarts,code,attempts", [
    ("0,0,0", 1, 0, 1),
    ("wait,7,wait", 3, 7, 1),
    ("0,die once,0", 1, 0, 2),
    ("wait,wait,die", 1, 128 + 9, 2),
])
def test_launcher(actions, restarts, code, attempts, tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    folder = tmp_path / "attempts"
    folder.mkdir()
    command = [sys.executable, str(script), str(folder), actions]
    assert launch(command, 3, restarts) == code
    written = [path for path in folder.iterdir() if path.suffix != ".part"]
    last = max(int(path.name.split("-")[1]) for path in written)
    assert last + 1 == attempts
    for path in written:
        config = json.loads(path.read_text())
        assert len(set(config["cluster"]["worker"])) == 3
        assert path.name.startswith("%d-" % config["task"]["index"])
