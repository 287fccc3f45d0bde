"""Models of binary images: runs, repeatability, errors of users."""
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
VAE = os.path.join("variational_autoencoders", "vae.py")
SBN = os.path.join("sigmoid_belief_nets", "sbn.py")
VAE_EAGER = os.path.join("variational_autoencoders", "vae_eager.py")
VAE_KERAS = os.path.join("variational_autoencoders", "vae_keras.py")
SMALL = ["--epochs", "3", "--batch-size", "16", "--z-dim", "2", "--seed", "5"]


@pytest.fixture
def start(tmp_path):
    """A function that runs an example in one process, by one or more options."""
    def start(script, *runs):
        environment = dict(os.environ, TOY_DATA_DIR=str(tmp_path))
        done = subprocess.run(
            [sys.executable, PROGRAM, script], input=json.dumps(runs),
            capture_output=True, text=True, env=environment)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode <= 0, done.stderr  # negative: by a signal
        return done.returncode, results

    return start


@pytest.fixture
def small(tmp_path):
    """A function from a result directory and more options to a run."""
    def small(result_dir, *options, **die):
        argv = SMALL + ["--data-dir", str(tmp_path),
                        "--result-dir", str(tmp_path / result_dir)]
        return dict(die, argv=argv + list(options))

    return small


def read_metrics(folder):
    with open(str(folder / "metrics.csv"), newline="") as stream:
        return list(csv.DictReader(stream))


def read_checkpoint(folder):
    reader = tf.train.load_checkpoint(str(folder / "checkpoints"))
    return {name: reader.get_tensor(name)
            for name in reader.get_variable_to_shape_map() if name[0] != "_"}


def check_paragraph(result, code, *patterns):
    """An error that ends the run is one paragraph that has all these words."""
    assert result["code"] == code, result
    assert "Traceback" not in result["err"]
    assert result["err"].strip().count("\n") == 0, result["err"]
    for pattern in patterns:
        assert re.search(pattern, result["err"]), result["err"]


def test_runs_train_and_user_errors_exit_with_a_message(start, small, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "damaged" / "checkpoints").mkdir(parents=True)
    (tmp_path / "damaged" / "checkpoints" / "checkpoint").write_text("no checkpoint")
    (tmp_path / "no data").mkdir()
    _, results = start(
        VAE,
        small("results", "--save-every", "2", "--eval-epochs", "2"),
        small("results"),
        small("results", "--resume"),
        small("results", "--resume", "--z-dim", "3"),
        small("damaged", "--resume"),
        small(os.path.join("file", "results")),
        small("other", "--epoch", "3"),
        small("other", "--seed", "-1"),
        small("other", "--learning-rate", "inf"),
        small("other", "--dataset", "minst"),
        small("other", "--batch-size", "100"),
        small("other", "--learning-rate", "1e30"))
    check_run(results[0], tmp_path / "results")

    check_paragraph(results[1], 1, "has a run already", "--resume")
    assert results[2]["code"] == 0
    assert "Epoch 3 is done already" in results[2]["out"]
    check_paragraph(results[3], 1, "another model", "option z_dim was 2, but is 3")
    assert len(read_metrics(tmp_path / "results")) == 3
    check_paragraph(results[4], 1, "damaged", "--result-dir")
    check_paragraph(results[5], 1, "Not a directory.*file")
    check_paragraph(results[6], 2, "unrecognized arguments: --epoch 3", "--help")
    check_paragraph(results[7], 2, "--seed: -1 was given, expected")
    check_paragraph(results[8], 2, "--learning-rate: inf was given, expected")
    check_paragraph(results[9], 2, "'minst' .choose from .*fashion_mnist")
    check_paragraph(results[10], 1, "batch size 100 .* 67 ", "--batch-size")
    check_paragraph(results[11], 1, "diverged in epoch 1", "smaller --learning-rate")
    assert not list((tmp_path / "other" / "checkpoints").iterdir())


def check_run(result, folder):
    assert result["code"] == 0, result["err"]
    rows = read_metrics(folder)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    bounds = [float(row["lower_bound"]) for row in rows]
    assert bounds[0] < bounds[1] < bounds[2] < 0
    printed = re.findall(r"^Epoch \d \([\d.]+s, \d+ examples/s\): "
                         r"lower_bound = ([-\d.]+)", result["out"], re.M)
    np.testing.assert_allclose([float(b) for b in printed], bounds, atol=1e-3)
    assert rows[0]["test_lower_bound"] == rows[0]["test_log_likelihood"] == ""
    for row in rows[1:]:  # importance sampling is tighter than the bound
        assert (float(row["test_lower_bound"])
                < float(row["test_log_likelihood"]) < 0)
    names = {path.name for path in folder.iterdir()}
    assert names == {"metrics.csv", "checkpoints", "events",
                     "samples.epoch.2.png", "reconstructions.png",
                     "latent_walk.png", "bounds.png"}
    for name in names:
        if name.endswith(".png"):
            assert (folder / name).read_bytes().startswith(b"\x89PNG")
    check_walk(folder / "latent_walk.png")
    assert len(list((folder / "events").iterdir())) == 1


def check_walk(path):
    """From one of the test images to the next in each row: white left, white right."""
    from PIL import Image
    with Image.open(str(path)) as picture:
        images = np.asarray(picture).reshape([10, 28, 10, 28]).swapaxes(1, 2)
    assert set(np.unique(images[:, [0, -1]])) == {0, 255}
    left, right = images[..., :14].mean(axis=(2, 3)), images[..., 14:].mean(axis=(2, 3))
    assert np.all(left[:, 0] > 200) and np.all(right[:, 0] == 0)
    assert np.all(left[:, -1] == 0) and np.all(right[:, -1] > 200)
    difference = (left - right)[:, 1:-1].mean(axis=0)
    assert np.all(np.diff(difference) < 0), difference  # by and by


@pytest.mark.slow
def test_killed_anywhere_and_resumed_gives_the_same_numbers(start, small, tmp_path):
    options = ["--resume", "--eval-epochs", "2"]
    broken = tmp_path / "broken"

    code, _ = start(VAE, small("broken", *options, die=["SIGKILL", "Epoch 2", 2]))
    assert code == -9
    assert len(read_metrics(broken)) == 1
    code, _ = start(VAE, small("broken", *options, die=["SIGKILL", "checkpoint", 1]))
    assert code == -9
    assert len(read_metrics(broken)) == 2  # a row ahead of the checkpoint
    assert {path.stem for path in (broken / "checkpoints").glob("ckpt-*.index")} == {
        "ckpt-1", "ckpt-2"}  # the second is not the last one

    code, (interrupted, resumed, whole) = start(
        VAE,
        small("broken", *options, die=["SIGINT", "Epoch 3", 1]),
        small("broken", *options),
        small("whole", *options))
    assert code == 0
    check_paragraph(interrupted, 130, "Interrupted.*--resume")
    assert "Epoch 2 " in interrupted["out"] and "Epoch 1 " not in interrupted["out"]
    assert resumed["code"] == whole["code"] == 0
    assert "Epoch 3 " in resumed["out"] and "Epoch 2 " not in resumed["out"]
    assert ((broken / "metrics.csv").read_bytes()
            == (tmp_path / "whole" / "metrics.csv").read_bytes())
    resumed, whole = read_checkpoint(broken), read_checkpoint(tmp_path / "whole")
    assert set(resumed) == set(whole)
    for name in whole:
        np.testing.assert_array_equal(resumed[name], whole[name], name)
    other_seed = small("other", "--seed", "6", "--epochs", "1")
    start(VAE, other_seed)
    assert (read_metrics(tmp_path / "other")[0]["lower_bound"]
            != read_metrics(broken)[0]["lower_bound"])


@pytest.mark.slow
@pytest.mark.parametrize("script, options", [
    (VAE, ["--z-dim", "2", "--objective", "iwae", "--particles", "5"]),
    (VAE, ["--z-dim", "2", "--objective", "dreg", "--particles", "5"]),
    (SBN, ["--layer-dims", "20", "10", "5"])], ids=["iwae", "dreg", "sbn"])
def test_bounds_of_several_samples(start, tmp_path, script, options):
    argv = ["--smoke", "--epochs", "2", "--batch-size", "8", "--seed", "5",
            "--data-dir", str(tmp_path), "--result-dir", str(tmp_path / "results"),
            "--save-every", "2"] + options
    _, (result,) = start(script, {"argv": argv})
    assert result["code"] == 0, result["err"]
    folder = tmp_path / "results" / "smoke"
    first, second = read_metrics(folder)
    assert float(first["lower_bound"]) < float(second["lower_bound"]) < 0
    assert (float(second["test_lower_bound"])
            < float(second["test_log_likelihood"]) < 0)
    assert {"samples.epoch.2.png", "reconstructions.png", "bounds.png"} <= {
        path.name for path in folder.iterdir()}


@pytest.mark.skipif(tf.__version__.startswith("1."), reason="needs TensorFlow 2")
@pytest.mark.slow
def test_compiled_runs_resume_to_the_same_numbers(start, small, tmp_path):
    _, results = start(
        VAE, small("whole", "--jit-compile", "--eval-epochs", "1"),
        small("broken", "--jit-compile", "--epochs", "1"),
        small("broken", "--jit-compile", "--resume"), small("plain"))
    for result in results:
        assert result["code"] == 0, result["err"]
    whole, plain = read_metrics(tmp_path / "whole"), read_metrics(tmp_path / "plain")
    bounds = [float(row["lower_bound"]) for row in whole]
    assert bounds[0] < bounds[1] < bounds[2] < 0
    assert read_metrics(tmp_path / "broken") == whole != plain
    np.testing.assert_allclose(  # other samples, from the same initial weights
        bounds, [float(row["lower_bound"]) for row in plain], rtol=0.2)


@pytest.mark.slow
def test_steps_per_run_do_not_change_the_numbers(start, small, tmp_path):
    """Epochs have 4 steps. The run that is fed has other initial values on 1.15."""
    _, results = start(
        VAE, small("two", "--steps-per-run", "2"), small("fed"),
        small("broken", "--steps-per-run", "3", "--epochs", "1"),
        small("broken", "--steps-per-run", "30", "--resume"),
        small("wrong", "--steps-per-run", "2", "--jit-compile"))
    for result in results[:4]:
        assert result["code"] == 0, result["err"]
    two = read_checkpoint(tmp_path / "two")
    for folder in "broken", "fed":
        other = read_checkpoint(tmp_path / folder)
        assert set(other) == set(two)
        for name in two:
            if folder == "broken" or not tf.__version__.startswith("1."):
                np.testing.assert_array_equal(other[name], two[name], name)
    rows, broken = (read_metrics(tmp_path / folder) for folder in ("two", "broken"))
    bounds = [float(row["lower_bound"]) for row in rows]
    np.testing.assert_allclose(
        [float(row["lower_bound"]) for row in broken], bounds, rtol=1e-5)
    assert bounds[0] < bounds[1] < bounds[2] < float(rows[2]["test_lower_bound"]) < 0
    check_paragraph(results[4], 1, "compiled_cost: .*jit_compile=False")


@pytest.mark.slow
def test_resumed_runs_keep_the_fastest_program(start, small, tmp_path):
    """The choice, which depends on the machine, is an option of the saved run."""
    def is_compiled(folder):
        (options,) = (tmp_path / folder).glob("**/options.json")
        return json.loads(options.read_text())["jit_compile"]

    _, begun = start(VAE, small("whole", "--fastest", "--eval-epochs", "1"),
                     small("broken", "--fastest", "--epochs", "1"))
    _, resumed = start(VAE, small("broken", "--resume",
                                  *["--jit-compile"] * is_compiled("broken")))
    for result in begun + resumed:
        assert result["code"] == 0, result["err"]
    if is_compiled("whole") == is_compiled("broken"):
        assert read_metrics(tmp_path / "broken") == read_metrics(tmp_path / "whole")
    _, (other,) = start(VAE, small("broken", "--resume", "--epochs", "4", *[
        "--jit-compile"] * (not is_compiled("broken"))))
    check_paragraph(other, 1, "requires TensorFlow 2|option jit_compile was")


@pytest.mark.skipif(tf.__version__.startswith("1."), reason="needs TensorFlow 2")
@pytest.mark.slow
def test_the_eager_example_trains_and_resumes(start, small, tmp_path):
    _, results = start(
        VAE_EAGER, small("whole", "--eval-epochs", "1"),
        small("broken", "--epochs", "1"), small("broken", "--resume"),
        small("compiled", "--jit-compile"),
        small("other", "--batch-size", "100"))
    for result in results[:4]:
        assert result["code"] == 0, result["err"]
    for folder in "whole", "compiled":
        first, second, third = read_metrics(tmp_path / folder)
        bounds = [float(row["lower_bound"]) for row in (first, second, third)]
        assert bounds[0] < bounds[1] < bounds[2] < 0
        assert float(third["test_lower_bound"]) < float(
            third["test_log_likelihood"]) < 0
    assert read_metrics(tmp_path / "broken") == read_metrics(tmp_path / "whole")
    check_walk(tmp_path / "whole" / "latent_walk.png")
    check_paragraph(results[4], 1, "batch size 100 .* 67 ")


@pytest.mark.slow
@pytest.mark.skipif(tf.__version__.startswith("1."), reason="for TensorFlow 2")
def test_the_keras_example_trains(start, tmp_path):
    _, (result, wrong) = start(
        VAE_KERAS, {"argv": ["--smoke", "--epochs", "9", "--z-dim", "2", "--data-dir",
                             str(tmp_path), "--result-dir", str(tmp_path / "out")]},
        {"argv": ["--objective", "elbow"]})
    assert result["code"] == 0, result["err"]
    losses = [float(row["loss"]) for row in read_metrics(tmp_path / "out" / "smoke")]
    assert losses[0] > losses[4] > losses[8] > 0
    bound, log_likelihood = map(float, re.findall(r"= (\S+[\d.])", result["out"]))
    assert bound < log_likelihood < 0
    assert {path.name for path in (tmp_path / "out" / "smoke").iterdir()} == {
        "metrics.csv", "model.keras", "samples.png"}
    check_paragraph(wrong, 2, "'elbow' .choose from .*dreg")


@pytest.mark.skipif(not tf.__version__.startswith("1."), reason="for TensorFlow 1.15")
@pytest.mark.parametrize("script", [VAE_EAGER, VAE_KERAS])
def test_examples_for_tensorflow_2_name_their_requirements(start, script):
    _, (result,) = start(script, {"argv": []})
    check_paragraph(result, 1, "requires TensorFlow 2.16", "this is 1.15", "vae.py")


@pytest.mark.skipif(not tf.__version__.startswith("1."), reason="for TensorFlow 1.15")
def test_compilation_by_xla_on_tensorflow_1_exits_with_a_message(start, small):
    _, (result,) = start(VAE, small("results", "--jit-compile"))
    check_paragraph(result, 1, "jit_compile=True requires TensorFlow 2")
