"""Priors of TensorFlow Probability, for tests of supports and constraints."""
import numpy as np


def tfp_priors(tfd, tfb):
    """A start, and a distribution with bounded support or a real line."""
    ones, eye = np.ones([2], "float32"), np.eye(2, dtype="float32")
    return {
        "exponential": (ones[0], tfd.Exponential(2.)),
        "gamma": (ones[0], tfd.Gamma(2., 3.)),
        "log_normal": (ones[0], tfd.LogNormal(0., 0.5)),
        "uniform": (0. * ones[0], tfd.Uniform(-1., 2.)),
        "pareto": (3. * ones[0], tfd.Pareto(8., 2.)),
        "von_mises": (0. * ones[0], tfd.VonMises(0., 2.)),
        "independent": (ones, tfd.Independent(tfd.Exponential([1., 2.]), 1)),
        "sample": (ones, tfd.Sample(tfd.Exponential(2.), 2)),
        "transformed": (1.5 * ones[0], tfd.TransformedDistribution(
            tfd.Uniform(0., 1.), tfb.Exp())),
        "mixture": (ones[0], tfd.MixtureSameFamily(
            tfd.Categorical([0., 0.]), tfd.Exponential([1., 2.]))),
        "dirichlet": (0.5 * ones, tfd.Dirichlet([1., 2.])),
        "lkj": (eye, tfd.LKJ(2, 2.)), "cholesky_lkj": (eye, tfd.CholeskyLKJ(2, 2.)),
        "wishart": (eye, tfd.WishartTriL(5., eye)),
        "half_normal": (ones, tfd.Independent(tfd.HalfNormal(ones), 1)),
        "beta": (0.5 * ones[0], tfd.Beta(2., 1.)),
        "inverse_gamma": (ones[0], tfd.InverseGamma(3., 2.)),
        "simplexes": (0.5 * np.ones([2, 2], "float32"), tfd.Sample(
            tfd.Dirichlet([1., 2.]), 2)),
        "small_wishart": (0.1 * eye, tfd.WishartTriL(5., 0.1 * eye)),
        "normal": (ones, tfd.MultivariateNormalTriL(ones, eye))}
