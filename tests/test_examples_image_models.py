"""Every model of images, and the flow that estimates densities, at a toy size.

The toy images are the left or the right half of a square, which is also their label.
"""
import csv
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

PROGRAM = os.path.join(os.path.dirname(__file__), "example_program.py")
SSL = "semi_supervised_vae/vae_ssl.py"
M1_M2 = "semi_supervised_vae/m1_m2.py"
SBN = "sigmoid_belief_nets/sbn.py"
LADDER = "variational_autoencoders/ladder_vae.py"
SSL_IS = "semi_supervised_vae/vae_ssl_adaptive_is.py"
PAPER = "variational_autoencoders/iwae_paper.py"
VOLUME_PRESERVING = "normalizing_flows/vae_volume_preserving.py"
MAF = "normalizing_flows/maf_density.py"
LABELLED = ["--labels", "20", "--z-dim", "2", "--hidden", "20"]
IMAGE_MODELS = {
    "variational_autoencoders/vae_conv.py": ["--z-dim", "2", "--learning-rate", "0.01"],
    "variational_autoencoders/bernoulli_latent_vae.py": [
        "--z-dim", "5", "--hidden", "20"],
    "variational_autoencoders/bernoulli_latent_vae.py vimco": [
        "--z-dim", "5", "--hidden", "20", "--estimator", "vimco"],
    "normalizing_flows/vae_nf.py": ["--z-dim", "2", "--layers", "2", "--learning-rate",
                                    "0.001"],
    SBN: ["--layer-dims", "20", "10", "5", "--objective", "adaptive_is"],
    SSL: LABELLED,
    SSL_IS: LABELLED + ["--learning-rate", "0.002"],
}

# These draw no reconstructions.
PRIORS_AND_FLOWS = {
    "variational_autoencoders/vamp_prior.py": ["--z-dim", "2", "--pseudo-inputs", "9"],
    VOLUME_PRESERVING: ["--z-dim", "3", "--layers", "2"],
    VOLUME_PRESERVING + " nice": ["--z-dim", "3", "--layers", "2", "--flow", "nice"]}


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
        "--learning-rate", "0.005", "--data-dir", str(tmp_path),
        "--result-dir", str(tmp_path / str(number))] + options}


@pytest.mark.slow
def test_image_models_train_and_write_results(tmp_path):
    results = start(tmp_path, [
        smoke(tmp_path, i, script, ["--save-every", "3"] + options + (
            [] if script == SSL else ["--is-samples", "100"]))
        for i, (script, options) in enumerate(IMAGE_MODELS.items())])
    for i, (script, result) in enumerate(zip(IMAGE_MODELS, results)):
        assert result["code"] == 0, result["err"]
        folder = tmp_path / str(i) / "smoke"
        check_metrics(script, read_metrics(folder))
        for name in "samples.epoch.3.png", "reconstructions.png", "bounds.png":
            assert (folder / name).read_bytes().startswith(b"\x89PNG"), script


@pytest.mark.slow
def test_priors_and_flows_train(tmp_path):
    results = start(tmp_path, [
        smoke(tmp_path, i, script, options + ["--is-samples", "100"])
        for i, (script, options) in enumerate(PRIORS_AND_FLOWS.items())])
    for i, (script, result) in enumerate(zip(PRIORS_AND_FLOWS, results)):
        assert result["code"] == 0, result["err"]
        folder = tmp_path / str(i) / "smoke"
        check_metrics(script, read_metrics(folder))
        assert (folder / "bounds.png").read_bytes().startswith(b"\x89PNG"), script


@pytest.mark.skipif(tf.__version__.startswith("1."), reason="needs TensorFlow 2")
@pytest.mark.slow
def test_the_published_protocol_trains_by_a_fixed_schedule(tmp_path):
    def run(number, *options):
        return {"script": PAPER, "argv": [
            "--smoke", "--preset", "paper", "--epochs", "3", "--batch-size", "8",
            "--data-dir", str(tmp_path), "--result-dir", str(tmp_path / str(number)),
            *options]}

    *results, extended, too_few = start(tmp_path, [
        run(0, "--layers", "2"), run(1, "--particles", "5", "--validate"),
        run(2, "--particles", "5", "--estimator", "dreg"),
        run(0, "--layers", "2", "--epochs", "4", "--resume"),
        run(3, "--estimator", "dreg")])
    for result in results:
        assert result["code"] == 0, result["err"]
    for number in range(3):
        folder = tmp_path / str(number) / "smoke"
        rows = read_metrics(folder)
        bounds = [float(row["lower_bound"]) for row in rows]
        assert len(bounds) == 3 and bounds == sorted(bounds) and bounds[-1] < 0
        # Toy images are easy, so the last epochs are better than their mean bound.
        assert bounds[-1] < float(rows[-1]["test_log_likelihood"]) < 0
        assert (folder / "bounds.png").read_bytes().startswith(b"\x89PNG")
    assert extended["code"] != 0 and "epochs was 3, but is 4" in extended["err"]
    assert too_few["code"] != 0 and "several --particles" in too_few["err"]


def toy_run(tmp_path, script, folder, *options):
    return {"script": script, "argv": [
        "--smoke", "--batch-size", "8", "--seed", "5", "--data-dir", str(tmp_path),
        "--result-dir", str(tmp_path / folder), *options]}


@pytest.mark.skipif(tf.__version__.startswith("1."), reason="needs TensorFlow 2")
@pytest.mark.slow
def test_presets_train_on_labels_of_a_seed(tmp_path):
    preset = "--preset", "paper", "--epochs", "3"
    m2 = *preset, *LABELLED, "--validate"
    *results, others = start(tmp_path, [
        toy_run(tmp_path, SSL, "m2", *m2, "--label-seed", "7"),
        toy_run(tmp_path, SBN, "sbn", *preset, "--layer-dims", "20", "10", "5",
                "--is-samples", "100"),
        toy_run(tmp_path, SSL, "m2", *m2, "--label-seed", "8", "--resume")])
    for result in results:
        assert result["code"] == 0, result["err"]
    assert others["code"] != 0 and "label_seed was 7, but is 8" in others["err"]
    m2, sbn = [read_metrics(tmp_path / name / "smoke") for name in ("m2", "sbn")]
    for rows in m2, sbn:
        assert float(rows[0]["lower_bound"]) < float(rows[-1]["lower_bound"]) < 0
    assert float(m2[-1]["test_error"]) == 0  # 20 labels suffice to classify halves


@pytest.mark.skipif(tf.__version__.startswith("1."), reason="needs TensorFlow 2")
@pytest.mark.slow
def test_models_of_several_layers_train_and_resume(tmp_path):
    ladder = "--layer-dims", "4", "3", "2", "--hidden", "20", "--epochs", "4"
    for result in start(tmp_path, [
            toy_run(tmp_path, M1_M2, "m1_m2", *LABELLED, "--epochs", "300"),
            toy_run(tmp_path, LADDER, "ladder", *ladder),
            toy_run(tmp_path, LADDER, "ladder", *ladder, "--resume")]):
        assert result["code"] == 0, result["err"]
    m1_m2, ladder = [read_metrics(tmp_path / name / "smoke")
                     for name in ("m1_m2", "ladder")]
    for name, (first, *_, last) in ("cost_m1", m1_m2[:150]), ("cost_m2", m1_m2[150:]):
        assert float(first[name]) > float(last[name])
    assert float(m1_m2[-1]["test_error"]) == 0
    assert float(ladder[0]["lower_bound"]) < float(ladder[-1]["lower_bound"]) < float(
        ladder[-1]["test_log_likelihood"]) < 0


def check_metrics(script, rows):
    bounds = [float(row["lower_bound"]) for row in rows]
    assert bounds[0] < bounds[1] < bounds[2] < 0, script
    last = rows[-1]
    assert float(last["test_lower_bound"]) < 0
    if script != SSL:  # importance sampling is tighter, up to its Monte Carlo error
        assert float(last["test_lower_bound"]) < 0.5 + float(
            last["test_log_likelihood"]) < 0
    if script in (SSL, SSL_IS):  # 20 labels suffice to classify halves
        assert float(last["test_error"]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("script", ["dcgan", "wasserstein_gan"])
def test_adversarial_nets_resume_to_the_same_numbers(tmp_path, script):
    def run(folder, *options):
        return {"script": "generative_adversarial_nets/%s.py" % script, "argv": [
            "--smoke", "--batch-size", "16", "--seed", "5", "--turns", "2",
            "--data-dir", str(tmp_path), "--result-dir", str(tmp_path / folder)]
            + list(options)}

    for result in start(tmp_path, [run("whole"), run("broken", "--epochs", "1"),
                                   run("broken", "--resume"),
                                   run("still", "--turns", "5")]):
        assert result["code"] == 0, result["err"]
    whole = read_metrics(tmp_path / "whole" / "smoke")
    assert len(whole) == 2 and all(np.isfinite(float(x)) for x in whole[1].values())
    assert read_metrics(tmp_path / "broken" / "smoke") == whole
    for name in "samples.epoch.2.png", "costs.png":
        assert (tmp_path / "whole" / "smoke" / name).exists()
        assert (tmp_path / "broken" / "smoke" / name).read_bytes() == (
            tmp_path / "whole" / "smoke" / name).read_bytes()
    # An epoch of 4 batches trains the generator after turns of 2 batches, not of 5.
    for folder, n_pictures in ("whole", 2), ("still", 1):
        assert n_pictures == len({
            path.read_bytes()
            for path in (tmp_path / folder / "smoke").glob("samples.epoch.*.png")})


@pytest.mark.slow
def test_a_flow_learns_the_density_and_user_errors_exit_with_a_message(tmp_path):
    """The bounds of a density hold within 4 standard errors: failure rate 3e-5."""
    options = ["--data", "eight_gaussians", "--n-data", "2000", "--epochs", "25",
               "--layers", "4", "--hidden", "32", "--learning-rate", "0.005"]
    folder = tmp_path / "flow"
    flow, resumed, longer, odd_labels, odd, one_sample = start(tmp_path, [
        {"script": MAF, "argv": options + ["--result-dir", str(folder)]},
        {"script": MAF, "argv": options + ["--result-dir", str(folder), "--resume"]},
        {"script": MAF, "argv": options + ["--result-dir", str(folder), "--resume",
                                           "--epochs", "26"]},
        smoke(tmp_path, 1, SSL, ["--labels", "25"]),
        smoke(tmp_path, 2, SSL_IS, ["--is-samples", "150"]),
        smoke(tmp_path, 3, "variational_autoencoders/bernoulli_latent_vae.py",
              ["--estimator", "vimco", "--particles", "1"])])
    assert flow["code"] == resumed["code"] == 0, flow["err"] + resumed["err"]
    learnt, fit, truth = [
        float(number) for number in re.search(
            r"flow (\S+), normal fit (\S+), truth (\S+)$", flow["out"]).groups()]
    # Entropies: of eight normals far apart, and of one with their variance, 2.04.
    error = 4 / 2000 ** 0.5
    entropy = np.log(8 * 2 * np.pi * np.e * 0.2 ** 2)
    np.testing.assert_allclose(truth, -entropy, atol=error)
    np.testing.assert_allclose(fit, -np.log(2 * np.pi * np.e * 2.04), atol=error)
    assert fit + 0.5 < learnt < truth + error
    assert flow["out"].splitlines()[-1] == resumed["out"].splitlines()[-1]
    assert len(read_metrics(folder)) == 25
    assert (folder / "density.png").read_bytes().startswith(b"\x89PNG")

    for result, pattern in [
            (longer, r"option epochs was 25, but is 26"),
            (odd_labels, r"--labels: 25 .* multiple of 10"),
            (odd, r"--is-samples: 150 .* multiple of 100"),
            (one_sample, r"--estimator vimco .* --particles")]:
        assert result["code"] != 0 and "Traceback" not in result["err"]
        assert re.search(pattern, result["err"]), result["err"]
