"""The methods of BayesianNet that add nodes: ``bn.normal(...)`` and others."""
from zhusuan import distributions as ds
from zhusuan.framework._node_method_factory import make_node_method

__all__ = ["NodeMethods"]


class NodeMethods:
    """The methods of BayesianNet that add nodes, one per distribution.

    They have the parameters of the distribution, and `name` and `n_samples`.

    >>> import zhusuan as zs
    >>> bn = zs.BayesianNet()
    >>> bn.normal("x", [0., 0.], std=1., n_samples=3).shape.as_list()
    [3, 2]
    """

    ar = make_node_method(ds.AR)
    asymmetric_laplace = make_node_method(ds.AsymmetricLaplace)
    bag_of_categoricals = make_node_method(ds.BagofCategoricals, sampled=False)
    bernoulli = make_node_method(ds.Bernoulli)
    beta = make_node_method(ds.Beta)
    beta_binomial = make_node_method(ds.BetaBinomial)
    bin_concrete = make_node_method(ds.BinConcrete)
    bin_gumbel_softmax = bin_concrete
    binomial = make_node_method(ds.Binomial)
    categorical = make_node_method(ds.Categorical)
    cauchy = make_node_method(ds.Cauchy)
    censored = make_node_method(ds.Censored)
    concrete = make_node_method(ds.Concrete)
    dirichlet = make_node_method(ds.Dirichlet)
    dirichlet_multinomial = make_node_method(ds.DirichletMultinomial)
    discrete = categorical
    exp_concrete = make_node_method(ds.ExpConcrete)
    exp_gumbel_softmax = exp_concrete
    exponential = make_node_method(ds.Exponential)
    flat = make_node_method(ds.Flat)
    fold_normal = make_node_method(ds.FoldNormal)
    gamma = make_node_method(ds.Gamma)
    gaussian_random_walk = make_node_method(ds.GaussianRandomWalk)
    geometric = make_node_method(ds.Geometric)
    gumbel = make_node_method(ds.Gumbel)
    gumbel_softmax = concrete
    half_cauchy = make_node_method(ds.HalfCauchy)
    half_flat = make_node_method(ds.HalfFlat)
    half_normal = make_node_method(ds.HalfNormal)
    half_student_t = make_node_method(ds.HalfStudentT)
    hidden_markov = make_node_method(ds.HiddenMarkov)
    inverse_gamma = make_node_method(ds.InverseGamma)
    inverse_wishart = make_node_method(ds.InverseWishart)
    kumaraswamy = make_node_method(ds.Kumaraswamy)
    laplace = make_node_method(ds.Laplace)
    lkj_cholesky = make_node_method(ds.LKJCholesky)
    log_normal = make_node_method(ds.LogNormal)
    logistic = make_node_method(ds.Logistic)
    logit_normal = make_node_method(ds.LogitNormal)
    masked = make_node_method(ds.MaskedDistribution)
    matrix_variate_normal_cholesky = make_node_method(ds.MatrixVariateNormalCholesky)
    mixture = make_node_method(ds.Mixture)
    mixture_same_family = make_node_method(ds.MixtureSameFamily)
    multinomial = make_node_method(ds.Multinomial)
    multivariate_normal_cholesky = make_node_method(ds.MultivariateNormalCholesky)
    multivariate_normal_diag = make_node_method(ds.MultivariateNormalDiag)
    multivariate_student_t = make_node_method(ds.MultivariateStudentT)
    negative_binomial = make_node_method(ds.NegativeBinomial)
    normal = make_node_method(ds.Normal, grouped_first=True)
    onehot_categorical = make_node_method(ds.OnehotCategorical)
    onehot_discrete = onehot_categorical
    ordered_logistic = make_node_method(ds.OrderedLogistic)
    pareto = make_node_method(ds.Pareto)
    poisson = make_node_method(ds.Poisson)
    skew_normal = make_node_method(ds.SkewNormal)
    student_t = make_node_method(ds.StudentT)
    transformed = make_node_method(ds.TransformedDistribution)
    truncated = make_node_method(ds.Truncated)
    truncated_normal = make_node_method(ds.TruncatedNormal)
    uniform = make_node_method(ds.Uniform)
    unnormalized_multinomial = make_node_method(
        ds.UnnormalizedMultinomial, sampled=False)
    von_mises = make_node_method(ds.VonMises)
    weibull = make_node_method(ds.Weibull)
    wishart = make_node_method(ds.Wishart)
    zero_inflated_negative_binomial = make_node_method(ds.ZeroInflatedNegativeBinomial)
    zero_inflated_poisson = make_node_method(ds.ZeroInflatedPoisson)


for _name, _method in vars(NodeMethods).items():
    if getattr(_method, "__name__", None) == "method":  # an alias has a name already
        _method.__name__ = _name
        _method.__qualname__ = "NodeMethods." + _name
        _method.__module__ = __name__
del _name, _method
