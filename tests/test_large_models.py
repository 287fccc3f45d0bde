"""The posteriors of many latents that benchmarks sample."""
import modes
import numpy as np
import pytest

from benchmarks.large_models import LARGE_MODELS


@pytest.mark.parametrize("name", LARGE_MODELS)
def test_the_density_of_each_chain_is_that_of_its_values(name):
    """Two chains together have the densities that they have alone."""
    start = LARGE_MODELS[name]().start
    rng = np.random.RandomState(1)
    chains = [np.stack([x, x + 0.1 * rng.randn(*np.shape(x))]) for x in start.values()]

    def log_density(*values):
        return LARGE_MODELS[name]().model(dict(zip(start, values)))

    together = modes.run("eager", log_density, *chains)
    alone = [modes.run("eager", log_density, *(x[i:i + 1] for x in chains))
             for i in range(2)]
    assert together.shape == (2,) and np.all(np.isfinite(together))
    np.testing.assert_allclose(together, np.concatenate(alone), rtol=1e-12)
    assert abs(together[0] - together[1]) > 1e-3
