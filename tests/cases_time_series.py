"""Rows of the table of distributions: sequences of numbers.

Normal vectors with a known mean and covariance, and a hidden Markov model. See cases.py
for the format of a row.
"""
import itertools

import numpy as np
from case_row import Case, sets
from cases_mixtures import TwoLaws
from cases_multivariate import (
    normal_laws,
    normal_log_prob,
    normal_points,
    normal_quadrature,
    normal_terms,
)
from scipy import special, stats

import zhusuan as zs
from zhusuan.distributions._checks import check_min_rank
from zhusuan.distributions._conversion import convert_parameters

ds = zs.distributions


def factor(coefficients, n_steps):
    """The inverse of A in ``A x = constant + noise``.

    It has ones on the diagonal and minus the coefficients below it, except in the rows
    of the first numbers.
    """
    p = len(coefficients)
    a = np.eye(n_steps)
    for t in range(p, n_steps):
        a[t, t - p:t] = -np.asarray(coefficients)[::-1]
    return np.linalg.inv(a)


def autoregression(coefficients, std, constant, n_steps):
    """The mean, and the lower triangle of the covariance."""
    centre = np.full(n_steps, float(constant))
    centre[:len(coefficients)] = 0.
    tril = factor(coefficients, n_steps)
    return tril @ centre, tril * std


def walk(std, drift, n_steps):
    return autoregression([1.], std, drift, n_steps)


def row(name, law, parameters, **kwargs):
    def of(function):
        return lambda x, **one: function(x, *law(**one))

    def without(function):
        return lambda **one: function(*law(**one))

    return Case(name, parameters, value_ndims=1, reference=lambda **_: None,
                log_prob=of(normal_log_prob), terms=of(normal_terms),
                points=without(normal_points), quadrature=without(normal_quadrature),
                marginals=without(normal_laws), **kwargs)


# -- Two steps of a hidden Markov model with two states -----------------------------

def hidden_markov(initial_logits, transition_logits, mean, std, **kwargs):
    initial_logits, transition_logits, mean, std = convert_parameters(
        initial_logits=initial_logits, transition_logits=transition_logits, mean=mean,
        std=std)
    mean, std = check_min_rank("mean", mean, 1), check_min_rank("std", std, 1)
    return ds.HiddenMarkov(
        initial_logits, transition_logits, ds.Normal(mean, std=std), **kwargs)


def hidden_markov_log_prob(x, initial_logits, transition_logits, mean, std, n_steps):
    first = special.log_softmax(initial_logits)
    move = special.log_softmax(transition_logits, axis=-1)
    in_state = stats.norm.logpdf(np.asarray(x)[..., None], mean, std)
    return special.logsumexp([
        first[i] + in_state[:, 0, i] + move[i, j] + in_state[:, 1, j]
        for i, j in itertools.product(range(2), repeat=2)], axis=0)


def hidden_markov_laws(initial_logits, transition_logits, mean, std, n_steps):
    first = special.softmax(initial_logits)
    weights = [first, first @ special.softmax(transition_logits, axis=-1)]
    emissions = [stats.norm(*one) for one in zip(mean, std)]
    return [(lambda x, t=t: x[:, t], TwoLaws(emissions, np.log(w)))
            for t, w in enumerate(weights)]


def grid_of_pairs(mean, std):
    nodes = np.linspace(min(mean) - 9. * max(std), max(mean) + 9. * max(std), 200)
    return np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2), nodes


def hidden_markov_quadrature(mean, std, **others):
    pairs, nodes = grid_of_pairs(mean, std)
    return pairs, np.full(len(pairs), (nodes[1] - nodes[0]) ** 2)


HIDDEN_MARKOV = Case(
    "HiddenMarkov",
    sets(initial_logits=[[0., 0.], [1., -1.]],
         transition_logits=[[[2., 0.], [0., 1.]], [[0., -3.], [1., 1.]]],
         mean=[[0., 3.], [-1., 1.]], std=[[1., 0.5], [1., 2.]]),
    build=hidden_markov, options={"n_steps": 2}, value_ndims=1,
    reference=lambda **_: None, log_prob=hidden_markov_log_prob,
    points=lambda mean, std, **others: grid_of_pairs(mean, std)[0][::997],
    quadrature=hidden_markov_quadrature, marginals=hidden_markov_laws,
    is_reparameterized=False, accepts=(),
    terms=lambda x, mean, std, **others: 4. + np.sum(
        np.max(((x[..., None] - mean) / std) ** 2, axis=-1), axis=-1),
    errors=[({"n_steps": 0}, ValueError, "n_steps must be positive"),
            ({"transition_logits": [[0., 0., 0.]] * 3}, ValueError,
             "should be broadcastable to match")])


ROWS = [
    HIDDEN_MARKOV,
    row("GaussianRandomWalk", walk,
        sets(std=[1., 0.5, 30.], drift=[0., -1., 4.]), options={"n_steps": 3},
        errors=[({"n_steps": 0}, ValueError, "n_steps must be at least 1"),
                ({"n_steps": 2.5}, TypeError, "n_steps must be an int"),
                ({"initial": ds.Poisson(1.)}, TypeError, "must be continuous"),
                ({"initial": 1.}, TypeError, "initial` must be a .*Distribution")]),
    row("AR", autoregression,
        sets(coefficients=[[0.5, 0.25], [-0.5, 1.], [1.5, -1.]], std=[1., 0.5, 3.],
             constant=[0., 1., -2.]),
        label="process", options={"n_steps": 4},
        errors=[({"n_steps": 1}, ValueError, "n_steps must be at least 2"),
                ({"coefficients": 0.5}, ValueError, "coefficients should have rank")])]
