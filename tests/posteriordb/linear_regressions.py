"""Log densities of the regressions with normal noise."""
import numpy as np
from scipy import stats


def _is(values, level):
    return (values == level).astype("float64")


def _centred(x):
    return x - np.mean(x)


def _standardized(x, sds):
    return _centred(x) / (sds * np.std(x, ddof=1))


def _with_product(a, b):
    return [a, b, a * b]


def _log_volume(d):
    return np.log(d["diam1"] * d["diam2"] * d["canopy_height"])


def _log_area(d):
    return np.log(d["diam1"] * d["diam2"])


def _log_shape(d):
    return np.log(d["diam1"] / d["diam2"])


BUSH = ["diam1", "diam2", "canopy_height", "total_height", "density"]

# The target and the columns other than the intercept.
DESIGNS = {
    "kidscore_momhs": lambda d: (d["kid_score"], [d["mom_hs"]]),
    "kidscore_momiq": lambda d: (d["kid_score"], [d["mom_iq"]]),
    "kidscore_momhsiq": lambda d: (d["kid_score"], [d["mom_hs"], d["mom_iq"]]),
    "kidscore_interaction": lambda d: (
        d["kid_score"], _with_product(d["mom_hs"], d["mom_iq"])),
    "kidscore_interaction_c": lambda d: (
        d["kid_score"], _with_product(_centred(d["mom_hs"]), _centred(d["mom_iq"]))),
    "kidscore_interaction_c2": lambda d: (
        d["kid_score"], _with_product(d["mom_hs"] - 0.5, d["mom_iq"] - 100)),
    "kidscore_interaction_z": lambda d: (
        d["kid_score"], _with_product(_standardized(d["mom_hs"], 2),
                                      _standardized(d["mom_iq"], 2))),
    "kidscore_mom_work": lambda d: (
        d["kid_score"], [_is(d["mom_work"], level) for level in (2, 3, 4)]),
    "earn_height": lambda d: (d["earn"], [d["height"]]),
    "log10earn_height": lambda d: (np.log10(d["earn"]), [d["height"]]),
    "logearn_height": lambda d: (np.log(d["earn"]), [d["height"]]),
    "logearn_height_male": lambda d: (np.log(d["earn"]), [d["height"], d["male"]]),
    "logearn_logheight_male": lambda d: (
        np.log(d["earn"]), [np.log(d["height"]), d["male"]]),
    "logearn_interaction": lambda d: (
        np.log(d["earn"]), _with_product(d["height"], d["male"])),
    "logearn_interaction_z": lambda d: (
        np.log(d["earn"]), _with_product(_standardized(d["height"], 1), d["male"])),
    "mesquite": lambda d: (d["weight"], [d[name] for name in BUSH + ["group"]]),
    "logmesquite": lambda d: (
        np.log(d["weight"]), [np.log(d[name]) for name in BUSH] + [d["group"]]),
    "logmesquite_logvolume": lambda d: (
        np.log(d["weight"]), [_log_volume(d)]),
    "logmesquite_logva": lambda d: (
        np.log(d["weight"]),
        [_log_volume(d), _log_area(d), d["group"]]),
    "logmesquite_logvash": lambda d: (
        np.log(d["weight"]),
        [_log_volume(d), _log_area(d), _log_shape(d),
         np.log(d["total_height"]), d["group"]]),
    "logmesquite_logvas": lambda d: (
        np.log(d["weight"]),
        [_log_volume(d), _log_area(d), _log_shape(d),
         np.log(d["total_height"]), np.log(d["density"]), d["group"]]),
    "nes": lambda d: (
        d["partyid7"],
        [d["real_ideo"], d["race_adj"]]
        + [_is(d["age_discrete"], level) for level in (2, 3, 4)]
        + [d["educ1"], d["gender"], d["income"]]),
}

# The other models have a flat prior of sigma.
WITH_CAUCHY_PRIOR = {"kidscore_momhs", "kidscore_momiq", "kidscore_momhsiq",
                     "kidscore_interaction"}


def design(model, d):
    """The target of shape [N] and the matrix of the columns, [N, D]."""
    if model == "blr":
        return d["y"], d["X"]
    target, columns = DESIGNS[model](d)
    return target, np.stack([np.ones(len(target))] + columns, axis=1)


def blr(data, parameters):
    """Regression without intercept, with priors of all parameters."""
    beta, sigma = parameters["beta"], parameters["sigma"]
    if sigma <= 0:
        return -np.inf
    return (np.sum(stats.norm.logpdf(beta, 0, 10))
            + stats.halfnorm.logpdf(sigma, scale=10)
            + np.sum(stats.norm.logpdf(data["y"], np.dot(data["X"], beta), sigma)))


def _regression(model):
    """The log density of a model of `DESIGNS`."""
    def log_density(data, parameters):
        beta, sigma = parameters["beta"], parameters["sigma"]
        if sigma <= 0:
            return -np.inf
        log_prior = 0.
        if model in WITH_CAUCHY_PRIOR:
            log_prior = stats.halfcauchy.logpdf(sigma, scale=2.5)
        y, x = design(model, data)
        return log_prior + np.sum(stats.norm.logpdf(y, np.dot(x, beta), sigma))
    return log_density


def kilpisjarvi(data, parameters):
    """A line with normal priors of both coefficients."""
    alpha, beta, sigma = (parameters[name] for name in ("alpha", "beta", "sigma"))
    if sigma <= 0:
        return -np.inf
    return (stats.norm.logpdf(alpha, data["pmualpha"], data["psalpha"])
            + stats.norm.logpdf(beta, data["pmubeta"], data["psbeta"])
            + np.sum(stats.norm.logpdf(data["y"], alpha + beta * data["x"], sigma)))


def diamonds(data, parameters):
    """Regression on 24 centred columns."""
    b, intercept, sigma = (parameters[name] for name in ("b", "Intercept", "sigma"))
    if sigma <= 0:
        return -np.inf
    columns = data["X"][:, 1:]
    centred = columns - np.mean(columns, axis=0)
    return (np.sum(stats.norm.logpdf(b, 0, 1))
            + stats.t.logpdf(intercept, 3, 8, 10)
            + stats.t.logpdf(sigma, 3, 0, 10)
            + np.sum(stats.norm.logpdf(
                data["Y"], intercept + np.dot(centred, b), sigma)))


DENSITIES = {model: _regression(model) for model in DESIGNS}
DENSITIES.update(blr=blr, kilpisjarvi=kilpisjarvi, diamonds=diamonds)
