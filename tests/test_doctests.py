"""The examples in the docstrings of the library run and print what they show."""
import doctest
import importlib
import pkgutil

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


@pytest.mark.parametrize("test", DOCSTRINGS, ids=lambda test: test.name)
def test_examples_print_what_they_show(test):
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
