"""Matrix factorization by HMC against Gibbs sampling, and its least possible error."""
import csv
import os
import runpy
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

EXAMPLE = os.path.join(os.path.dirname(__file__), "..", "examples",
                       "probabilistic_matrix_factorization", "pmf_hmc.py")
DIM, NOISE, SEED = 2, 0.5, 5


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


def least_squared_error(mean):
    """The expected squared error of a rating, given its mean before the noise."""
    edges = np.concatenate([[-np.inf], np.arange(1.5, 5), [np.inf]])
    p = np.diff(stats.norm.cdf(edges, mean[:, None], NOISE))  # of the ratings 1 to 5
    ratings = np.arange(1, 6)
    return p @ ratings ** 2 - (p @ ratings) ** 2


@pytest.fixture(scope="module")
def data():
    """Training and test ratings, and the test means before noise and rounding."""
    synthetic_ratings = runpy.run_path(EXAMPLE)["synthetic_ratings"]
    train, test = synthetic_ratings(SEED)
    return train, test


def rmse(predictions, test):
    return np.sqrt(np.mean((np.clip(predictions, 1., 5.) - test.ratings) ** 2))
