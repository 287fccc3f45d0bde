"""The machinery of the benchmarks, on peers that take no time."""
import ast
import json
from collections import OrderedDict
from pathlib import Path

import modes
import numpy as np
import pytest

from benchmarks import gate, mcmc, plot, report
from benchmarks.compare import compare, summarized
from benchmarks.workloads import WORKLOADS, Workload

ROOT = Path(__file__).resolve().parent.parent


def toy(measure="time", **peers):
    return Workload("toy", "A toy", OrderedDict(
        (name, "tests.benchmark_toys:" + name) for name in peers.get("names", ())),
        OrderedDict([("10", {"n": 10}), ("100", {"n": 100})]), measure, 3)


def test_peers_take_turns_in_processes_of_their_own():
    result = compare(toy(names=["counting", "toiling", "missing", "unable"]),
                     seconds=0.)
    for case in "10", "100":
        found = result["cases"][case]
        assert found["counting"]["facts"]["n"] == int(case)
        assert len(found["counting"]["values"]) == 3
        # `toiling` counts 50 times as far.
        assert len(found["toiling"]["ratios"]) == 3
        assert 0. < found["toiling"]["ratio"] < 0.5
        assert "a_library_that_nobody_has" in found["missing"]["skipped"]
        assert found["unable"] == {"skipped": "cannot do this"}
    of_ours, of_theirs = [[found[peer]["facts"]["process"]
                           for found in result["cases"].values()]
                          for peer in ("counting", "toiling")]
    assert of_ours[0] == of_ours[1] != of_theirs[0] == of_theirs[1]
    json.dumps(result)


def test_first_calls_get_a_new_process_each_time():
    result = compare(toy("first", names=["counting"]), rounds=2, cases=["10"])
    assert list(result["cases"]) == ["10"]
    assert len(result["cases"]["10"]["counting"]["values"]) == 2
    memory = compare(toy("memory", names=["counting"]), rounds=1, cases=["10"])
    assert 1. < memory["cases"]["10"]["counting"]["median"] < 1000.


def test_a_broken_peer_raises():
    with pytest.raises(RuntimeError, match="this peer is broken"):
        compare(toy(names=["broken"]), rounds=1)


def test_ratios_are_taken_within_rounds():
    found = summarized(OrderedDict([
        ("ours", {"values": [1., 20., 3.]}), ("theirs", {"values": [2., 40., 3.]}),
        ("missing", {"skipped": "not there"})]))
    assert found["theirs"]["ratios"] == [0.5, 0.5, 1.]
    assert found["theirs"]["ratio"] == 0.5
    assert found["theirs"]["median"] == 3.


def test_tables_show_all_peers_and_slopes():
    result = compare(toy(names=["counting", "missing"]), seconds=0.)
    for case, value in ("10", 0.002), ("100", 0.2):
        result["cases"][case]["counting"]["median"] = value
    table = report.tables(result)
    assert "| 10 | counting | 2.00 | 1.00 | 1.00, 1.00 |" in table
    assert "slope 2.00" in table  # log10(0.2 / 0.002) per log10(100 / 10)
    assert "| missing | - |" in table


def test_the_page_keeps_text_that_is_not_generated(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Mine\n" + report.BEGIN + "old\n" + report.END + "the end\n")
    result = compare(toy(names=["counting"]), rounds=1, seconds=0.)
    (tmp_path / "vae_step.json").write_text(json.dumps(result))
    report.write(tmp_path, page)
    text = page.read_text()
    assert text.startswith("# Mine\n") and text.endswith("the end\n")
    assert "old" not in text and "### A toy" in text


def functions_of(module):
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: [a.arg for a in node.args.args] + (
        [None] if node.args.kwarg else [])
        for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_name_functions_that_take_their_cases(name):
    for where in WORKLOADS[name].peers.values():
        module, function = where.split(":")
        arguments = functions_of(module)[function]
        for case in WORKLOADS[name].cases.values():
            assert None in arguments or set(case) <= set(arguments), where


def test_the_gate_allows_for_measured_noise():
    promise = gate.Promise("vae_step", "batch 128", "by hand", 1.)
    assert gate.check(promise, [1.2] * 5)[0]
    kept, line = gate.check(promise, [1.3] * 5)
    assert not kept and line.startswith("BROKEN vae_step batch 128: 1.300")
    assert gate.check(promise, [1., 1.3, 1.1, 1.9, 1.6])[0]  # too noisy to tell
    assert not gate.check(promise, [2., 2.3, 2.1, 2.9, 2.6])[0]


def test_the_gate_names_what_is_measured():
    for promise in gate.PROMISES + [gate.OPS]:
        workload = WORKLOADS[promise.workload]
        assert promise.peer in workload.peers and promise.case in workload.cases
        assert workload.measure in gate.ROUNDS


def test_slopes_are_fitted_to_the_upper_half():
    assert plot.slope([1, 10, 100, 1000], [5., 5., 7., 700.]) == pytest.approx(2.)


@pytest.mark.slow
@pytest.mark.skipif(modes.IS_TF1, reason="XLA does not compile runs")
@pytest.mark.parametrize("sampler", ["HMC", "NUTS"])
def test_runs_of_chains_are_measured(sampler):
    """The workload uses parts of the library that are not public."""
    work = mcmc.run(sampler=sampler, problem="gaussian", n=5)
    assert np.shape(work.call())[0] == work.units == 5
    assert 0. <= work.facts["acceptance"] <= 1.
