"""Runs that store the draws of some latents and derived quantities only."""
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from chains import eagerly
from test_derived_quantities import (
    DATA,
    MODELS,
    START,
    every_model,
    every_place,
    function,
    net,
)
from test_run import assert_same, hmc, run

import zhusuan as zs
from zhusuan.mcmc import ConvergenceWarning
from zhusuan.mcmc._run.chain_loop import ChainLoop

# What keep= and derived= name, and the latents and derived quantities then stored.
CHOICES = [
    (["z"], None, ["z"], []), (["theta"], None, [], ["theta"]),
    (["largest", "z"], None, ["z"], ["largest"]), (["z", "mu"], [], ["mu", "z"], []),
    (["mu"], ["theta"], ["mu"], ["theta"]), ([], ["theta"], [], ["theta"]),
    (["mu", "theta"], ["largest", "theta"], ["mu"], ["theta", "largest"]),
    (None, ["theta"], ["mu", "z"], ["theta"])]


def go(n_samples=6, place="eager", model=None, **options):
    return run(place, hmc(0.5), model or net(), START, n_samples, 3, observed=DATA,
               thin=2, **options)


def assert_stored(chains, whole, latents, derived):
    """Only these draws, equal to those of the whole run."""
    assert list(chains.draws) == latents and list(chains.derived) == derived
    for name in latents + derived:
        np.testing.assert_array_equal(chains[name], whole[name])


@pytest.mark.parametrize(
    "keep, derived, latents, quantities", CHOICES, ids=lambda x: "-".join(x or ["all"]))
def test_named_draws_are_stored_and_no_others(keep, derived, latents, quantities):
    chains = go(keep=keep, derived=derived)
    assert_stored(chains, go(), latents, quantities)
    assert chains.n_samples == 6 and chains.n_chains == 3


@every_place
@every_model
def test_draws_do_not_depend_on_what_is_stored(place, model):
    model = MODELS[model]()
    assert_stored(go(place=place, model=model, keep=["z", "largest"]),
                  go(place=place, model=model), ["z"], ["largest"])


@every_place
def test_runs_with_keep_resume_from_a_checkpoint(place, tmp_path):
    path = tmp_path / "chains.npz"
    go(2, place, keep=["mu", "theta"], checkpoint=path)
    whole = go(place=place, keep=["mu", "theta"])
    assert_same(go(place=place, keep=["mu", "theta"], checkpoint=path), whole)
    np.testing.assert_array_equal(zs.Chains.load(path)["theta"], whole["theta"])
    for other in ["z"], ["mu"], None:
        with pytest.raises(ValueError, match="resume=: .*Pass the same arguments"):
            go(place=place, keep=other, checkpoint=path)


def test_chunks_return_what_is_stored(monkeypatch):
    chunk, reports = ChainLoop.chunk, []

    def recorded(self, *args):
        state, report = chunk(self, *args)
        reports.append(report)
        return state, report

    monkeypatch.setattr(ChainLoop, "chunk", recorded)
    go(keep=["mu"])
    assert reports and all(
        [x.shape[1:] for x in report.values] == [(3,)] and not report.derived
        for report in reports)


@pytest.mark.slow
def test_a_run_without_initial_values_resumes_with_keep():
    def go(n_samples, **options):
        with eagerly():
            return zs.NUTS().run(
                net(), DATA, n_samples=n_samples, n_warmup=20, keep=["theta"], seed=1,
                progress_bar=False, jit_compile=False, **options)

    assert_same(go(9, resume=go(4)), go(9))


def test_diagnostics_use_what_is_stored():
    """The chains of "b" are apart, those of "a" are not."""
    def model(values):
        a, b = values["a"], values["b"]
        return -0.5 * a ** 2 - 0.5 * (tf.abs(b) - 10.) ** 2, {"c": 2. * b}

    def go(keep):
        return run("eager", hmc(), model, {
            "a": np.zeros(4), "b": np.array([-10., 10., -10., 10.])}, 500, 20,
            keep=keep, seed=2)

    assert go(["a"]).summary().names == ["a"]
    for name in "b", "c":
        with pytest.warns(ConvergenceWarning, match="R-hat of %r" % name):
            assert go([name]).summary().names == [name]


def test_supports_are_checked_for_latents_that_are_not_stored():
    @zs.meta_bayesian_net()
    def model():
        bn = zs.BayesianNet()
        bn.uniform("x", np.float64(0.), 1.)
        bn.normal("y", np.float64(0.), std=1.)
        return bn

    with pytest.warns(UserWarning, match="outside of the support of the latent 'x'"):
        run("eager", zs.SGLD(1.), model(), {"x": np.full(3, 0.5), "y": np.zeros(3)},
            20, constraints=None, keep=["y"])


def test_predictions_name_the_latents_without_draws():
    chains = go(keep=["mu"])
    with eagerly(), pytest.raises(ValueError, match="'z'.*no posterior samples"):
        zs.evaluation.predictive(net(), chains, DATA)
    with eagerly(), pytest.raises(ValueError, match="no draws of latents.*keep="):
        zs.evaluation.predictive(net(), go(keep=["theta"]), DATA)


@pytest.mark.parametrize("keep, error, match", [
    (["zz"], ValueError, r"keep=: .*'zz'. Did you mean 'z'\? .*mu.*theta.*z"),
    (["y"], ValueError, "keep=: .*'y'.*Known names: is_first, largest, mu, theta, z"),
    ([], ValueError, r"keep=\[\]: no draws would be stored"),
    ("mu", TypeError, r"keep= must be None or a list .*\"name\""),
    ([3], TypeError, "keep= must be None or a list")])
def test_unsuitable_names_raise(keep, error, match):
    with pytest.raises(error, match=match):
        run("eager", hmc(0.5), function, START, 3, observed=DATA, keep=keep)
