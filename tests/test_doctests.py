"""The examples in the docstrings of the library run and print what they show."""
import doctest
import importlib
import inspect
import pkgutil

import modes
import pytest
from keras_3 import is_importable
from tensorflow.python.eager import context

import zhusuan


def modules(package):
    """The names of a package and of all modules in it."""
    yield package.__name__
    for _, name, is_package in pkgutil.iter_modules(
            package.__path__, package.__name__ + "."):
        if name == "zhusuan.tf1":  # importing it turns TensorFlow 2 off
            continue
        if not is_importable(name):
            continue
        if is_package:
            yield from modules(importlib.import_module(name))
        else:
            yield name


FINDER = doctest.DocTestFinder(exclude_empty=True)
DOCSTRINGS = [test for name in sorted(modules(zhusuan))
              for test in FINDER.find(importlib.import_module(name)) if test.examples]


# Its example compiles, which raises NotImplementedError on TensorFlow 1.15.
OF_TENSORFLOW_2 = {"zhusuan.variational.compiled_costs.compiled_cost"}


@pytest.mark.parametrize("test", DOCSTRINGS, ids=lambda test: test.name)
def test_examples_print_what_they_show(test):
    if modes.IS_TF1 and test.name in OF_TENSORFLOW_2:
        pytest.skip("requires TensorFlow 2")
    out = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with context.eager_mode():
        result = runner.run(test, out=out.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(out)


def test_main_functions_have_examples():
    assert {test.name for test in DOCSTRINGS} >= {
        "zhusuan.utils.log_mean_exp", "zhusuan.framework.bn.BayesianNet",
        "zhusuan.framework.utils.reuse_variables", "zhusuan.seeded",
        "zhusuan.variational.exclusive_kl.elbo"}


# Examples of functions that return them show results and warnings. The others are
# helpers of the library, or examples with more lines than their files have room for.
WITHOUT_EXAMPLE = {"zhusuan." + name for name in (
    "distributions.tfp.AdaptedBijector",
    "distributions.tfp.AdaptedDistribution",
    "framework.meta_bn.Evaluation",
    "framework.meta_bn.ObservationContext",
    "framework.meta_bn.ObservationOfDistribution",
    "framework.meta_bn.bayesian_net_in",
    "framework.meta_bn.observe_all",
    "keras.variational_model.VariationalModel",
    "launch.main",
    "mcmc.sampler.SampleInfo",
    "mcmc.sgmcmc.SGHMCInfo",
    "mcmc.sgmcmc.SGMCMCInfo",
    "mcmc.sgmcmc.SGNHTInfo",
    "variational.fits.Diagnosis",
    "variational.fits.Evidence",
    "variational.fits.FitSummary",
    "variational.fits.NotFiniteError")}


def public_objects():
    """The public classes and functions by full name, once each."""
    found = {}
    for name in sorted(modules(zhusuan)):
        module = importlib.import_module(name)
        for attribute in getattr(module, "__all__", ()):
            value = getattr(module, attribute)
            if inspect.isclass(value) or inspect.isfunction(value):
                found["%s.%s" % (value.__module__, value.__name__)] = value
    return {name: value for name, value in found.items()
            if name.startswith("zhusuan.") and "._" not in name
            and not (value.__doc__ or "").startswith("Deprecated")}


def has_example(value):
    """Whether the docstring of an object, or of one of its methods, has an example."""
    texts = [value.__doc__] + [
        getattr(part, "__doc__", None) for part in (
            vars(value).values() if inspect.isclass(value) else ())]
    return any(">>> " in text for text in texts if isinstance(text, str))


def test_every_public_class_and_function_has_an_example():
    without = {name for name, value in public_objects().items()
               if not has_example(value)}
    assert without == {name for name in WITHOUT_EXAMPLE
                       if is_importable(name.rpartition(".")[0])}
