"""``bn.normal(...)`` and its like, made from the distribution classes."""
import inspect

import tensorflow.compat.v2 as tf

from zhusuan import distributions as ds
from zhusuan.utils import argument_names, nearest_name_hint

__all__ = ["NodeMethods", "node_method", "node_signature", "split_arguments"]

_KIND = inspect.Parameter.POSITIONAL_OR_KEYWORD
_SHARED_FIRST = {"group_ndims": 0, "dtype": 1}
_BY_KEYWORD_ONLY = ("use_path_derivative", "group_event_ndims")


def node_signature(distribution, sampled=True, grouped_first=False):
    """The signature of the node method of a distribution class.

    It is (self, name), the distribution's own parameters, n_samples, and the
    parameters that distributions share, group_ndims and dtype first.

    :param sampled: A bool. Whether there is an argument n_samples.
    :param grouped_first: A bool. Whether group_ndims stands before n_samples.
    """
    own, shared, last = _split_parameters(distribution)
    shared.sort(key=lambda p: _SHARED_FIRST.get(p.name, len(_SHARED_FIRST)))
    n_samples = [inspect.Parameter("n_samples", _KIND, default=None)]
    shared[int(grouped_first):int(grouped_first)] = n_samples if sampled else []
    first = [inspect.Parameter(name, _KIND) for name in ("self", "name")]
    return inspect.Signature(first + own + shared + last)


def _split_parameters(distribution):
    """Own, shared and ``**kwargs`` parameters of a distribution class."""
    own, shared, last = [], [], []
    seen_shared = False
    for p in inspect.signature(distribution).parameters.values():
        seen_shared = seen_shared or p.name in ("dtype", "group_ndims")
        if p.kind is p.VAR_KEYWORD:
            last.append(p)
        elif p.name not in _BY_KEYWORD_ONLY:
            (shared if seen_shared else own).append(p)
    return own, shared, last


def node_method(distribution, **options):
    """The method of BayesianNet that adds a node of a distribution class.

    `options` are those of :func:`node_signature`.
    """
    signature = node_signature(distribution, **options)

    @tf.autograph.experimental.do_not_convert  # it would cost much, for nothing
    def method(self, *args, **kwargs):
        name, dist_kwargs, node_kwargs = split_arguments(
            distribution, signature, (self,) + args, kwargs)
        dist = self.make_distribution(
            name, distribution, dist_kwargs, _is_discrete(signature))
        return self.stochastic(name, dist, **node_kwargs)

    method.__signature__ = signature
    method.__doc__ = """Add a stochastic node that follows a {name} distribution.

        :param name: A string, unique in this BayesianNet.
        :param n_samples: None, an int or a 0-D integer Tensor. Where given, the
            value has an axis of that length in front.

        The other parameters are those of
        :class:`zhusuan.distributions.{name}`.

        :return: A :class:`~zhusuan.framework.bn.StochasticTensor`.
        """.format(name=distribution.__name__)
    return method


def _is_discrete(signature):
    """Whether samples have a dtype of their own, which has a default then."""
    dtype = signature.parameters.get("dtype")
    return dtype is not None and dtype.default is not None


def split_arguments(distribution, signature, args, kwargs):
    """The arguments of a node method, sorted by what they are for.

    :return: The node's name, the keyword arguments for the distribution, and
        those for the node.
    """
    try:
        arguments = dict(signature.bind(*args, **kwargs).arguments)
    except TypeError as error:
        raise TypeError("A node of distribution %s: %s. It takes %s." % (
            distribution.__name__, error,
            ", ".join(list(signature.parameters)[1:]))) from error
    arguments.update(arguments.pop("kwargs", {}))
    del arguments["self"]
    name = arguments.pop("name")
    node_kwargs = {}
    if "n_samples" in signature.parameters:
        node_kwargs["n_samples"] = arguments.pop("n_samples", None)
    known = argument_names(distribution) + list(node_kwargs)
    for argument in arguments:
        if argument not in known + list(_BY_KEYWORD_ONLY + ("_sentinel",)):
            raise TypeError("The node %r (%s) has no argument %r.%s" % (
                name, distribution.__name__, argument,
                nearest_name_hint(argument, known)))
    return name, arguments, node_kwargs


class NodeMethods:
    """The methods of BayesianNet that add nodes, one per distribution."""

    asymmetric_laplace = node_method(ds.AsymmetricLaplace)
    bag_of_categoricals = node_method(ds.BagofCategoricals, sampled=False)
    bernoulli = node_method(ds.Bernoulli)
    beta = node_method(ds.Beta)
    beta_binomial = node_method(ds.BetaBinomial)
    bin_concrete = node_method(ds.BinConcrete)
    bin_gumbel_softmax = bin_concrete
    binomial = node_method(ds.Binomial)
    categorical = node_method(ds.Categorical)
    cauchy = node_method(ds.Cauchy)
    concrete = node_method(ds.Concrete)
    dirichlet = node_method(ds.Dirichlet)
    discrete = categorical
    exp_concrete = node_method(ds.ExpConcrete)
    exp_gumbel_softmax = exp_concrete
    exponential = node_method(ds.Exponential)
    flat = node_method(ds.Flat)
    fold_normal = node_method(ds.FoldNormal)
    gamma = node_method(ds.Gamma)
    geometric = node_method(ds.Geometric)
    gumbel = node_method(ds.Gumbel)
    gumbel_softmax = concrete
    half_cauchy = node_method(ds.HalfCauchy)
    half_flat = node_method(ds.HalfFlat)
    half_normal = node_method(ds.HalfNormal)
    hidden_markov = node_method(ds.HiddenMarkov)
    half_student_t = node_method(ds.HalfStudentT)
    inverse_gamma = node_method(ds.InverseGamma)
    kumaraswamy = node_method(ds.Kumaraswamy)
    laplace = node_method(ds.Laplace)
    log_normal = node_method(ds.LogNormal)
    logistic = node_method(ds.Logistic)
    logit_normal = node_method(ds.LogitNormal)
    matrix_variate_normal_cholesky = node_method(ds.MatrixVariateNormalCholesky)
    mixture_same_family = node_method(ds.MixtureSameFamily)
    multinomial = node_method(ds.Multinomial)
    multivariate_normal_cholesky = node_method(ds.MultivariateNormalCholesky)
    multivariate_normal_diag = node_method(ds.MultivariateNormalDiag)
    negative_binomial = node_method(ds.NegativeBinomial)
    normal = node_method(ds.Normal, grouped_first=True)
    onehot_categorical = node_method(ds.OnehotCategorical)
    onehot_discrete = onehot_categorical
    ordered_logistic = node_method(ds.OrderedLogistic)
    pareto = node_method(ds.Pareto)
    poisson = node_method(ds.Poisson)
    skew_normal = node_method(ds.SkewNormal)
    student_t = node_method(ds.StudentT)
    transformed = node_method(ds.TransformedDistribution)
    truncated_normal = node_method(ds.TruncatedNormal)
    uniform = node_method(ds.Uniform)
    unnormalized_multinomial = node_method(ds.UnnormalizedMultinomial, sampled=False)
    von_mises = node_method(ds.VonMises)
    weibull = node_method(ds.Weibull)
    zero_inflated_negative_binomial = node_method(ds.ZeroInflatedNegativeBinomial)
    zero_inflated_poisson = node_method(ds.ZeroInflatedPoisson)


for _name, _method in vars(NodeMethods).items():
    if getattr(_method, "__name__", None) == "method":  # an alias has its own
        _method.__name__ = _name
        _method.__qualname__ = "BayesianNet." + _name
del _name, _method
