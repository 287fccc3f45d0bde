"""TensorFlow Probability, for tests that are skipped without it."""
import warnings

import pytest

_PACKAGES = ["distributions", "bijectors", "layers", "mcmc", "vi", "math",
             "experimental"]


def require_tfp():
    """Import TensorFlow Probability; skip the test if that fails.

    It is not installed, or it requires a later TensorFlow than the installed one.
    """
    try:
        with warnings.catch_warnings():  # about distutils, and about GPUs
            warnings.simplefilter("ignore")
            import tensorflow_probability as tfp
            for name in _PACKAGES:  # which are loaded on first access
                dir(getattr(tfp, name))
    except ImportError as error:
        pytest.skip("TensorFlow Probability: %s" % str(error).strip().splitlines()[0])
    return tfp
