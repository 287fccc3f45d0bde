"""The example of layers with random weights trains on a data set of a few images."""
import json
import os
import re
import subprocess
import sys

import pytest
import tensorflow as tf
from test_example_vae import PROGRAM, check_paragraph

SCRIPT = os.path.join("bayesian_neural_nets", "mnist_flipout.py")


def run(folder, *options):
    """What became of the script with these options."""
    done = subprocess.run(
        [sys.executable, PROGRAM, SCRIPT], capture_output=True, text=True,
        input=json.dumps([{"argv": ["--data-dir", str(folder), *options]}]),
        env=dict(os.environ, TOY_DATA_DIR=str(folder)))
    result, = [json.loads(line) for line in done.stdout.splitlines()]
    return result


@pytest.mark.slow
@pytest.mark.skipif(tf.__version__.startswith("1."), reason="requires Keras 3")
def test_the_script_separates_two_kinds_of_images(tmp_path):
    result = run(tmp_path, "--epochs", "10", "--batch-size", "16", "--test-samples",
                 "3", "--seed", "2")
    assert result["code"] == 0, result["err"]
    error, log_likelihood = re.search(
        r"Test: error = ([\d.]+)%, log likelihood = (\S+)", result["out"]).groups()
    assert float(error) == 0.
    assert -0.3 < float(log_likelihood) <= 0.


@pytest.mark.skipif(not tf.__version__.startswith("1."), reason="for TensorFlow 1.15")
def test_the_script_names_its_requirements(tmp_path):
    check_paragraph(run(tmp_path), 1, "requires TensorFlow 2.16", "this is 1.15",
                    "bnn_vi.py")
