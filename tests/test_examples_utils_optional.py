"""The examples without tqdm, Pillow and Matplotlib."""
import argparse
import sys

import numpy as np
import pytest

from examples.utils import optional, results, script
from examples.utils.images import save_image_collections
from examples.utils.records import MetricLog


@pytest.fixture
def without(monkeypatch):
    """A function that makes packages look uninstalled, and no message printed yet."""
    def hide(*names):
        for name in names:
            monkeypatch.setitem(sys.modules, name, None)

    monkeypatch.setattr(optional, "_reported", set())
    return hide


def check_one_message(capsys, project):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(
        "{0} is not installed. Install it by: pip install {0};".format(project))


def test_progress_bars_show_nothing_without_tqdm(without, capsys):
    without("tqdm")
    for _ in range(2):
        bar = optional.progress_bar(range(3), "Epoch 1", leave=False, unit=" images")
        assert list(bar) == [0, 1, 2]
        bar.set_postfix(lower_bound=1., refresh=False)
    with optional.progress_bar(total=3, desc="file", unit="B") as bar:
        bar.update(2)
    check_one_message(capsys, "tqdm")


def test_progress_bars_are_those_of_tqdm(without, capsys):
    for _ in optional.progress_bar(range(3), "Epoch 1"):
        pass
    with optional.progress_bar(total=3, desc="file", unit="B") as bar:
        bar.update(2)
    err = capsys.readouterr().err
    assert "Epoch 1: 100%" in err
    assert "file:  67%" in err


def test_pictures_of_images_are_skipped_without_pillow(without, capsys, tmp_path):
    images = np.zeros([4, 2, 2])
    without("PIL")
    for _ in range(2):
        save_image_collections(images, tmp_path / "a.png")
    check_one_message(capsys, "pillow")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="expected .0, 1."):
        save_image_collections(images - 1., tmp_path / "a.png")


def test_graphs_of_metrics_are_skipped_without_matplotlib(without, capsys, tmp_path):
    args = argparse.Namespace(result_dir=str(tmp_path))
    with MetricLog(str(tmp_path), ["cost"]) as metrics:
        metrics.write(1, cost=2.)
    without("matplotlib")
    for _ in range(2):
        results.draw_by_epoch(args, "costs", "nats", metrics, {"cost": "cost"})
    check_one_message(capsys, "matplotlib")
    assert not (tmp_path / "costs.png").exists()


@pytest.mark.parametrize("name", ["matplotlib", "scipy"])
def test_scripts_that_require_a_package_end_with_a_message(name, without, tmp_path):
    args = argparse.Namespace(result_dir=str(tmp_path / "results"))
    without(name)
    with pytest.raises(SystemExit) as stop:
        script.run(lambda args: results.prepare(args, "scipy"), args)
    assert str(stop.value).startswith(
        "{0} is not installed. Install it by: pip install {0};".format(name))
    assert not (tmp_path / "results").exists()


def test_a_package_that_lacks_another_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "tqdm.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tqdm", raising=False)
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        optional.progress_bar(range(3))
