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
    reader = tf.train.load_checkpoint(str(folder / "checkpoints"))
    return done, {name: reader.get_tensor(name)
                  for name in reader.get_variable_to_shape_map() if name[0] != "_"}


@needs_tf2
@pytest.mark.slow
def test_smoke(tmp_path):
    done = python(FOLDER / "distributed_program.py", tmp_path, "--smoke",
                  "--result-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.match(r"Step 20 .* on 1 devices\): Lower bound = -\d", done.stdout)
    assert (tmp_path / "smoke" / "checkpoints" / "ckpt-20.index").exists()


@needs_tf2
@pytest.mark.slow
def test_devices_and_killed_workers_change_no_numbers(tmp_path):
    """One device; two of one machine; two workers, whose chief is killed once."""
    one, want = train(tmp_path / "one")
    two, mirrored = train(
        tmp_path / "mirrored", "--devices", "CPU:0", "CPU:1", DEVICES="2")
    killed, spread = train(tmp_path / "workers", workers=True, KILLS="0:25")

    # 24 steps, then the rest from step 20 on.
    assert killed.stderr.count(
        "worker 0 was killed by signal 9; restarting all workers") == 1
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


# The launcher, with scripts that use no TensorFlow.
WORKER = """
import json, os, signal, sys
config = json.loads(os.environ["TF_CONFIG"])
index, folder = config["task"]["index"], sys.argv[1]
attempt = len([n for n in os.listdir(folder) if n.startswith("%d-" % index)])
name = os.path.join(folder, "%d-%d" % (index, attempt))
with open(name + ".part", "w") as stream:  # it may be killed while it writes
    json.dump(dict(config, process=os.getpid()), stream)
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


@pytest.fixture
def worker(tmp_path):
    """A command, less its last argument: what each worker does; and their records."""
    script, folder = tmp_path / "worker.py", tmp_path / "attempts"
    script.write_text(WORKER)
    folder.mkdir()
    return [sys.executable, str(script), str(folder)], folder


def records(folder):
    """Configurations that the workers wrote, by "worker-attempt"."""
    return {path.name: json.loads(path.read_text()) for path in folder.iterdir()
            if path.suffix != ".part"}


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("actions,restarts,code,attempts,message", [
    ("0,0,0", 1, 0, 1, None),
    ("wait,7,wait", 3, 7, 1, "worker 1 exited with code 7; all workers were ended"),
    ("0,die once,0", 1, 0, 2,
     "worker 1 was killed by signal 9; restarting all workers"),
    ("wait,wait,die", 1, 128 + 9, 2,
     "worker 2 was killed by signal 9; no restarts left"),
])
def test_launch_returns_the_code_and_ends_all_workers(
        actions, restarts, code, attempts, message, worker, capfd):
    command, folder = worker
    assert launch(command + [actions], 3, restarts) == code
    lines = [line for line in capfd.readouterr().err.splitlines()
             if "is process" not in line]
    assert lines[-1:] == ([] if message is None else ["zhusuan.launch: " + message])
    written = records(folder)
    assert max(int(name.split("-")[1]) for name in written) + 1 == attempts
    for name, config in written.items():
        assert not is_running(config["process"])
        assert len(set(config["cluster"]["worker"])) == 3
        assert name.startswith("%d-" % config["task"]["index"])


def test_the_launcher_exits_with_the_code_of_a_worker(worker):
    (_, script, folder), _ = worker
    done = python("-m", "zhusuan.launch", "--workers", "2", script, folder, "wait,7")
    assert done.returncode == 7
    assert "worker 1 exited with code 7" in done.stderr
