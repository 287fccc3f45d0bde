"""Models of images at a toy size.

The toy images are the left or the right half of a square, which is also their label.
"""
import csv
import json
import os
import subprocess
import sys

import pytest

PROGRAM = os.path.join(os.path.dirname(__file__), "example_program.py")
SSL = "semi_supervised_vae/vae_ssl.py"
SSL_IS = "semi_supervised_vae/vae_ssl_adaptive_is.py"
LABELLED = ["--labels", "20", "--z-dim", "2", "--hidden", "20"]
IMAGE_MODELS = {
    "variational_autoencoders/vae_conv.py": ["--z-dim", "2", "--learning-rate", "0.01"],
    "variational_autoencoders/bernoulli_latent_vae.py": [
        "--z-dim", "5", "--hidden", "20"],
    "variational_autoencoders/bernoulli_latent_vae.py vimco": [
        "--z-dim", "5", "--hidden", "20", "--estimator", "vimco"],
    "normalizing_flows/vae_nf.py": ["--z-dim", "2", "--layers", "2"],
    "sigmoid_belief_nets/sbn_adaptive_is.py": ["--layer-dims", "20", "10", "5"],
    SSL: LABELLED,
    SSL_IS: LABELLED + ["--learning-rate", "0.002"],
}


def start(tmp_path, runs):
    """The results of runs, all in one process."""
    done = subprocess.run(
        [sys.executable, PROGRAM, SSL], input=json.dumps(runs), capture_output=True,
        text=True, env=dict(os.environ, TOY_DATA_DIR=str(tmp_path)))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_metrics(folder):
    with open(str(folder / "metrics.csv"), newline="") as stream:
        return list(csv.DictReader(stream))


def smoke(tmp_path, number, script, options):
    return {"script": script.split()[0], "argv": [
        "--smoke", "--epochs", "3", "--batch-size", "8", "--seed", "5",
        "--learning-rate", "0.005", "--save-every", "3", "--data-dir", str(tmp_path),
        "--result-dir", str(tmp_path / str(number))] + options}


@pytest.mark.slow
def test_models_of_images(tmp_path):
    results = start(tmp_path, [
        smoke(tmp_path, i, script, options if script == SSL else
              options + ["--is-samples", "100"])
        for i, (script, options) in enumerate(IMAGE_MODELS.items())])
    for i, (script, result) in enumerate(zip(IMAGE_MODELS, results)):
        assert result["code"] == 0, result["err"]
        folder = tmp_path / str(i) / "smoke"
        check_metrics(script, read_metrics(folder))
        for name in "samples.epoch.3.png", "reconstructions.png":
            assert (folder / name).read_bytes().startswith(b"\x89PNG"), script


def check_metrics(script, rows):
    bounds = [float(row["lower_bound"]) for row in rows]
    assert bounds[0] < bounds[1] < bounds[2] < 0, script
    last = rows[-1]
    assert float(last["test_lower_bound"]) < 0
    if script != SSL:  # importance sampling is tighter than the bound
        assert float(last["test_lower_bound"]) < float(last["test_log_likelihood"]) < 0
    if script in (SSL, SSL_IS):  # 20 labels tell what half an image is
        assert float(last["test_error"]) == 0
