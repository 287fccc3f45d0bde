"""Rows of the table of distributions: sequences of numbers.

Each is a normal vector with a known mean and covariance. See cases.py
for the format of a row.
"""
import numpy as np
from case_row import Case, sets
from cases_multivariate import (
    normal_laws,
    normal_log_prob,
    normal_points,
    normal_quadrature,
    normal_terms,
)

import zhusuan as zs

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


ROWS = [
    row("GaussianRandomWalk", walk,
        sets(std=[1., 0.5, 30.], drift=[0., -1., 4.]), options={"n_steps": 3},
        errors=[({"n_steps": 0}, ValueError, "n_steps must be at least 1"),
                ({"n_steps": 2.5}, TypeError, "n_steps must be an int"),
                ({"initial": ds.Poisson(1.)}, TypeError, "must be continuous"),
                ({"initial": 1.}, TypeError, "initial` must be a .*Distribution")]),
    row("AR", autoregression,
        sets(coefficients=[[0.5, 0.25], [-0.5, 1.], [1.5, -1.]], std=[1., 0.5, 3.],
             constant=[0., 1., -2.]),
        label="process", options={"n_steps": 4}, is_slow_under_xla=True,
        errors=[({"n_steps": 1}, ValueError, "n_steps must be at least 2"),
                ({"coefficients": 0.5}, ValueError, "coefficients should have rank")])]
