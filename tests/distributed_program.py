"""Run the example of many devices on a few images, as one worker or alone.

    python distributed_program.py FOLDER [OPTION...]

FOLDER is for files. The variable DEVICES says how many devices the CPU is split into;
KILLS, as in "1:25 0:12", that worker 1 shall be killed when it starts its 25-th step,
and worker 0 in the next attempt when it starts its 12-th.
"""
import json
import os
import runpy
import signal
import sys

import tensorflow as tf
from example_program import EXAMPLES, make_toy_mnist

from examples.utils import dataset

folder, options = sys.argv[1], sys.argv[2:]
config = json.loads(os.environ.get("TF_CONFIG", '{"task": {"index": 0}}'))
worker = config["task"]["index"]


def next_kill():
    """Number of this attempt's victim, and of the step; None where none is left."""
    for number, kill in enumerate(os.environ.get("KILLS", "").split()):
        done = os.path.join(folder, "kill{}".format(number))
        if not os.path.exists(done):
            victim, step = map(int, kill.split(":"))
            return victim, step, done
    return None


def dying_at(kill, shuffled_batches):
    """`shuffled_batches`, whose results are indexed once per step until the kill."""
    victim, step, done = kill
    steps = []

    class Batches(list):
        def __getitem__(self, t):
            steps.append(t)
            if worker == victim and len(steps) == step:
                open(done, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            return super().__getitem__(t)

    return lambda *args: Batches(shuffled_batches(*args))


tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * int(os.environ.get("DEVICES", 1)))
data_dir = os.path.join(folder, "data{}".format(worker))
os.makedirs(data_dir, exist_ok=True)
make_toy_mnist(data_dir)
kill = next_kill()
if kill is not None:
    dataset.shuffled_batches = dying_at(kill, dataset.shuffled_batches)
script = os.path.join(EXAMPLES, "distributed", "vae_multi_worker.py")
sys.argv = [script] + options + ["--data-dir", data_dir]
runpy.run_path(script, run_name="__main__")
