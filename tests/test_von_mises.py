"""The von Mises distribution at all concentrations, against mpmath."""
import modes
import numpy as np
import pytest
import tensorflow.compat.v2 as tf
from case_programs import eagerly

import zhusuan as zs

CONCENTRATIONS = [0., 1e-30, 1e-10, 1e-3, 0.1, 1., 5., 29.9, 30.1, 50., 700., 1e4, 1e6,
                  1e10, 1e20, 1e30]
X = 1.
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def truth(kappa):
    """Log density at X, dispersion, its slope, and entropy, by 200 digits."""
    mp = pytest.importorskip("mpmath")
    with mp.workdps(200):
        kappa = mp.mpf(float(kappa))
        if kappa < 1e5:
            log_i0 = mp.log(mp.besseli(0, kappa))
            ratio = mp.besseli(1, kappa) / mp.besseli(0, kappa)
        else:  # Abramowitz and Stegun, 9.7.1
            sums = [mp.nsum(lambda k, nu=nu: mp.rf(mp.mpf(1) / 2 - nu, k) * mp.rf(
                mp.mpf(1) / 2 + nu, k) / mp.factorial(k) / (2 * kappa) ** k, [0, 12])
                for nu in (0, 1)]
            log_i0 = kappa - mp.log(2 * mp.pi * kappa) / 2 + mp.log(sums[0])
            ratio = sums[1] / sums[0]
        log_height = mp.log(2 * mp.pi) + log_i0 - kappa
        change = ratio ** 2 - 1 + (ratio / kappa if kappa else mp.mpf(1) / 2)
        fall = mp.cos(mp.mpf(X)) - 1
        return [float(y) for y in (kappa * fall - log_height, 1 - ratio, change,
                                   log_height + kappa * (1 - ratio), fall)]


@every_dtype
def test_density_entropy_and_variance_match_mpmath(dtype, mode):
    def compute(kappa):
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(kappa)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch(kappa)
                dist = zs.distributions.VonMises(tf.zeros([], dtype), kappa)
                values = [dist.log_prob(tf.constant(X, dtype)), dist.variance,
                          dist.entropy()]
            slopes = [inner.gradient(value, kappa) for value in values]
        return values, slopes, outer.gradient(slopes[0], kappa)

    kappas = np.asarray(CONCENTRATIONS, dtype)
    (log_prob, variance, entropy), slopes, second = modes.run(mode, compute, kappas)
    want = np.array([truth(kappa) for kappa in kappas]).T
    digits = {"rtol": 5e-6 if dtype == "float32" else 1e-11}
    np.testing.assert_allclose(log_prob, want[0], **digits)
    np.testing.assert_allclose(variance, want[1], **digits)
    np.testing.assert_allclose(entropy, want[3], **digits)
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(slopes[0], want[4] + want[1], atol=1e-7, **digits)
    np.testing.assert_allclose(second, want[2], atol=tiny, **digits)
    np.testing.assert_allclose(slopes[1], want[2], atol=tiny, **digits)
    np.testing.assert_allclose(slopes[2], kappas.astype("float64") * want[2],
                               atol=1e-12 if dtype == "float64" else 1e-7, **digits)


@every_dtype
@eagerly
def test_infinite_concentration_is_a_point_mass(dtype):
    dist = zs.distributions.VonMises(np.asarray(0.5, dtype), np.inf)
    assert dist.variance.numpy() == 0. and dist.entropy().numpy() == -np.inf
    np.testing.assert_array_equal(
        dist.log_prob(np.asarray([0.5, 0.6], dtype)), [np.inf, -np.inf])
    np.testing.assert_array_equal(dist.sample(5), np.full([5], 0.5))


@every_dtype
def test_samples_have_their_concentration(dtype, mode):
    """The dispersion of 20,000 samples within 6 standard errors: 2 of 1e9 fail."""
    kappas = np.array([0., 1e-30, 1e-10, 1e-3, 1., 50., 1e4, 1e10, 1e20, 1e30])

    def sample(kappa):
        with zs.seeded(7):
            return zs.distributions.VonMises(tf.zeros([], dtype), kappa).sample(20000)

    angles = modes.run(mode, sample, kappas.astype(dtype)).astype("float64")
    size = 2. * np.sin(0.5 * angles) ** 2
    want = np.array([truth(kappa)[1] for kappa in kappas.astype(dtype)])
    error = np.std(size, axis=0) / np.sqrt(len(size))
    assert np.all(np.abs(np.mean(size, axis=0) - want) < 6. * error)
    assert np.all(np.abs(np.mean(np.sign(angles), axis=0)) < 6. / np.sqrt(len(size)))
