"""The examples without tqdm, Pillow and Matplotlib."""
import argparse
import sys

import numpy as np
import pytest

from examples.utils import images, optional, results, runs, script


@pytest.fixture
def without(monkeypatch):
    """A function that makes packages look uninstalled, and no message printed yet."""
    def hide(*names):
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    optional.find_package.cache_clear()
    yield hide
    optional.find_package.cache_clear()


def check_one_message(capsys, purpose, name):
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.startswith("Without {}: {} is not installed. Install".format(
        purpose, name))


def test_progress_bars_show_nothing_without_tqdm(without, capsys):
    without("tqdm")
    for _ in range(2):
        assert list(optional.progress_bar(range(3), "Epoch", unit=" data")) == [0, 1, 2]
    check_one_message(capsys, "progress bars", "tqdm")


def test_progress_bars_are_those_of_tqdm(without, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(optional.progress_bar(range(3), "Epoch 1")) == [0, 1, 2]
    assert "Epoch 1: " in capsys.readouterr().err


def test_pictures_of_images_are_skipped_without_pillow(without, capsys, tmp_path):
    without("PIL")
    for _ in range(2):
        images.save_grid(np.zeros([4, 28, 28]), str(tmp_path / "a.png"))
    check_one_message(capsys, "pictures of images", "PIL")
    assert list(tmp_path.iterdir()) == []


def test_graphs_of_metrics_are_skipped_without_matplotlib(without, capsys, tmp_path):
    run = runs.Run(argparse.Namespace(result_dir=str(tmp_path), resume=False))
    run.write(1, cost=2.)
    without("matplotlib")
    for _ in range(2):
        run.plot("costs", "nats")
    check_one_message(capsys, "graphs", "matplotlib")
    assert not (tmp_path / "costs.png").exists()


@pytest.mark.parametrize("name", ["matplotlib", "scipy"])
def test_scripts_that_require_a_package_exit_with_a_message(name, without, tmp_path):
    args = argparse.Namespace(result_dir=str(tmp_path / "results"))
    without(name)
    with pytest.raises(SystemExit) as stop:
        script.run(lambda args: results.prepare(args, "scipy"), args)
    assert str(stop.value).startswith(name + " is not installed. Install")
    assert not (tmp_path / "results").exists()


def test_package_that_lacks_a_dependency_raises(without, tmp_path, monkeypatch):
    (tmp_path / "tqdm.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tqdm", raising=False)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        optional.progress_bar(range(3), "Epoch 1")
