"""Convergence diagnostics of Markov chains.

Unless stated otherwise, draws are arrays `[n_samples, n_chains, ...]`; one
number is returned for each position on the further axes. An array
`[n_samples]` is one chain. Draws may be floats, integers or booleans. Effective
sample sizes and R-hat do not depend on the scale and the offset of the draws.
Plots need matplotlib; diagnostics of ranks need SciPy.
"""
import warnings
from typing import Any, Callable, Tuple

import numpy as np

from zhusuan.utils import _moments
from zhusuan.utils._types import TensorLike

__all__ = [
    "effective_sample_size",
    "effective_sample_size_1d",
    "ess",
    "mcse",
    "plot_autocorrelation",
    "plot_rank",
    "plot_trace",
    "split_rhat",
]

# Autocorrelations cannot be estimated from fewer draws.
_MIN_SAMPLES = 4


def effective_sample_size(samples: TensorLike, burn_in: int = 100) -> float:
    """The smallest effective sample size of all dimensions of one chain.

    :param samples: An array `[n_samples, n_dims]`, or `[n_samples, ...]`.
    :param burn_in: An int, the number of samples to drop from the start.

    :return: A float, that of :func:`effective_sample_size_1d`; nan, with a
        warning, where fewer than 4 samples are left.

    >>> import numpy as np
    >>> from zhusuan.diagnostics import effective_sample_size
    >>> draws = np.random.RandomState(0).randn(10100, 3)  # independent
    >>> 9000 < effective_sample_size(draws) < 11000
    True
    """
    samples = np.asarray(samples)
    left = samples[burn_in:]
    if len(left) < _MIN_SAMPLES:
        warnings.warn(
            "effective_sample_size: %d samples without the first burn_in=%d are too "
            "few for an estimate. Pass a smaller burn_in, or more samples."
            % (len(samples), burn_in), stacklevel=2)
        return float("nan")
    return float(np.min(ess(left[:, np.newaxis], "mean")))


def effective_sample_size_1d(samples: TensorLike) -> float:
    """The effective sample size of one chain of numbers.

    :param samples: An array `[n_samples]`.

    :return: A float, ``ess(samples, "mean")``.

    >>> import numpy as np
    >>> from zhusuan.mcmc.diagnostics import effective_sample_size_1d
    >>> draws = np.random.RandomState(0).randn(1000)  # independent
    >>> 850 < effective_sample_size_1d(draws) < 1150
    True
    """
    return float(ess(np.reshape(samples, [-1]), "mean"))


def ess(samples: TensorLike, method: str = "bulk") -> np.ndarray:
    """Effective sample size: the equivalent number of independent draws.

    From autocovariances within chains and the variance between them, by FFT,
    summed over Geyer's initial monotone sequence of positive pairs (Vehtari,
    Gelman, Simpson, Carpenter and Buerkner, 2021, "Rank-normalization, folding,
    and localization: an improved R-hat", section 3.2). Chains are split in
    halves first, so that drift counts.

    :param samples: An array `[n_samples, n_chains, ...]` or `[n_samples]`.
    :param method: "mean": for the mean of `samples`. "bulk": for the centre of
        the distribution, of rank-normalized samples. "tail": the smaller one of
        those for the quantiles 5 % and 95 %.

    :return: An array. nan where a sample is not finite, or where there are fewer
        than 4; the number of samples where all are equal.

    >>> import numpy as np
    >>> from zhusuan.mcmc.diagnostics import ess
    >>> draws = np.random.RandomState(0).randn(1000, 4)  # independent
    >>> bool(3500 < ess(draws) < 4500)
    True
    """
    if method not in _ESS:
        raise ValueError("ess: `method` must be \"mean\", \"bulk\" or \"tail\", but "
                         "it is %r." % (method,))
    return _by_number(_ESS[method], samples)


def mcse(samples: TensorLike) -> np.ndarray:
    """The Monte Carlo standard error of the mean.

    :param samples: An array `[n_samples, n_chains, ...]` or `[n_samples]`.

    :return: An array, the standard deviation by the root of
        ``ess(samples, "mean")``.

    >>> import numpy as np
    >>> from zhusuan.mcmc.diagnostics import mcse
    >>> draws = np.random.RandomState(0).randn(1000, 4)  # independent
    >>> bool(0.014 < mcse(draws) < 0.018)  # 1 / sqrt(4000) = 0.0158
    True
    """
    return _by_number(_standard_error, samples)


def split_rhat(samples: TensorLike) -> np.ndarray:
    r"""The rank-normalized split :math:`\hat R`: near 1 where chains agree.

    The larger one of those of location and of spread (Vehtari et al., 2021,
    section 4). Above 1.01, chains have not mixed.

    :param samples: An array `[n_samples, n_chains, ...]` or `[n_samples]`.

    :return: An array. nan where all samples are equal, where one is not finite,
        or where there are fewer than 4.

    >>> import numpy as np
    >>> from zhusuan.diagnostics import split_rhat
    >>> draws = np.random.RandomState(0).randn(1000, 4)
    >>> print("%.2f" % split_rhat(draws))
    1.00
    >>> print("%.2f" % split_rhat(draws + [0., 0., 0., 5.]))
    1.53
    """
    return _by_number(_split_rhat, samples)


# -- The parts --------------------------------------------------------------------

def _with_chains(samples: TensorLike) -> np.ndarray:
    """Draws as float64 with an axis of chains, up to an offset."""
    samples = np.asarray(samples)
    if samples.ndim == 0:
        raise ValueError("Samples must be an array [n_samples, n_chains, ...], but "
                         "they are the number %r." % (samples.item(),))
    if samples.ndim == 1:
        samples = samples[:, np.newaxis]
    return _moments.to_float64(samples)[0]


def _by_number(statistic: Callable[[np.ndarray], np.ndarray],
               samples: TensorLike) -> np.ndarray:
    """A statistic of the float64 draws of each number.

    nan where a draw is not finite, and of too few draws.
    """
    samples = _with_chains(samples)
    if len(samples) < _MIN_SAMPLES or not samples.shape[1]:
        return np.full(samples.shape[2:], np.nan)
    is_finite = np.isfinite(samples).all(axis=(0, 1))
    found = statistic(np.where(is_finite, samples, 0.))
    return np.where(is_finite, found, np.nan)[()]


def _standard_error(samples: np.ndarray) -> np.ndarray:
    unit, exponent = _moments.standardize(samples)
    sd = np.std(unit, axis=(0, 1), ddof=1)
    return np.ldexp(sd / np.sqrt(_ess(_split(unit))), exponent)


def _split_rhat(samples: np.ndarray) -> np.ndarray:
    halves = _split(_moments.divide_by_power_of_two(samples)[0])
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    return np.fmax(_rhat(_rank_normalized(halves)), _rhat(_rank_normalized(folded)))


def _tail_ess(samples: np.ndarray) -> np.ndarray:
    scaled, _ = _moments.divide_by_power_of_two(samples)
    return np.minimum(_ess(_split(_is_below(scaled, 0.05))),
                      _ess(_split(_is_below(scaled, 0.95))))


def _split(samples: np.ndarray) -> np.ndarray:
    """Both halves of every chain as chains; a middle sample is dropped."""
    n = len(samples) // 2
    return np.concatenate([samples[:n], samples[len(samples) - n:]], axis=1)


def _is_below(samples: np.ndarray, probability: float) -> np.ndarray:
    """Whether samples are at most their quantile, as numbers."""
    quantile = np.quantile(samples, probability, axis=(0, 1))
    return (samples <= quantile).astype(samples.dtype)


def _rank_normalized(samples: np.ndarray) -> np.ndarray:
    """Normal quantiles of the ranks among all chains (Vehtari, eq. 14)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata
    flat = samples.reshape((-1,) + samples.shape[2:])
    ranks = rankdata(flat, axis=0).reshape(samples.shape)
    return ndtri((ranks - 0.375) / (len(flat) + 0.25))


def _rhat(samples: np.ndarray) -> np.ndarray:
    """Gelman and Rubin's statistic (Vehtari et al., 2021, eq. 1-4)."""
    n = len(samples)
    within = np.var(samples, axis=0, ddof=1).mean(axis=0)
    between = np.var(samples.mean(axis=0), axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((n - 1) / n + between / within)


def _ess(samples: np.ndarray) -> np.ndarray:
    """The effective sample size of all chains together, of standardized draws."""
    n, n_chains = samples.shape[:2]
    covariance = _autocovariance(samples)
    within = covariance[0].mean(axis=0) * n / (n - 1)
    total = within * (n - 1) / n + np.var(samples.mean(axis=0), axis=0, ddof=1)
    is_constant = np.ptp(samples, axis=(0, 1)) == 0.
    rho = 1. - (within - covariance.mean(axis=1)) / np.where(is_constant, 1., total)
    rho[0] = 1.
    size = float(n * n_chains)
    found = size / np.maximum(_correlation_time(rho), 1. / np.log10(size))
    return np.where(is_constant, size, found)


_ESS = {
    "mean": lambda samples: _ess(_split(_moments.standardize(samples).unit)),
    "bulk": lambda samples: _ess(_rank_normalized(_split(samples))),
    "tail": _tail_ess,
}


def _autocovariance(samples: np.ndarray) -> np.ndarray:
    """By lag and chain, with divisor n: by FFT, padded against wrapping round."""
    n = len(samples)
    centred = samples - samples.mean(axis=0)
    length = 2 ** int(np.ceil(np.log2(2 * n)))
    spectrum = np.fft.rfft(centred, length, axis=0)
    return np.fft.irfft(np.abs(spectrum) ** 2, length, axis=0)[:n] / n


def _correlation_time(rho: np.ndarray) -> np.ndarray:
    """The sum of autocorrelations over all lags (Geyer, 1992, section 3.3).

    Lags are taken in pairs 2k, 2k + 1, as long as the sums of pairs are
    positive, and no sum may exceed one before it. Of the pair that ends the
    sequence, a positive even lag still counts, on one side.
    """
    n_pairs = max(1, 1 + (len(rho) - 3) // 2)
    even, odd = rho[0:2 * n_pairs:2], rho[1:2 * n_pairs:2]
    even = even[:len(odd)]
    pairs = even + odd
    ends = ~(pairs > 0.)
    ends[-1] = True
    end = np.argmax(ends, axis=0)
    is_before = np.arange(len(pairs)).reshape(
        (-1,) + (1,) * end.ndim) < end
    monotone = np.where(is_before, np.minimum.accumulate(pairs, axis=0), 0.)
    last_even = np.take_along_axis(even, end[np.newaxis], axis=0)[0]
    last_pair = np.take_along_axis(pairs, end[np.newaxis], axis=0)[0]
    counts = (last_even > 0.) | (last_pair >= 0.)
    return -1. + 2. * monotone.sum(axis=0) + np.where(counts, last_even, 0.)


# -- Plots ------------------------------------------------------------------------

def plot_trace(samples: TensorLike, ax: Any = None) -> Any:
    """Draw the samples of one number against their index, a line for each chain.

    :param samples: An array `[n_samples, n_chains]` or `[n_samples]`.
    :param ax: Matplotlib axes; new ones by default.

    :return: The axes.

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from zhusuan.mcmc.diagnostics import plot_trace
    >>> axes = plot_trace(np.random.randn(100, 4), ax=Figure().subplots())
    >>> len(axes.lines)
    4
    """
    samples, ax = _to_plot(samples, ax)
    ax.plot(samples, linewidth=0.7)
    ax.set(xlabel="draw", ylabel="value")
    return ax


def plot_rank(samples: TensorLike, ax: Any = None, n_bins: int = 20) -> Any:
    """Draw histograms of ranks among all chains, a line for each chain.

    Chains that have mixed give flat ones (Vehtari et al., 2021, section 4.4).
    The parameters are those of :func:`plot_trace`.

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from zhusuan.mcmc.diagnostics import plot_rank
    >>> axes = plot_rank(np.random.randn(100, 4), ax=Figure().subplots())
    >>> axes.get_xlabel()
    'rank'
    """
    from scipy.stats import rankdata
    samples, ax = _to_plot(samples, ax)
    ranks = rankdata(samples).reshape(samples.shape)
    edges = np.linspace(0.5, samples.size + 0.5, n_bins + 1)
    for chain in ranks.T:
        ax.step(edges[:-1], np.histogram(chain, edges)[0], where="post")
    ax.axhline(len(samples) / n_bins, color="grey", linestyle=":")
    ax.set(xlabel="rank", ylabel="draws", ylim=(0, None))
    return ax


def plot_autocorrelation(samples: TensorLike, ax: Any = None,
                         max_lag: int = 100) -> Any:
    """Draw autocorrelations against lags, a line for each chain.

    The parameters are those of :func:`plot_trace`.

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from zhusuan.mcmc.diagnostics import plot_autocorrelation
    >>> axes = plot_autocorrelation(np.random.randn(100, 4), ax=Figure().subplots())
    >>> len(axes.lines) >= 4
    True
    """
    samples, ax = _to_plot(samples, ax)
    unit = _moments.standardize(samples).unit
    covariance = _autocovariance(unit)[:max_lag + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ax.plot(covariance / covariance[0])
    ax.axhline(0., color="grey", linestyle=":")
    ax.set(xlabel="lag", ylabel="autocorrelation")
    return ax


def _to_plot(samples: TensorLike, ax: Any) -> Tuple[np.ndarray, Any]:
    samples = _with_chains(samples)
    if samples.ndim != 2:
        raise ValueError(
            "A plot requires one scalar quantity, samples [n_samples, n_chains], but "
            "their shape is %s. Select one, such as samples[..., "
            "0]." % (samples.shape,))
    if ax is None:
        import matplotlib.pyplot as plt
        _, ax = plt.subplots()
    return samples, ax
