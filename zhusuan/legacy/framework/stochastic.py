"""Nodes by classes, as in ``zs.Normal("z", mean, std=...)``."""
import inspect

from zhusuan import distributions as ds
from zhusuan.framework._node_method_factory import (
    make_node_signature,
    split_arguments,
)
from zhusuan.framework.bn import BayesianNet, StochasticTensor
from zhusuan.legacy.distributions import special
from zhusuan.utils._warnings import warn_deprecated

__all__ = [
    "BagofCategoricals",
    "Bernoulli",
    "Beta",
    "BinConcrete",
    "BinGumbelSoftmax",
    "Binomial",
    "Categorical",
    "Concrete",
    "Dirichlet",
    "Discrete",
    "Empirical",
    "ExpConcrete",
    "ExpGumbelSoftmax",
    "FoldNormal",
    "Gamma",
    "GumbelSoftmax",
    "Implicit",
    "InverseGamma",
    "Laplace",
    "MatrixVariateNormalCholesky",
    "Multinomial",
    "MultivariateNormalCholesky",
    "Normal",
    "OnehotCategorical",
    "OnehotDiscrete",
    "Poisson",
    "Uniform",
    "UnnormalizedMultinomial",
]


def _node_class(distribution, method, signature=None, **options):
    """The class whose objects are nodes of a distribution class.

    An object adds itself to the innermost ``with BayesianNet(...) as model:``.

    :param method: A string, the method of BayesianNet that replaces it.
    :param signature: The signature of the constructor where it is not that of
        the node method; `options` are those of that one.
    """
    signature = signature or make_node_signature(distribution, **options)

    def initialize(self, *args, **kwargs):
        warn_deprecated("zs.%s(name, ...)" % distribution.__name__,
                        "bn.%s(name, ...) of a BayesianNet bn" % method)
        name, dist_kwargs, node_kwargs = split_arguments(
            distribution, signature, (self,) + args, kwargs)
        bn = _innermost_model(distribution, name)
        dist = bn._make_distribution(
            name, distribution, dist_kwargs, "dtype" in signature.parameters)
        bn._initialize_node(self, name, dist, **node_kwargs)

    initialize.__signature__ = signature
    return type(distribution.__name__, (StochasticTensor,), {
        "__init__": initialize, "__module__": __name__,
        "__doc__": """Deprecated: a node that follows a {} distribution.

    It belongs to the innermost ``with BayesianNet(observed) as model:``. Use
    ``bn.{}(name, ...)`` of a :class:`~zhusuan.framework.bn.BayesianNet` instead.
    """.format(distribution.__name__, method)})


def _innermost_model(distribution, name):
    bn = BayesianNet.innermost()
    if bn is None:
        raise RuntimeError(
            "zs.%s(%r, ...) belongs to no model, because no `with "
            "zs.BayesianNet(observed) as model:` block is active. Move the call into "
            "such a block, or, in new programs, write bn = zs.BayesianNet(observed) "
            "and use the methods of bn." % (
                distribution.__name__, name))
    return bn


def _empirical_signature(self, name, dtype, batch_shape, n_samples=None,
                         group_ndims=0, value_shape=None, is_continuous=None,
                         **kwargs):
    """Only its signature is used."""


def _implicit_signature(self, name, samples, value_shape=None, group_ndims=0,
                        n_samples=None, **kwargs):
    """Only its signature is used."""


Bernoulli = _node_class(ds.Bernoulli, "bernoulli")
Beta = _node_class(ds.Beta, "beta")
BinConcrete = _node_class(ds.BinConcrete, "bin_concrete")
Binomial = _node_class(ds.Binomial, "binomial")
Categorical = _node_class(ds.Categorical, "categorical")
Concrete = _node_class(ds.Concrete, "concrete")
Dirichlet = _node_class(ds.Dirichlet, "dirichlet")
Empirical = _node_class(special.Empirical, "stochastic",
                        inspect.signature(_empirical_signature))
ExpConcrete = _node_class(ds.ExpConcrete, "exp_concrete")
FoldNormal = _node_class(ds.FoldNormal, "fold_normal")
Gamma = _node_class(ds.Gamma, "gamma")
Implicit = _node_class(special.Implicit, "stochastic",
                       inspect.signature(_implicit_signature))
InverseGamma = _node_class(ds.InverseGamma, "inverse_gamma")
Laplace = _node_class(ds.Laplace, "laplace")
MatrixVariateNormalCholesky = _node_class(
    ds.MatrixVariateNormalCholesky, "matrix_variate_normal_cholesky")
Multinomial = _node_class(ds.Multinomial, "multinomial")
MultivariateNormalCholesky = _node_class(
    ds.MultivariateNormalCholesky, "multivariate_normal_cholesky")
Normal = _node_class(ds.Normal, "normal")
OnehotCategorical = _node_class(ds.OnehotCategorical, "onehot_categorical")
Poisson = _node_class(ds.Poisson, "poisson")
Uniform = _node_class(ds.Uniform, "uniform")
UnnormalizedMultinomial = _node_class(
    ds.UnnormalizedMultinomial, "unnormalized_multinomial", sampled=False)

BagofCategoricals = UnnormalizedMultinomial
BinGumbelSoftmax = BinConcrete
Discrete = Categorical
ExpGumbelSoftmax = ExpConcrete
GumbelSoftmax = Concrete
OnehotDiscrete = OnehotCategorical
