"""Every distribution is exported once, with a node method and a public home."""
import importlib
import pkgutil
import re

import pytest

import zhusuan as zs
from zhusuan.distributions.base import Distribution
from zhusuan.framework.node_methods import NodeMethods

ds = zs.distributions
FAMILIES = [info.name for info in pkgutil.iter_modules(ds.__path__)
            if not info.name.startswith("_") and info.name not in ("base", "tfp")]
CLASSES = [name for name in ds.__all__
           if isinstance(getattr(ds, name), type) and name != "Distribution"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_exported(family):
    module = importlib.import_module("zhusuan.distributions." + family)
    classes = {name for name in module.__all__
               if isinstance(getattr(module, name), type)
               and issubclass(getattr(module, name), Distribution)}
    assert classes <= set(ds.__all__)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_public_home(name):
    cls = getattr(ds, name)
    assert not re.search(r"\._", cls.__module__)
    assert getattr(importlib.import_module(cls.__module__), cls.__name__) is cls


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_a_node_method(name):
    documented = [method.__doc__ for method in vars(NodeMethods).values()
                  if hasattr(method, "__signature__")]
    reference = "zhusuan.distributions.%s`" % getattr(ds, name).__name__
    assert any(reference in text for text in documented)


def test_normal_vectors_have_no_categories():
    assert not hasattr(ds.MultivariateNormalDiag, "n_categories")
    assert hasattr(ds.Dirichlet, "n_categories")


def test_the_modules_of_0_4_are_attributes():
    for module in ds.univariate, ds.multivariate:
        for name in module.__all__:
            assert getattr(module, name) is getattr(ds, name)
