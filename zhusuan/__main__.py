"""Print versions, devices and a check of the installation: `python -m zhusuan`.

Paste the output into bug reports. The exit status is 1 if a check fails.
"""
import argparse
import os
import platform
import sys
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from zhusuan._tf.installation import execution_modes, package_version, run_in_mode
from zhusuan._tf.programs import list_devices

REQUIRED = ["tensorflow", "numpy", "six"]
OPTIONAL = ["keras", "tf.keras", "tf_keras", "tensorflow_probability", "scipy",
            "matplotlib", "arviz", "tqdm", "graphviz"]
# Settings that change how TensorFlow and Keras run.
ENVIRONMENT = ["CUDA_VISIBLE_DEVICES", "KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS",
               "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS"]


class Check(NamedTuple):
    """A computation with a known value.

    :param name: A string.
    :param function: A function without arguments that returns a number.
    :param expected: The value.
    :param tolerance: The largest absolute error.
    :param modes: The modes in which the check runs.
    """

    name: str
    function: Callable[[], Any]
    expected: float
    tolerance: float
    modes: Sequence[str]


@zs.meta_bayesian_net()
def _build_model() -> "zs.BayesianNet":
    """z ~ N(0, 1), x ~ N(z, 1); for x = 1 the posterior of z is N(1/2, 1/2)."""
    bn = zs.BayesianNet()
    z = bn.normal("z", 0., std=1.)
    bn.normal("x", z, std=1.)
    return bn


def _log_evidence() -> Any:
    """log N(x = 1; 0, 2): importance sampling from the exact posterior has no error."""
    with zs.seeded(1):  # XLA logs a warning about random numbers without seeds
        posterior = zs.BayesianNet()
        posterior.normal("z", tf.constant(0.5), std=0.5 ** 0.5, n_samples=10)
        return zs.is_loglikelihood(
            _build_model(), {"x": tf.constant(1.)}, proposal=posterior, axis=0)


def _mean_of_chains() -> Any:
    chains = zs.HMC(step_size=0.4, n_leapfrogs=3).run(
        _build_model(), {"x": np.float32(1.)}, {"z": np.zeros([10], np.float32)},
        n_samples=500, n_warmup=50, seed=1, progress_bar=False)
    return chains["z"].mean()


def _checks() -> List[Check]:
    return [
        Check("evidence", _log_evidence, -0.25 - 0.5 * np.log(4. * np.pi), 1e-4,
              execution_modes()),
        # 5000 draws, whose mean has a standard error of about 0.01.
        Check("HMC", _mean_of_chains, 0.5, 0.1, ["eager", "graph"])]


def describe_installation() -> Iterator[str]:
    """The lines about versions, settings and devices."""
    yield "zhusuan: {}".format(package_version("zhusuan"))
    yield "Python: {}".format(platform.python_version())
    yield "platform: {}".format(platform.platform())
    for name in REQUIRED + OPTIONAL:
        yield "{}: {}".format(name, package_version(name))
    for name in ENVIRONMENT:
        if name in os.environ:
            yield "{}={}".format(name, os.environ[name])
    devices = run_in_mode("eager", list_devices)
    yield "devices: {}".format(", ".join(devices))


def describe_failure(check: Check, mode: str) -> Optional[str]:
    """Run a check in a mode; None if it passes, else a description of the failure."""
    try:
        value = float(run_in_mode(mode, check.function))
    except Exception as error:  # any error is a result of the check
        lines = str(error).splitlines() or [""]
        return "{}: {}".format(type(error).__name__, lines[0])
    if abs(value - check.expected) <= check.tolerance:  # False for nan
        return None
    return "the value is {:.6g}, expected {:.6g}".format(value, check.expected)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Print the report and return the exit status."""
    argparse.ArgumentParser(
        prog="python -m zhusuan", allow_abbrev=False,
        description="Print versions, devices and a check of the installation."
    ).parse_args(arguments)
    for line in describe_installation():
        print(line, flush=True)
    failures = 0
    for check in _checks():
        for mode in check.modes:
            failure = describe_failure(check, mode)
            result = "passed" if failure is None else "FAILED: " + failure
            print("check of {}, {}: {}".format(check.name, mode, result), flush=True)
            failures += failure is not None
    print("failed checks: {}".format(failures) if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
