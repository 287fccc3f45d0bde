"""Matrix factorization by HMC against Gibbs sampling, and its least possible error."""
import collections
import csv
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "examples",
                       "probabilistic_matrix_factorization", "pmf_hmc.py")
DIM, NOISE, SEED = 2, 0.5, 5
# In a process of its own, since `zhusuan.tf1` changes TensorFlow
SAVE_RATINGS = """
import runpy, sys, numpy as np
train, test = runpy.run_path(sys.argv[1])["synthetic_ratings"](int(sys.argv[2]))
np.savez(sys.argv[3], *train, *test)
"""
Ratings = collections.namedtuple("Ratings", "users movies ratings")


def draw_factors(rng, own, other, n, factors, residuals, noise):
    """Draw the offset and the vector of all users (or movies), given the others.

    The prior is N(0, diag(v)), and residuals are N(f' w, noise^2) with the features
    f = (1, vector of the other): a linear regression for each user.
    """
    prior_precision = np.diag([4.] + [DIM ** 0.5] * DIM)
    features = np.concatenate([np.ones([len(other), 1]), factors[other, 1:]], axis=1)
    precision = np.tile(prior_precision, [n, 1, 1])
    np.add.at(precision, own, features[:, :, None] * features[:, None] / noise ** 2)
    weighted = np.zeros([n, 1 + DIM])
    np.add.at(weighted, own, features * residuals[:, None] / noise ** 2)
    scale = np.linalg.inv(np.linalg.cholesky(precision))
    mean = np.einsum("nji,njk,nk->ni", scale, scale, weighted)
    return mean + np.einsum("nji,nj->ni", scale, rng.randn(n, 1 + DIM))


def gibbs(train, test, rng, n_sweeps=1500, n_warmup=300):
    """The posterior mean and variance of the expected test ratings, and the noise."""
    n_users, n_movies = (max(max(pair) for pair in [train[i], test[i]]) + 1
                         for i in range(2))
    centered = train.ratings.astype(float) - train.ratings.mean()
    users, movies = (0.1 * rng.randn(n, 1 + DIM) for n in (n_users, n_movies))
    noise, draws, noises = 1., [], []
    grid = np.linspace(-2., 1., 3001)  # of the log noise, with the prior N(0, 1)

    def mean(data):
        u, v = users[data.users], movies[data.movies]
        return u[:, 0] + v[:, 0] + np.sum(u[:, 1:] * v[:, 1:], axis=1)

    for sweep in range(n_sweeps):
        users = draw_factors(rng, train.users, train.movies, n_users, movies,
                             centered - movies[train.movies, 0], noise)
        movies = draw_factors(rng, train.movies, train.users, n_movies, users,
                              centered - users[train.users, 0], noise)
        squares = np.sum((centered - mean(train)) ** 2)
        log_p = (-grid ** 2 / 2 - len(centered) * grid
                 - squares / 2 * np.exp(-2 * grid))
        p = np.exp(log_p - log_p.max())
        noise = np.exp(rng.choice(grid, p=p / p.sum()))
        if sweep >= n_warmup:
            draws.append(train.ratings.mean() + mean(test))
            noises.append(noise)
    return np.mean(draws, axis=0), np.var(draws, axis=0), np.mean(noises)


def expected_squared_errors(predictions, means):
    """Of ratings 1 to 5, which are rounded from N(mean, NOISE^2)."""
    edges = np.concatenate([[-np.inf], np.arange(1.5, 5), [np.inf]])
    p = np.diff(stats.norm.cdf(edges, means[:, None], NOISE))
    return np.sum(p * (np.arange(1, 6) - predictions[:, None]) ** 2, axis=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Training and test ratings, and the test means before noise and rounding."""
    path = str(tmp_path_factory.mktemp("pmf") / "ratings.npz")
    subprocess.run([sys.executable, "-c", SAVE_RATINGS, EXAMPLE, str(SEED), path],
                   check=True, capture_output=True)
    with np.load(path) as arrays:
        columns = [arrays["arr_%d" % i] for i in range(6)]
    train, test = Ratings(*columns[:3]), Ratings(*columns[3:])
    rng = np.random.RandomState(SEED)  # the draws of synthetic_ratings
    rng.choice(60 * 40, 1500, replace=False)
    u, v = rng.randn(60, DIM), rng.randn(40, DIM)
    return train, test, 3. + np.sum(u[test.users] * v[test.movies], 1) / DIM ** 0.5


@pytest.fixture(scope="module")
def posterior(data):
    predictions, _, noise = gibbs(*data[:2], np.random.RandomState(1))
    return np.clip(predictions, 1., 5.), noise


def test_errors_of_gibbs_sampling_are_those_expected_of_the_true_means(data, posterior):
    """A bound of 4 standard errors fails for one seed in 16,000."""
    _, test, means = data
    expected = expected_squared_errors(posterior[0], means)
    # The draws do not depend on the noise of the test ratings.
    surplus = (posterior[0] - test.ratings) ** 2 - expected
    assert abs(surplus.mean()) < 4 * surplus.std() / len(surplus) ** 0.5
    least = expected_squared_errors(np.clip(means, 1., 5.), means)
    assert 1. < expected.mean() / least.mean() < 1.4  # posterior uncertainty


def test_noise_includes_that_of_rounding(posterior):
    """The posterior has a standard deviation of 0.014; 4 of them fail as rarely."""
    assert posterior[1] == pytest.approx((NOISE ** 2 + 1 / 12) ** 0.5, abs=0.056)


@pytest.mark.slow
def test_hmc_has_the_error_of_gibbs_sampling(data, posterior, tmp_path):
    """Monte Carlo errors of the RMSE are 0.002, so that 0.01 is 5 of them."""
    subprocess.run(
        [sys.executable, EXAMPLE, "--smoke", "--seed", str(SEED), "--result-dir",
         str(tmp_path)], check=True, capture_output=True)
    with open(str(tmp_path / "smoke" / "metrics.csv"), newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected = np.sqrt(np.mean((posterior[0] - data[1].ratings) ** 2))
    assert float(rows[-1]["rmse_mean"]) == pytest.approx(expected, abs=0.01)
    noises = [float(row["noise"]) for row in rows[150:]]  # after warm-up
    assert np.mean(noises) == pytest.approx(posterior[1], abs=0.02)
    # The squared error of a draw is larger by about the posterior variance.
    assert np.mean([float(row["rmse_draw"]) for row in rows[150:]]) > expected + 0.03
