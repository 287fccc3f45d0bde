"""The table of distributions that drives the generic tests and the documentation.

A row is a `Case`: the class's name in `zhusuan.distributions`, parameter sets, and
the truth. Add yours to cases_univariate.py or another file of rows:

    Case("Laplace", sets(loc=[0., 1e3], scale=[1., 1e-6]),
         reference=lambda loc, scale: stats.laplace(loc, scale))

parameters: ordinary sets first (the first two feed the shape and gradient tests), then
    extreme ones. All values of one parameter have the same (event) shape. What a dtype
    cannot hold is left out for that dtype. `shared`: 0-D float parameters that cannot
    be batched (temperature); `options`: further arguments as they are (n_experiments).
    References get one set, rounded to the dtype under test, the shared ones and the
    options, by keyword, in float64. `label`: where a class has several rows (std /
    logstd, another K). `build`: a constructor, if it is not the class.
reference: gives a frozen scipy distribution, or anything with `logpdf` or `logpmf`;
    univariate ones also need `ppf, isf, support` (for the grid; `cdf` for KS), unless
    `points` (inside, with edges and far tails: an array [N] + V), `outside`, `support`
    (all values of a discrete one), `quadrature` (nodes [N] + V and weights such that
    sum(w * p) = 1) or `marginals` (pairs: function of samples [n] + V giving [n], law
    with `cdf`) replace them. `log_prob(x, **set)`: if scipy's is wrong in the tails.
terms(x, **set): the size of the largest summand of log p, where terms cancel; errors
    are allowed to be 8 machine epsilons of it, beside the relative 1e-5 or 1e-10.
is_discrete, value_ndims, sample_dtypes, non_differentiable (parameters), is_sampled,
    is_reparameterized (whether it can be), accepts (keywords of the constructor),
    sampled_in (the modes whose TensorFlow can sample it).
errors: the checks of this class alone, each (keywords that replace parameters or
    options, exception, regular expression), or NO_OWN_CHECKS. Required in the first
    row of a class and set of parameters.
is_derived: whether its formulas are made of functions that rows of other families
    compile.
"""
from dataclasses import replace

import pytest
from cases_bounded import ROWS as BOUNDED
from cases_compound import ROWS as COMPOUND
from cases_counts import ROWS as COUNTS
from cases_heavy_vectors import ROWS as HEAVY_VECTORS
from cases_interval import ROWS as INTERVAL
from cases_matrices import ROWS as MATRICES
from cases_mixtures import ROWS as MIXTURES
from cases_multivariate import ROWS as MULTIVARIATE
from cases_overdispersed import ROWS as OVERDISPERSED
from cases_positive import ROWS as POSITIVE
from cases_real import ROWS as REAL
from cases_skewed import ROWS as SKEWED
from cases_time_series import ROWS as TIME_SERIES
from cases_univariate import ROWS as UNIVARIATE

DERIVED = [replace(case, is_derived=True)
           for case in (SKEWED + OVERDISPERSED + HEAVY_VECTORS + MATRICES + TIME_SERIES
                        + MIXTURES + BOUNDED)]
CASES = (UNIVARIATE + REAL + POSITIVE + INTERVAL + COUNTS + MULTIVARIATE + COMPOUND +
         DERIVED)

# Each own check, with its row.
every_own_check = pytest.mark.parametrize("case, check", [
    pytest.param(case, check, id="%s-%d" % (case, number))
    for case in CASES for number, check in enumerate(case.errors or ())])

every_case = pytest.mark.parametrize("case", CASES, ids=str)

# For what does not depend on numbers, one row of each class and set of parameters.
_BY_FORM = {(case.name, tuple(case.parameter_names)): case for case in CASES[::-1]}
every_form = pytest.mark.parametrize("case", list(_BY_FORM.values())[::-1], ids=str)
