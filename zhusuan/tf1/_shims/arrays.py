"""Functions that NumPy, SciPy and Matplotlib removed without an equal replacement."""
import functools

import numpy as np

__all__ = ["NINF", "NZERO", "PZERO", "alen", "asfarray", "asscalar", "binom_test",
           "bivariate_normal", "cast", "derivative", "disp", "find_common_type",
           "fromstring", "in1d", "inner1d", "issctype", "itemfreq", "load",
           "median_absolute_deviation", "msort", "normed_as_density", "normpdf",
           "obj2sctype", "random_integers", "sctypes", "simps", "sph_harm"]

NINF, PZERO, NZERO = -np.inf, 0., -0.
sctypes = {
    "int": [np.int8, np.int16, np.int32, np.int64],
    "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
    "float": [np.float16, np.float32, np.float64, np.longdouble],
    "complex": [np.complex64, np.complex128, np.clongdouble],
    "others": [bool, object, bytes, str, np.void],
}


def asscalar(a):
    """The element of an array of one element, as a Python number."""
    return np.asarray(a).item()


def asfarray(a, dtype=np.float64):
    """An array of floating point numbers."""
    return np.asarray(a, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def alen(a):
    """The length of the first dimension; 1 for a scalar."""
    return len(np.atleast_1d(a))


def disp(mesg, device=None, linefeed=True):
    """Print to a file."""
    print(mesg, file=device, end="\n" if linefeed else "")


def in1d(ar1, ar2, assume_unique=False, invert=False):
    """Whether each element of `ar1`, flattened, is in `ar2`."""
    return np.isin(np.ravel(ar1), ar2, assume_unique=assume_unique, invert=invert)


def msort(a):
    """A copy sorted along the first dimension."""
    return np.sort(a, axis=0)


def issctype(rep):
    """Whether `rep` is a type of NumPy scalars."""
    return isinstance(rep, (type, np.dtype)) and np.dtype(rep).type is not np.object_


def obj2sctype(rep, default=None):
    """The type of NumPy scalars that corresponds to `rep`."""
    if isinstance(rep, type) and issubclass(rep, np.generic):
        return rep
    try:
        return (rep.dtype if isinstance(rep, np.ndarray) else np.dtype(rep)).type
    except TypeError:
        return default


def find_common_type(array_types, scalar_types):
    """The common dtype; that of scalars counts only if it is of a higher kind."""
    def common(types):
        return np.result_type(*types) if types else None

    of_arrays, of_scalars = common(array_types), common(scalar_types)
    if of_arrays is None or of_scalars is None:
        return of_scalars if of_arrays is None else of_arrays
    kinds = "buifcmMSUVO"
    return (of_scalars if kinds.index(of_scalars.kind) > kinds.index(of_arrays.kind)
            else of_arrays)


class _Casts(dict):

    def __missing__(self, dtype):
        return lambda x: np.asarray(x).astype(dtype)


#: Functions that convert to a dtype, by the dtype.
cast = _Casts()


def inner1d(a, b):
    """`numpy.core.umath_tests.inner1d`: the inner products along the last axis."""
    return np.einsum("...i,...i->...", a, b)


def random_integers(low, high=None, size=None):
    """Integers from `low` to `high`, both included; from 1 to `low` without `high`."""
    low, high = (1, low) if high is None else (low, high)
    return np.random.randint(low, high + 1, size)


def normpdf(x, *args):
    """`matplotlib.mlab.normpdf`: the normal density at `x`; args: mean, deviation."""
    mu, sigma = args
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)


def bivariate_normal(X, Y, sigmax=1., sigmay=1., mux=0., muy=0., sigmaxy=0.):
    """`matplotlib.mlab.bivariate_normal`: a normal density in the plane."""
    x, y = (X - mux) / sigmax, (Y - muy) / sigmay
    rho = sigmaxy / (sigmax * sigmay)
    rest = 1. - rho ** 2
    return np.exp(-(x ** 2 + y ** 2 - 2 * rho * x * y) / (2 * rest)) / (
        2 * np.pi * sigmax * sigmay * np.sqrt(rest))


def derivative(func, x0, dx=1., n=1, args=(), order=3):
    """`scipy.misc.derivative`: the `n`-th derivative by central differences."""
    if order < n + 1 or order % 2 == 0:
        raise ValueError("derivative was given order={!r}; expected an odd number, at "
                         "least {}.".format(order, n + 1))
    steps = np.arange(order) - order // 2
    # Weights that are exact for polynomials below the order.
    powers = np.arange(order)
    target = np.where(powers == n, np.prod(np.arange(1., n + 1)), 0.)
    weights = np.linalg.solve(steps[None, :] ** powers[:, None].astype(float), target)
    values = [w * func(x0 + k * dx, *args) for w, k in zip(weights, steps)]
    return sum(values) / dx ** n


def itemfreq(a):
    """`scipy.stats.itemfreq`: values and their counts, in two columns."""
    return np.array(np.unique(a, return_counts=True)).T


def binom_test(x, n=None, p=0.5, alternative="two-sided"):
    """`scipy.stats.binom_test`: the p-value alone."""
    from scipy import stats

    if np.ndim(x):
        x, n = x[0], x[0] + x[1]
    return stats.binomtest(int(x), int(n), p, alternative=alternative).pvalue


def median_absolute_deviation(x, axis=0, center=np.median, scale=1.4826,
                              nan_policy="propagate"):
    """`scipy.stats.median_absolute_deviation`, multiplied by `scale`."""
    from scipy import stats

    return stats.median_abs_deviation(
        x, axis=axis, center=center, scale=1., nan_policy=nan_policy) * scale


def simps(y, x=None, dx=1., axis=-1, even=None):
    """`scipy.integrate.simps`, with positional arguments."""
    from scipy import integrate

    return integrate.simpson(y, x=x, dx=dx, axis=axis)


def sph_harm(m, n, theta, phi):
    """`scipy.special.sph_harm`, with the azimuth before the polar angle."""
    from scipy import special

    return special.sph_harm_y(n, m, phi, theta)


# -- Changed defaults ------------------------------------------------------------

def fromstring(original, on_use):
    """`numpy.fromstring`, which reads binary data unless `sep` is given."""

    @functools.wraps(original)
    def with_binary(string, dtype=float, count=-1, *, sep="", **kwargs):
        if sep:
            return original(string, dtype, count, sep=sep, **kwargs)
        on_use()
        data = string.encode("latin-1") if isinstance(string, str) else string
        return np.frombuffer(data, dtype, count).copy()

    return with_binary


def load(original, on_use):
    """`numpy.load`, which reads pickled objects unless `allow_pickle` is given."""

    @functools.wraps(original)
    def with_pickles(file, mmap_mode=None, *args, **kwargs):
        if args or "allow_pickle" in kwargs:
            return original(file, mmap_mode, *args, **kwargs)
        start = file.tell() if hasattr(file, "seek") else None
        try:
            found = original(file, mmap_mode, **kwargs)
        except ValueError as error:
            if not _is_about_pickles(error):
                raise
        else:
            if hasattr(found, "allow_pickle"):  # an archive, which is read lazily
                found.__class__ = _with_pickles(type(found), on_use)
            return found
        if start is not None:
            file.seek(start)
        on_use()
        return original(file, mmap_mode, allow_pickle=True, **kwargs)

    return with_pickles


def _is_about_pickles(error):
    return "allow_pickle" in str(error) or "pickled" in str(error)


@functools.lru_cache(maxsize=None)
def _with_pickles(kind, on_use):
    """A subclass of an archive class that reads pickled objects, too."""

    class _Archive(kind):
        def __getitem__(self, key):
            try:
                return super().__getitem__(key)
            except ValueError as error:
                if not _is_about_pickles(error):
                    raise
            on_use()
            self.allow_pickle = True
            return super().__getitem__(key)

    _Archive.__name__, _Archive.__qualname__ = kind.__name__, kind.__qualname__
    return _Archive


def normed_as_density(original, on_use):
    """A histogram function that accepts `normed`, the former name of `density`."""

    @functools.wraps(original)
    def with_normed(*args, **kwargs):
        if "normed" in kwargs:
            on_use()
            kwargs["density"] = bool(kwargs.pop("normed"))
        return original(*args, **kwargs)

    return with_normed
