"""Ops that XLA of TensorFlow 1.15 cannot compile, and the tests that need them.

A test whose program needs such an op is skipped. In any other test, an op without a
kernel is a failure: see `modes.py`.
"""
import fnmatch
import os
import re

import pytest

# By op: patterns of fnmatch for "file::test-parameters", where brackets are left out.
MISSING_KERNELS = {
    "BesselI0e": ["test_distributions_*::test_*-xla-VonMises",
                  "test_von_mises::test_density_*-xla-*"],
    "Cumsum": ["test_bijectors_of_structures::*-xla-*",
               "test_distributions_samples::*-xla-Categorical",
               "test_distributions_samples::*-xla-MixtureSameFamily-*",
               "test_distributions_samples::*-xla-Multinomial*",
               "test_distributions_samples::*-xla-OnehotCategorical"],
    "EnsureShape": ["test_distributions_checks::test_*_of_unknown_length-xla"],
    "FakeParam": ["test_control_flow_gradients::*-a_branch_in_a_loop-*xla",
                  "test_control_flow_gradients::*-a_loop_in_a_branch-*xla"],
    "Polygamma": ["test_distributions_hessians::*-xla-Beta",
                  "test_distributions_hessians::*-xla-Dirichlet",
                  "test_distributions_hessians::*-xla-*Gamma*",
                  "test_distributions_hessians::*-xla-NegativeBinomial",
                  "test_distributions_hessians::*-xla-StudentT*"],
    "RandomGammaGrad": ["test_distributions_gradients::*-xla-Beta",
                        "test_distributions_gradients::*-xla-Dirichlet",
                        "test_distributions_gradients::*-xla-*Gamma*",
                        "test_distributions_gradients::*-xla-StudentT*"],
    "StatelessRandomNormal": ["test_distributions_samples::*-xla-Beta",
                              "test_distributions_samples::*-xla-Dirichlet",
                              "test_distributions_samples::*-xla-*Gamma*",
                              "test_distributions_samples::*-xla-NegativeBinomial",
                              "test_distributions_samples::*-xla-StudentT*",
                              "test_evaluation_predictive::*-xla-variational",
                              "test_evaluation_predictive_chains::*-xla-True",
                              "test_variational_gamma::*-xla*"],
    "StatelessRandomUniform": ["test_distributions_bounded::*-xla*",
                               "test_distributions_samples::*-xla-BinConcrete-*",
                               "test_distributions_samples::*-xla-Binomial*",
                               "test_distributions_samples::*-xla-Exponential",
                               "test_distributions_samples::*-xla-Gumbel",
                               "test_distributions_samples::*-xla-Logistic",
                               "test_distributions_samples::*-xla-Poisson",
                               "test_von_mises::test_samples_*-xla-*"],
}


def skip_if_expected(error):
    """Skip the running test if it is listed for the op that XLA lacks.

    :param error: The `InvalidArgumentError` of XLA.
    """
    found = re.search(r"unsupported operations .*?: (\w+) \(No reg", str(error))
    if found and is_expected(found.group(1), running_test()):
        pytest.skip("XLA of TensorFlow 1.15 has no " + found.group(1))


def is_expected(op, test):
    """Whether `test` is listed as one that needs an op without a kernel."""
    return any(fnmatch.fnmatchcase(test, pattern)
               for pattern in MISSING_KERNELS.get(op, []))


def running_test():
    """The id of the running test as "file::test-parameters"."""
    path, test = os.environ["PYTEST_CURRENT_TEST"].split("::", 1)
    name = test.rpartition(" ")[0].replace("[", "-").replace("]", "")
    return os.path.basename(path).replace(".py", "::" + name)
