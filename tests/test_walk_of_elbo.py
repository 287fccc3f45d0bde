"""`elbo(...).sgvb()` passes through the files that docs/architecture.md names."""
import os
import re
import sys
from pathlib import Path

import tensorflow.compat.v2 as tf

import zhusuan as zs

PACKAGE = Path(zs.__file__).resolve().parent
PAGE = PACKAGE.parent / "docs" / "architecture.md"
# The stack of contexts and the checks of names are tools of all layers.
TOOLS = {"framework/utils.py", "framework/_node_names.py"}


@zs.meta_bayesian_net()
def build():
    bn = zs.BayesianNet()
    z = bn.normal("z", [0., 0.], std=1., group_ndims=1, n_samples=3)
    bn.normal("x", z, std=1., group_ndims=1)
    return bn


def files_entered(function):
    """Files of the algorithm, the model and the nodes, except those `build` enters."""
    entered, in_model = set(), []

    def profile(frame, event, argument):
        code = frame.f_code
        if code is build.__wrapped__.__code__:
            if event == "call":
                in_model.append(frame)
            elif event == "return":
                in_model.pop()
        elif event == "call" and not in_model:
            path = os.path.relpath(os.path.realpath(code.co_filename), str(PACKAGE))
            if path.split(os.sep)[0] in ("variational", "_model", "framework"):
                entered.add(path.replace(os.sep, "/"))

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return entered - TOOLS


def files_on_the_page():
    section = PAGE.read_text(encoding="utf-8").split(
        "## The calls of `elbo(...).sgvb()`\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\d+\. `([\w/]+\.py)`", section, flags=re.MULTILINE))


def test_the_page_names_the_files_of_elbo_and_sgvb():
    posterior = zs.BayesianNet()
    posterior.normal("z", [0., 0.], std=[1., 1.], group_ndims=1, n_samples=3)
    files = files_entered(lambda: zs.variational.elbo(
        build(), {"x": tf.zeros([2])}, variational=posterior, axis=0).sgvb())
    assert files == files_on_the_page()
    assert len(files) <= 7
