"""Linear regressions: 23 models of 31 posteriors, and two with priors of their own."""
import numpy as np
import tensorflow.compat.v2 as tf

import zhusuan as zs
from benchmarks.posteriors.posterior import Posterior

__all__ = ["MODELS"]


def predictions(coefficients, columns):
    """Products of coefficients ``[..., D]`` with the rows of ``[N, D]``."""
    return tf.tensordot(coefficients, columns, [[-1], [1]])


def with_target(bn, mean, sigma):
    """Add the target of a regression to a net."""
    bn.normal("y", mean, std=sigma[..., tf.newaxis], group_ndims=1)
    return bn


@zs.meta_bayesian_net()
def flat_regression(columns):
    bn = zs.BayesianNet()
    beta = bn.flat("beta", columns.shape[1], group_ndims=1)
    sigma = bn.half_flat("sigma")
    return with_target(bn, predictions(beta, columns), sigma)


@zs.meta_bayesian_net()
def cauchy_regression(columns):
    bn = zs.BayesianNet()
    beta = bn.flat("beta", columns.shape[1], group_ndims=1)
    sigma = bn.half_cauchy("sigma", 2.5)
    return with_target(bn, predictions(beta, columns), sigma)


@zs.meta_bayesian_net()
def normal_regression(columns):
    bn = zs.BayesianNet()
    n_columns = columns.shape[1]
    beta = bn.normal("beta", tf.zeros([n_columns], columns.dtype), std=10.,
                     group_ndims=1)
    sigma = bn.half_normal("sigma", 10.)
    return with_target(bn, predictions(beta, columns), sigma)


@zs.meta_bayesian_net()
def kilpisjarvi(x, prior):
    bn = zs.BayesianNet()
    alpha = bn.normal("alpha", prior["pmualpha"], std=prior["psalpha"])
    beta = bn.normal("beta", prior["pmubeta"], std=prior["psbeta"])
    sigma = bn.half_flat("sigma")
    return with_target(bn, alpha[..., tf.newaxis] + beta[..., tf.newaxis] * x, sigma)


@zs.meta_bayesian_net()
def diamonds(centred):
    bn = zs.BayesianNet()
    b = bn.normal("b", tf.zeros([centred.shape[1]], centred.dtype), std=1.,
                  group_ndims=1)
    intercept = bn.student_t("Intercept", 3., 8., 10.)
    sigma = bn.half_student_t("sigma", 3., 10.)
    return with_target(
        bn, intercept[..., tf.newaxis] + predictions(b, centred), sigma)


# -- From data to columns ---------------------------------------------------------

def regression(model, target, *columns):
    """The posterior of a regression model; a number is a constant column."""
    table = np.stack([np.broadcast_to(np.asarray(x, np.float64), target.shape)
                      for x in columns], axis=-1)
    return Posterior(model(tf.constant(table)), {"y": target},
                     {"beta": np.zeros(table.shape[1]), "sigma": np.ones([])},
                     columns=table)


def levels(x, *values):
    """An indicator column for each value."""
    return [x == value for value in values]


def with_interaction(x, y):
    return [1., x, y, x * y]


def centred(x, scale=1.):
    return (x - np.mean(x)) / scale


def blr(data):
    return regression(normal_regression, data["y"], *np.transpose(data["X"]))


def kidscore(*names):
    """A model of `kid_score` with these columns, or their interaction."""
    def make(data):
        columns = [data[name] for name in names if name != "interaction"]
        columns = with_interaction(*columns) if "interaction" in names else (
            [1.] + columns)
        return regression(cauchy_regression, data["kid_score"], *columns)
    return make


def kidscore_interaction(of_hs, of_iq):
    """A model with transformed columns and their interaction."""
    def make(data):
        return regression(flat_regression, data["kid_score"], *with_interaction(
            of_hs(data["mom_hs"]), of_iq(data["mom_iq"])))
    return make


def kidscore_mom_work(data):
    return regression(flat_regression, data["kid_score"], 1.,
                      *levels(data["mom_work"], 2, 3, 4))


def earnings(of_earn, columns):
    """A model of a function of `earn`, on columns of the data's height and sex."""
    def make(data):
        return regression(flat_regression, of_earn(data["earn"]),
                          *columns(data["height"], data["male"]))
    return make


def mesquite(data):
    return regression(
        flat_regression, data["weight"], 1., data["diam1"], data["diam2"],
        data["canopy_height"], data["total_height"], data["density"], data["group"])


def logmesquite(columns):
    """A model of the log weight, on columns of the logs of the measurements."""
    def make(data):
        log = {name: np.log(data[name]) for name in [
            "diam1", "diam2", "canopy_height", "total_height", "density"]}
        log["area"] = log["diam1"] + log["diam2"]
        log["volume"] = log["area"] + log["canopy_height"]
        log["shape"] = log["diam1"] - log["diam2"]
        log["group"] = data["group"]  # as it is
        return regression(flat_regression, np.log(data["weight"]), 1.,
                          *[log[name] for name in columns.split()])
    return make


def nes(data):
    return regression(
        flat_regression, data["partyid7"], 1., data["real_ideo"], data["race_adj"],
        *levels(data["age_discrete"], 2, 3, 4), data["educ1"], data["gender"],
        data["income"])


def kilpisjarvi_posterior(data):
    prior = {name: data[name] for name in ["pmualpha", "psalpha", "pmubeta", "psbeta"]}
    return Posterior(kilpisjarvi(data["x"], prior), {"y": data["y"]}, {
        "alpha": np.zeros([]), "beta": np.zeros([]), "sigma": np.ones([])})


def diamonds_posterior(data):
    x = data["X"][:, 1:]
    x = x - np.mean(x, axis=0)
    return Posterior(
        diamonds(tf.constant(x)), {"y": data["Y"]},
        {"b": np.zeros(x.shape[1]), "Intercept": np.zeros([]), "sigma": np.ones([])},
        columns=x)


def z_score(x):
    return centred(x, np.std(x, ddof=1))


def half_z_score(x):
    return centred(x, 2. * np.std(x, ddof=1))


MODELS = {
    "blr": blr,
    "kidscore_momhs": kidscore("mom_hs"),
    "kidscore_momiq": kidscore("mom_iq"),
    "kidscore_momhsiq": kidscore("mom_hs", "mom_iq"),
    "kidscore_interaction": kidscore("mom_hs", "mom_iq", "interaction"),
    "kidscore_interaction_c": kidscore_interaction(centred, centred),
    "kidscore_interaction_c2": kidscore_interaction(
        lambda hs: hs - 0.5, lambda iq: iq - 100.),
    "kidscore_interaction_z": kidscore_interaction(half_z_score, half_z_score),
    "kidscore_mom_work": kidscore_mom_work,
    "earn_height": earnings(lambda earn: earn, lambda h, m: [1., h]),
    "log10earn_height": earnings(np.log10, lambda h, m: [1., h]),
    "logearn_height": earnings(np.log, lambda h, m: [1., h]),
    "logearn_height_male": earnings(np.log, lambda h, m: [1., h, m]),
    "logearn_logheight_male": earnings(np.log, lambda h, m: [1., np.log(h), m]),
    "logearn_interaction": earnings(np.log, with_interaction),
    "logearn_interaction_z": earnings(
        np.log, lambda h, m: with_interaction(z_score(h), m)),
    "mesquite": mesquite,
    "logmesquite": logmesquite(
        "diam1 diam2 canopy_height total_height density group"),
    "logmesquite_logvolume": logmesquite("volume"),
    "logmesquite_logva": logmesquite("volume area group"),
    "logmesquite_logvash": logmesquite("volume area shape total_height group"),
    "logmesquite_logvas": logmesquite(
        "volume area shape total_height density group"),
    "nes": nes,
    "kilpisjarvi": kilpisjarvi_posterior,
    "diamonds": diamonds_posterior,
}
