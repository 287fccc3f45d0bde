"""Models of few numbers: every script at a toy size, against what is known."""
import csv
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from test_example_vae import check_paragraph

PROGRAM = os.path.join(os.path.dirname(__file__), "example_program.py")


def start(tmp_path, *runs):
    """The folders of runs, a script and its options each, all in one process."""
    for result in run_all(tmp_path, runs):
        assert result["code"] == 0, result["err"]
    return [tmp_path / str(i) / "smoke" for i in range(len(runs))]


def run_all(tmp_path, runs):
    runs = [{"script": script, "argv": [
        "--smoke", "--seed", "1", "--result-dir", str(tmp_path / str(i))] + options}
        for i, (script, *options) in enumerate(runs)]
    environment = dict(os.environ, TOY_DATA_DIR=str(tmp_path))
    done = subprocess.run(
        [sys.executable, PROGRAM, runs[0]["script"]], input=json.dumps(runs),
        capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_table(folder, name):
    """Columns of a CSV file by name: float arrays, or lists of text."""
    with open(str(folder / (name + ".csv")), newline="") as stream:
        columns, *rows = list(csv.reader(stream))
    table = dict(zip(columns, zip(*rows)))
    for column, values in table.items():
        try:
            table[column] = np.array(values, float)
        except ValueError:
            table[column] = list(values)
    return table


def check_picture(folder, name):
    data = (folder / (name + ".png")).read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) > 3000


@pytest.mark.slow
def test_toy_examples(tmp_path):
    """Bounds are 5 standard errors or more: they fail for one seed in a million."""
    gaussian, schools, toy2d, mixture = start(
        tmp_path,
        ("toy_examples/gaussian_hmc.py",), ("toy_examples/eight_schools.py",),
        ("toy_examples/toy2d_intractable.py",), ("toy_examples/mixture_sgnht.py",))

    moments = read_table(gaussian, "moments")
    np.testing.assert_allclose(moments["true_sd"], 1. / np.arange(1, 11), rtol=1e-6)
    assert np.all(moments["ess"] > 5000)
    np.testing.assert_allclose(moments["sd"], moments["true_sd"], rtol=0.05)
    assert np.all(np.abs(moments["mean"]) < 0.05 * moments["true_sd"])
    check_picture(gaussian, "chains")

    # Published: Stan's reference posterior, mean 4.4 and scale 3.6.
    posterior = read_table(schools, "posterior")
    assert posterior["parameter"][:2] == ["mean", "scale"]
    assert np.all(posterior["rhat"] < 1.02)
    np.testing.assert_allclose(posterior["mean"][:2], [4.4, 3.6], atol=0.4)
    effects = read_table(schools, "effects")
    assert np.argmax(effects["mean"]) in (0, 6)  # the schools with the largest ones
    assert np.argmin(effects["mean"]) in (4,)
    check_picture(schools, "posterior")

    # One of two modes: half of the evidence.
    result = read_table(toy2d, "result")
    assert result["log_evidence"] == pytest.approx(evidence_of_product(), abs=1e-3)
    assert result["lower_bound"] < result["log_evidence"] - np.log(2.)
    assert result["importance_sampling"] == pytest.approx(
        result["log_evidence"] - np.log(2.), abs=0.3)
    check_picture(toy2d, "posterior")

    histogram = read_table(mixture, "histogram")
    density = (0.3 * stats.norm.pdf(histogram["x"], -1.5, 0.4)
               + 0.7 * stats.norm.pdf(histogram["x"], 1., 0.7))
    np.testing.assert_allclose(histogram["density"], density, rtol=1e-3)
    result = read_table(mixture, "result")
    assert result["distance"] < 0.05
    assert result["friction"] == pytest.approx(0.1 + 0.01 * 2. ** 2 / 2, rel=0.1)
    check_picture(mixture, "histogram")


def evidence_of_product():
    """log p(x=1) for x ~ N(z1 z2, 0.3^2), by quadrature over z1 alone."""
    z1 = np.linspace(-10, 10, 200001)
    p = stats.norm.pdf(z1) * stats.norm.pdf(1., 0., np.sqrt(z1 ** 2 + 0.3 ** 2))
    return np.log(p.sum() * (z1[1] - z1[0]))


@pytest.mark.slow
def test_regression_and_factorization(tmp_path):
    """The synthetic data: noise of 0.5 around a function of two of five inputs.

    The best RMSE is 0.5, with the log density -0.73; that of the mean is about 3.3.
    """
    vi, sghmc, svgp, svgp_alone, pmf, dropout = start(
        tmp_path,
        ("bayesian_neural_nets/bnn_vi.py", "--splits", "0", "3"),
        ("bayesian_neural_nets/bnn_sgmcmc.py",),
        ("gaussian_process/svgp.py", "--splits", "0", "3"),
        ("gaussian_process/svgp.py", "--splits", "3"),
        ("probabilistic_matrix_factorization/pmf_hmc.py",),
        ("bayesian_neural_nets/variational_dropout.py", "--data-dir", str(tmp_path)))

    for folder, splits in (vi, [0, 3]), (sghmc, [0]), (svgp, [0, 3]):
        table = read_table(folder, "splits")
        np.testing.assert_array_equal(table["split"], splits)
        # Between seeds, the RMSE is 0.6 with a standard deviation of 0.2.
        assert np.all((table["rmse"] > 0.3) & (table["rmse"] < 1.5))
        assert np.all((table["log_density"] > -2.2) & (table["log_density"] < -0.4))
        check_picture(folder, "predictions")
    alone, both = (read_table(x, "splits")["rmse"] for x in (svgp_alone, svgp))
    np.testing.assert_allclose(alone, both[1:], rtol=1e-6)  # rounding in parallel sums
    for folder in vi, svgp:
        bounds = read_table(folder, "bounds")["lower_bound"]
        assert bounds[-10:].mean() > bounds[:10].mean()
    assert len(read_table(sghmc, "noise")["chain_0"]) == 20

    # The synthetic ratings have noise of 0.5, and are rounded.
    metrics = read_table(pmf, "metrics")
    assert 0.5 < metrics["rmse_mean"][-1] < 0.75
    assert metrics["rmse_mean"][-1] < metrics["rmse_draw"][-50:].mean() - 0.03
    assert 0.4 < metrics["noise"][-1] < 0.7
    check_picture(pmf, "rmse")

    metrics = read_table(dropout, "metrics")
    assert metrics["lower_bound"][0] < metrics["lower_bound"][-1] < 0.
    assert metrics["test_error"][-1] < 0.2  # the toy digits are halves of a square
    check_picture(dropout, "dropout")


def test_options_that_leave_no_draws_exit_with_one_line(tmp_path):
    sghmc, *others, svgp = run_all(tmp_path, [
        ("bayesian_neural_nets/bnn_sgmcmc.py", "--epochs", "5", "--draw-every", "10"),
        ("toy_examples/mixture_sgnht.py", "--iters", "20", "--burnin", "20"),
        ("probabilistic_matrix_factorization/pmf_hmc.py", "--iters", "20",
         "--burnin", "30"),
        ("toy_examples/mixture_sgnht.py", "--burnin", "-1"),
        ("toy_examples/mixture_sgnht.py", "--gradient-noise", "-1"),
        ("gaussian_process/svgp.py", "--inducing", "136")])
    check_paragraph(sghmc, 2, "--draw-every 10 gives no draws.* --epochs, which is 5")
    for result, reason in zip(others, [
            "--burnin 20 gives no draws.* --iters, which is 20",
            "--burnin 30 gives no draws.* --iters, which is 20",
            "--burnin: -1 was given, expected an integer of at least 0",
            "--gradient-noise: -1 was given, expected a finite number of at least 0"]):
        check_paragraph(result, 2, reason)
    check_paragraph(svgp, 1, "--inducing 136 was given; expected at most 135")
