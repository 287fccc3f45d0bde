"""Second derivatives of divergences at equal and at other parameters, by mpmath."""
import itertools

import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly
from test_kl_divergence_precision import PAIRS, laplace, uniform

import zhusuan.distributions as ds

mp = pytest.importorskip("mpmath")

START = [0.4, 0.7, 1.3]
# Parameters in the range of each family. Laplace and Uniform have no second derivative
# at equal parameters.
ROWS = [(cls, make, formula, np.array(START[-len(next(iter(pairs()))[0]):]))
        for cls, make, formula, pairs in PAIRS if formula not in (laplace, uniform)]


def hessian(make, p, q):
    """The second derivatives by all parameters of both, `[2, n, 2, n]`."""
    both = tf.constant(np.stack([p, q]))
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(both)
        with tf.GradientTape() as inner:
            inner.watch(both)
            total = tf.reduce_sum(ds.kl_divergence(make(both[0]), make(both[1])))
        gradient = inner.gradient(total, both)
    return outer.jacobian(gradient, both, experimental_use_pfor=False).numpy()


def differences(formula, p, q):
    both = [mp.mpf(x) for x in np.concatenate([p, q])]
    n = len(p)
    result = np.zeros([2 * n, 2 * n])
    for i, j in itertools.product(range(2 * n), repeat=2):
        orders = np.eye(2 * n, dtype=int)[i] + np.eye(2 * n, dtype=int)[j]
        with mp.workdps(40):
            result[i, j] = mp.diff(lambda *x: formula(x[:n], x[n:]), both, tuple(
                int(k) for k in orders))
    return result.reshape(2, n, 2, n)


@pytest.mark.parametrize("step", [0., 0.2], ids=["equal", "other"])
@pytest.mark.parametrize("cls, make, formula, start", ROWS)
@eagerly
def test_second_derivatives_match_differences(cls, make, formula, start, step):
    other = start + step * np.linspace(1., 0.5, len(start))
    np.testing.assert_allclose(hessian(make, start, other),
                               differences(formula, start, other), 1e-9, 1e-10)
