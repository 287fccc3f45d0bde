"""Editors complete calls of the library with names and types of parameters."""
import pytest

jedi = pytest.importorskip("jedi")

PROGRAM = """
import zhusuan as zs

bn = zs.BayesianNet()
x = bn.normal("x", 0., std=1.)
"""


def parameters(call):
    """Type hints by parameter of a call that is being written; None without one."""
    (signature,) = jedi.Script(PROGRAM + call).get_signatures()
    hints = {}
    for parameter in signature.params:
        name, _, hint = parameter.to_string().partition(": ")
        hints[name.partition("=")[0]] = hint.partition("=")[0] or None
    return hints


def completions(text):
    return {found.name for found in jedi.Script(PROGRAM + text).complete()}


def test_node_methods_complete_with_names_and_types():
    found = parameters("bn.normal(")
    assert list(found) == [
        "name", "mean", "_sentinel", "std", "logstd", "group_ndims", "n_samples",
        "is_reparameterized", "check_numerics", "mask", "**kwargs"]
    assert found["name"] == "str"
    assert found["mean"] == "TensorLike"
    assert found["std"] == found["logstd"] == "TensorLike | None"
    assert found["n_samples"] == "int | Tensor | None"
    assert found["is_reparameterized"] == "bool"


def test_parameters_complete_as_keywords():
    assert completions("bn.normal(") >= {"mean=", "std=", "n_samples="}
    assert completions("zs.HMC(") >= {"step_size=", "n_leapfrogs=", "adapt_mass="}


def test_samplers_complete_with_names_and_types():
    assert parameters("zs.HMC(") == {
        "step_size": "TensorLike", "n_leapfrogs": "TensorLike",
        "adapt_step_size": "Optional[TensorLike]",
        "target_acceptance_rate": "TensorLike", "gamma": "float", "t0": "float",
        "kappa": "float", "adapt_mass": "Optional[TensorLike]",
        "mass_collect_iters": "int", "mass_decay": "float", "metric": "str"}


@pytest.mark.parametrize("sampler", ["HMC()", "NUTS()", "SGLD(0.1)"])
def test_runs_of_samplers_complete_with_types(sampler):
    found = parameters("zs.%s.run(" % sampler)
    assert None not in found.values()
    assert found["n_samples"] == found["n_warmup"] == "int"
    assert found["seed"] == "Optional[int]"
    (run,) = jedi.Script(PROGRAM + "zs.%s.run(" % sampler).get_signatures()
    assert run.to_string().endswith(" -> Chains")


def test_nodes_complete_as_stochastic_tensors():
    assert completions("x.") >= {"dist", "log_prob", "tensor"}
    assert "normal" in completions("bn.")
