"""A row of the table of distributions: its fields and its reference values.

The head of cases.py explains how to write a row.
"""
import functools
from dataclasses import dataclass, field
from typing import Callable, Optional, Sequence

import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs

FLOATS = ("float16", "float32", "float64")
INTEGERS = ("int16", "int32", "int64")

# The `errors` of a class whose parameters have no checks of their own.
NO_OWN_CHECKS = ()

# Where the default grid lies: these quantiles, from both ends.
TAILS = np.array([1e-300, 1e-100, 1e-30, 1e-12, 1e-5, 1e-2, 0.1, 0.3, 0.45])


def sets(**columns):
    """Parameter sets from a column for each: ``sets(loc=[0., 1.], scale=[1., 2.])``."""
    return [dict(zip(columns, values)) for values in zip(*columns.values())]


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """One row; the fields are explained at the top of cases.py."""

    name: str
    parameters: Sequence[dict]
    reference: Callable
    label: str = ""
    shared: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    build: Optional[Callable] = None
    is_discrete: bool = False
    value_ndims: int = 0
    log_prob: Optional[Callable] = None
    points: Optional[Callable] = None
    outside: Optional[Callable] = None
    support: Optional[Callable] = None
    quadrature: Optional[Callable] = None
    marginals: Optional[Callable] = None
    terms: Optional[Callable] = None
    dtypes: Sequence[str] = FLOATS
    sample_dtypes: Sequence[str] = INTEGERS + FLOATS
    non_differentiable: Sequence[str] = ()
    tangents: Optional[Callable] = None
    pathwise: str = "score"
    is_reparameterized: bool = True
    is_sampled: bool = True
    accepts: Sequence[str] = ("is_reparameterized", "use_path_derivative",
                              "check_numerics")
    sampled_in: Sequence[str] = ("graph", "eager", "function", "xla")
    errors: Optional[Sequence[tuple]] = None
    is_derived: bool = False

    def __str__(self):
        return self.name + ("-" + self.label if self.label else "")

    __repr__ = __str__

    # -- The distribution under test --

    def make(self, parameters, **kwargs):
        """The distribution of ZhuSuan with these parameters (arrays, Tensors).

        `kwargs` may replace options.
        """
        build = self.build or getattr(zs.distributions, self.name)
        return build(**parameters, **{**self.options, **kwargs})

    def kwargs_for(self, param_dtype):
        """A constructor's keywords that make samples of a dtype that fits."""
        return {"dtype": tf.as_dtype(self.sample_dtype(param_dtype))} \
            if self.is_discrete else {}

    def sample_dtype(self, param_dtype):
        """The dtype of samples that goes with `param_dtype` in these tests."""
        if not self.is_discrete:
            return param_dtype
        return "int64" if param_dtype == "float64" else "int32"

    @property
    def parameter_names(self):
        return list(self.parameters[0]) + list(self.shared)

    def event_ndims(self, name):
        """How many axes one value of parameter `name` has."""
        return np.ndim(self.parameters[0].get(name, 0.))

    # -- Parameter sets in the dtype under test, exact in float64 --

    @functools.lru_cache(maxsize=None)  # noqa: B019  rows stay as long as the tests
    def rounded_sets(self, dtype):
        """The parameter sets that `dtype` holds, rounded to it, in float64."""
        sets = [{**one, **self.shared} for one in self.parameters]
        rounded = [{name: _rounded(value, dtype) for name, value in one.items()}
                   for one in sets]
        held = [new for one, new in zip(sets, rounded)
                if all(_is_held(one[n], new[n]) for n in one)
                and len(self.inside_points(new, dtype))]
        assert held, "%s holds no parameter set of %s" % (dtype, self)
        return held

    def stacked(self, dtype):
        """All sets as one batch: arrays of shape ``[P] + event``, shared ones 0-D."""
        sets = self.rounded_sets(dtype)
        return {name: np.asarray(sets[0][name] if name in self.shared else
                                 [one[name] for one in sets], dtype)
                for name in self.parameter_names}

    # -- The truth, in float64 --

    def truth(self, one):
        """The reference object for one parameter set."""
        return self.reference(**one, **self.options)

    def log_density(self, x, one):
        """The reference log density at `x`, an array ``[N] + V``."""
        with np.errstate(all="ignore"):
            if self.log_prob is not None:
                return np.asarray(self.log_prob(x, **one, **self.options))
            truth = self.truth(one)
            return np.asarray(getattr(truth, "logpmf" if self.is_discrete
                                      else "logpdf")(x))

    def largest_term(self, x, one):
        """The size of the largest summand of the log density, at least 1."""
        if self.terms is None:
            return np.ones(len(x))
        with np.errstate(all="ignore"):
            terms = np.abs(self.terms(x, **one, **self.options))
        return np.maximum(1., np.where(np.isfinite(terms), terms, 1.))

    def inside_points(self, one, dtype):
        """Points of the support with edges and far tails, exact in `dtype`."""
        if self.points is not None:
            points = self.points(**one, **self.options)
        else:
            truth = self.truth(one)
            points = np.concatenate([truth.ppf(TAILS), truth.isf(TAILS),
                                     truth.support()])
        return self._held_points(points, one, dtype)

    def densest_point(self, one, dtype):
        """The point of largest finite density: an array ``[1] + V``."""
        points = self.inside_points(one, dtype)
        return points[[np.argmax(np.nan_to_num(
            self.log_density(points, one), posinf=-np.inf, neginf=-np.inf))]]

    def outside_points(self, one, dtype):
        """Points next to the support, exact in `dtype`; maybe none."""
        if self.outside is not None:
            points = self.outside(**one, **self.options)
        elif self.value_ndims:
            return np.zeros([0])
        else:
            points = _next_to(self.truth(one).support(), self.sample_dtype(dtype))
        return self._held_points(points, one, dtype)

    def _held_points(self, points, one, dtype):
        points = np.asarray(points, "float64")
        kept = points[[_fits(p, self.sample_dtype(dtype)) for p in points]]
        return _rounded(kept, self.sample_dtype(dtype))

    def nodes(self, one):
        """Points and weights by which the density sums or integrates to 1."""
        if self.quadrature is not None:
            return self.quadrature(**one, **self.options)
        if self.is_discrete:
            values = self.all_values(one)
            return values, np.ones(len(values))
        return gauss_legendre(self.truth(one))

    def all_values(self, one):
        """Values of a discrete distribution, without a tail of 1e-12."""
        if self.support is not None:
            return np.asarray(self.support(**one, **self.options), "float64")
        truth = self.truth(one)
        return np.arange(truth.ppf(1e-13), truth.isf(1e-13) + 1.)

    def statistics(self, one):
        """Pairs: a function of samples ``[n] + V``, the law of its values."""
        if self.marginals is not None:
            return self.marginals(**one, **self.options)
        return [(lambda x: x, self.truth(one))]


def gauss_legendre(truth, order=24):
    """Nodes and weights on panels between quantiles of a continuous law."""
    steps = np.concatenate([10. ** np.arange(-13, -1), [.03, .1, .2, .35, .5]])
    ends = np.unique(np.concatenate([truth.ppf(steps), truth.isf(steps)]))
    nodes, weights = np.polynomial.legendre.leggauss(order)
    half = np.diff(ends)[:, None] / 2.
    middle = (ends[1:] + ends[:-1])[:, None] / 2.
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def _rounded(value, dtype):
    with np.errstate(all="ignore"):
        return np.asarray(value, "float64").astype(dtype).astype("float64")


def _is_held(value, rounded):
    """Whether rounding neither overflowed nor lost the value altogether."""
    value = np.asarray(value, "float64")
    return bool(np.all(np.isfinite(rounded) == np.isfinite(value)) and
                np.all((rounded == 0.) == (value == 0.)))


def _fits(point, dtype):
    """Whether `dtype` holds every number of a point; subnormal ones count as lost."""
    if dtype in INTEGERS:
        return bool(np.all(np.abs(point) <= float(np.iinfo(dtype).max)))
    info, size = np.finfo(dtype), np.abs(point)
    normal = (size >= float(info.tiny)) & (size <= float(info.max))
    return bool(np.all(normal | (size == 0.)))


def _next_to(ends, dtype):
    """The nearest numbers of `dtype` outside of an interval, and farther ones."""
    low, high = ends
    if dtype in INTEGERS:
        near = [low - 1., high + 1.]
    else:
        infinity, tiny = np.asarray([np.inf, np.finfo(dtype).tiny], dtype)
        with np.errstate(invalid="ignore"):
            low, high = np.asarray(ends, dtype)
            near = [min(np.nextafter(low, -infinity), low - tiny),
                    max(np.nextafter(high, infinity), high + tiny)]
    return [x for x in near + [low - 10., high + 10.] if np.isfinite(x)]
