"""Every example in a docstring of the library runs and prints what it says."""
import doctest
import importlib
import pkgutil

import pytest
from tensorflow.python.eager import context

import zhusuan


def modules(package):
    """The names of a package and of all in it."""
    yield package.__name__
    for _, name, is_package in pkgutil.iter_modules(
            package.__path__, package.__name__ + "."):
        if name == "zhusuan.tf1":  # importing it turns TensorFlow 2 off
            continue
        if is_package:
            yield from modules(importlib.import_module(name))
        else:
            yield name


MODULES = sorted(modules(zhusuan))
FINDER = doctest.DocTestFinder(exclude_empty=True)


def examples_of(name):
    return [test for test in FINDER.find(importlib.import_module(name))
            if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    for test in examples_of(name):
        out = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        with context.eager_mode():
            result = runner.run(test, out=out.append)
        assert result.failed == 0, "".join(out)


def test_there_are_examples():
    with_examples = {test.name for name in MODULES for test in examples_of(name)}
    assert with_examples >= {
        "zhusuan.utils.log_mean_exp", "zhusuan.framework.bn.BayesianNet",
        "zhusuan.framework.utils.reuse_variables", "zhusuan.seeded",
        "zhusuan.variational.exclusive_kl.elbo"}
