"""log_prob and prob of every distribution against scipy in float64, to the tails."""
import numpy as np
import pytest
from case_programs import densities, eagerly, grid
from cases import CASES, every_case

import zhusuan as zs

RELATIVE = {"float16": 1e-2, "float32": 1e-5, "float64": 1e-10}


def test_every_distribution_has_a_row():
    classes = {n for n, c in vars(zs.distributions).items()
               if isinstance(c, type) and n in zs.distributions.__all__}
    bases = {"Distribution"} | {"Flat", "HalfFlat"}  # improper, in a file of their own
    rows = {getattr(zs.distributions, case.name) for case in CASES}
    assert {n for n in classes - bases
            if getattr(zs.distributions, n) not in rows} == set()


def allowed_error(want, terms, dtype):
    """Of a log density: relative, with a floor at rounding of its largest term."""
    return RELATIVE[dtype] * np.abs(want) + 8. * np.finfo(dtype).eps * terms


def overflows(want, dtype):
    return np.abs(want) > 0.99 * float(np.finfo(dtype).max)


@every_case
def test_log_prob_and_prob_match_scipy(case, mode):
    for dtype in case.dtypes:
        points = grid(case, dtype)
        log_prob, prob, gradients = densities(case, dtype, points, mode)
        assert log_prob.dtype == prob.dtype == dtype
        check_log_prob(case, dtype, points, log_prob)
        check_prob(case, dtype, points, prob)
        check_gradients_are_finite(points, gradients, dtype)


def check_log_prob(case, dtype, points, got):
    want = points.want
    got = got.astype("float64")
    with np.errstate(invalid="ignore"):
        right = np.abs(got - want) <= allowed_error(want, points.terms, dtype)
    right |= got == want  # infinite, both
    right |= overflows(want, dtype) & (got == np.copysign(np.inf, want))
    report(case, dtype, points, got, want, right)


def check_prob(case, dtype, points, got):
    got = got.astype("float64")
    with np.errstate(over="ignore", invalid="ignore"):
        want = np.exp(points.want)
        error = want * np.expm1(allowed_error(points.want, points.terms, dtype))
        info = np.finfo(dtype)
        # Where the number is subnormal, XLA and others flush it to 0.
        right = np.abs(got - want) <= error * 2. + 2. * float(info.tiny)
    right |= got == want
    right |= overflows(want, dtype) & (got == np.inf)
    report(case, dtype, points, got, want, right)


def check_gradients_are_finite(points, gradients, dtype):
    """Where the density is; what float16 cannot hold may overflow there."""
    there = np.isfinite(points.want)
    for name, gradient in gradients.items():
        if gradient is None:
            continue
        bad = ~np.isfinite(gradient) if dtype != "float16" else np.isnan(gradient)
        if bad.ndim < there.ndim:
            assert not bad.any() or not there.all(), name
            continue
        bad = bad.reshape(there.shape + (-1,)).any(axis=-1) & there
        assert not bad.any(), "d log_prob / d {} at {}".format(
            name, points.points[bad][:5])


def report(case, dtype, points, got, want, right):
    if right.all():
        return
    lines = ["{} {}: {} of {} points".format(case, dtype, (~right).sum(), right.size)]
    for n, p in np.argwhere(~right)[:8]:
        lines.append("at {} got {!r}, not {!r}, with {}".format(
            points.points[n, p], got[n, p], want[n, p], points.sets[p]))
    pytest.fail("\n".join(lines))


@every_case
@eagerly
def test_the_density_sums_or_integrates_to_one(case):
    for one in case.rounded_sets("float64"):
        nodes, weights = case.nodes(one)
        parameters = {n: np.asarray(v) for n, v in one.items()}
        if case.is_discrete:
            nodes = nodes.astype(case.sample_dtype("float64"))
        dist = case.make(parameters, **case.kwargs_for("float64"))
        total = np.sum(weights * np.asarray(dist.prob(nodes)))
        np.testing.assert_allclose(total, 1., rtol=1e-8, err_msg=str(one))
